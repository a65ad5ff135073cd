import { useState } from 'react';
import type { AnswerFilter } from '../../queries/answers.ts';
import { keepsPlaces } from './filter.ts';
import type { ChangeSearch } from './search.ts';
import type { AnswerRows } from './use-answer-rows.ts';
import type { FirstRow } from './use-first-row.ts';

interface Table {
  readonly filter: AnswerFilter;
  /** Position of the answer that is open in full. */
  readonly open: number | null;
  readonly total: number | null;
  readonly first: FirstRow;
  readonly answers: AnswerRows;
  readonly change: ChangeSearch;
}

/** Which row is marked and which is open, and the ways from one to another. What is open is in the address. */
export function useRowMoves({ filter, open, total, first, answers, change }: Table) {
  const { rows } = answers;
  const [marked, setMarked] = useState<number | null>(null);
  const show = (position: number | null): void => {
    if (position !== null) setMarked(position);
    change({ row: position === null ? undefined : position + 1 }, open !== null && position !== null);
  };
  const mark = (position: number): void => {
    setMarked(position);
    if (open !== null) change({ row: position + 1 }, true);
  };
  const jump = (to: 'start' | 'end' | 'before'): void => {
    const all = keepsPlaces(filter) && total !== null;
    if (to === 'before') {
      if (answers.before === 0) return;
      answers.onStart();
      mark(answers.before - 1);
    } else if (to === 'start') {
      first.toStart();
      const [row] = rows;
      if (all) mark(0);
      else if (row !== undefined) mark(row.position);
    } else {
      if (all && rows.at(-1)?.position !== total - 1) first.toEnd();
      const last = all ? total - 1 : rows.at(-1)?.position;
      if (last !== undefined) mark(last);
    }
  };
  const step = (by: number): void => {
    const at = rows.findIndex(({ position }) => position === open);
    const next = at < 0 ? undefined : rows[at + by];
    if (next !== undefined) show(next.position);
    else if (at === 0 && by < 0) jump('before');
  };
  return { marked, show, mark, jump, step };
}
