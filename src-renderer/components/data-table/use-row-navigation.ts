import type { KeyboardEvent } from 'react';
import { useCommands } from '../commands.ts';

export interface RowNavigation {
  readonly count: number;
  /** -1: none. */
  readonly selectedIndex: number;
  readonly enabled: boolean;
  readonly select: (index: number) => void;
  readonly open: () => void;
  /** What Home and End do instead, and k on the first row, where not all rows are loaded. */
  readonly jump?: ((to: 'start' | 'end' | 'before') => void) | undefined;
}

/** Rows that Page Up and Page Down pass. */
const PAGE = 15;

/** j, k and Enter anywhere on the page; arrows, Page, Home and End while the table has the focus. */
export function useRowNavigation({ count, selectedIndex, enabled, select, open, jump }: RowNavigation) {
  const step = (by: number): void => {
    if (count === 0) return;
    if (by < 0 && selectedIndex === 0) {
      jump?.('before');
      return;
    }
    select(selectedIndex < 0 ? 0 : Math.max(0, Math.min(count - 1, selectedIndex + by)));
  };
  const row = { group: 'Table', keyOnly: true, disabled: !enabled };
  useCommands([
    { ...row, id: 'row.next', label: 'Next row', keys: ['j'], run: () => step(1) },
    { ...row, id: 'row.previous', label: 'Previous row', keys: ['k'], run: () => step(-1) },
    { ...row, id: 'row.open', label: 'Open the row', keys: ['Enter'], run: open },
  ]);
  return (event: KeyboardEvent): void => {
    if (!enabled || event.target !== event.currentTarget) return;
    const by = { ArrowDown: 1, ArrowUp: -1, PageDown: PAGE, PageUp: -PAGE }[event.key];
    if (by !== undefined) step(by);
    else if (event.key === 'Home') (jump ?? (() => select(0)))('start');
    else if (event.key === 'End') (jump ?? (() => select(count - 1)))('end');
    else return;
    event.preventDefault();
  };
}
