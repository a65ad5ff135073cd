import { defaultLayout, type DataColumn, type TableLayout } from '../../components/data-table/columns.ts';
import type { AnswersSearch } from './search.ts';

/** In an address an empty list is no list, so "no column is hidden" needs a word. */
const NOTHING = 'none';

/** px: a wider column leaves no room for any other. */
const WIDEST = 1600;

/** Columns as the address has them; the page's own where it has none. */
export function layoutOf<Row>(search: AnswersSearch, columns: readonly DataColumn<Row>[]): TableLayout {
  const standard = defaultLayout(columns);
  const sizes = (search.size ?? []).flatMap((text) => {
    const [, id, px] = /^(.+)-(\d+)$/.exec(text) ?? [];
    return id === undefined || px === undefined ? [] : [[id, Math.min(WIDEST, Number(px))] as const];
  });
  return {
    hidden: search.hide === undefined ? standard.hidden : search.hide.filter((id) => id !== NOTHING),
    order: search.order ?? standard.order,
    pinned: search.pin ?? standard.pinned,
    sizes: Object.fromEntries(sizes),
  };
}

const listOrNothing = (list: readonly string[]): string[] | undefined =>
  list.length === 0 ? undefined : [...list];

/** The address's part for a layout; what is as usual is left out. */
export function layoutSearch<Row>(
  layout: TableLayout,
  columns: readonly DataColumn<Row>[],
): Pick<{ [K in keyof AnswersSearch]-?: AnswersSearch[K] | undefined }, 'hide' | 'order' | 'pin' | 'size'> {
  const usual = defaultLayout(columns).hidden;
  const sameHidden = usual.length === layout.hidden.length && usual.every((id) => layout.hidden.includes(id));
  const hidden = layout.hidden.length === 0 ? [NOTHING] : [...layout.hidden];
  return {
    hide: sameHidden ? undefined : hidden,
    order: listOrNothing(layout.order),
    pin: listOrNothing(layout.pinned),
    size: listOrNothing(Object.entries(layout.sizes).map(([id, px]) => `${id}-${Math.round(px)}`)),
  };
}
