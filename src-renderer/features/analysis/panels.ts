import type { PanelSpec } from '../../../src-main/domain/analysis/options.ts';

export const PANEL_KINDS: readonly {
  readonly kind: PanelSpec['kind'];
  readonly name: string;
  readonly least: number;
  readonly what: string;
}[] = [
  { kind: 'majority', name: 'Majority', least: 2, what: 'The verdict most of them gave; a tie is unparsed.' },
  {
    kind: 'weighted',
    name: 'Weighted',
    least: 2,
    what: 'P(correct) of each, weighed by its κ with people where somebody labelled, else alike.',
  },
  {
    kind: 'cascade',
    name: 'Cascade',
    least: 3,
    what: 'The third is heard only where the first two differ.',
  },
];

/** Panels of an address: "majority~judge:1~judge:2"; anything else is none. */
export function panelsOf(texts: readonly string[] | undefined): PanelSpec[] {
  return (texts ?? []).flatMap((text): PanelSpec[] => {
    const [name, ...members] = text.split('~');
    const found = PANEL_KINDS.find(({ kind }) => kind === name);
    if (found === undefined || members.length < found.least || members.length > 16) return [];
    return [{ kind: found.kind, members, weights: null }];
  });
}

export const panelText = ({ kind, members }: Pick<PanelSpec, 'kind' | 'members'>): string =>
  [kind, ...members].join('~');
