import { useState } from 'react';
import { ANSWERS_PAGE, type AnswerFilter } from '../../queries/answers.ts';
import { keepsPlaces } from './filter.ts';

export interface FirstRow {
  /** Position of the row that is read first; 0 where rows have no places to begin at. */
  readonly from: number;
  readonly toStart: () => void;
  readonly toEnd: () => void;
}

/**
 * Where the table begins: at the first answer, or near one that the address opens. The hundred-thousandth is not reached by reading
 * all before it.
 */
export function useFirstRow(filter: AnswerFilter, open: number | null, total: number | null): FirstRow {
  const [from, setFrom] = useState(() =>
    open === null || open < ANSWERS_PAGE ? 0 : open - ANSWERS_PAGE / 2,
  );
  const placed = keepsPlaces(filter) && !filter.descending;
  // An address may name a row that the run does not have.
  const here = placed && (total === null || from < total) ? from : 0;
  return {
    from: here,
    toStart: () => setFrom(0),
    toEnd: () => {
      if (placed && total !== null) setFrom(Math.max(0, total - ANSWERS_PAGE));
    },
  };
}
