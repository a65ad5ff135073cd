import type { AnswerFilter } from '../../queries/answers.ts';
import type { TableSort } from '../../components/data-table/columns.ts';
import { parseVerdictFilter, type AnswersSearch } from './search.ts';

const SORTS: Readonly<Record<string, AnswerFilter['sort']>> = {
  position: 'position',
  nll: 'nllMean',
  nllSum: 'nllSum',
  tokens: 'tokens',
  f1: 'f1',
};

/** A judge's column. */
export const judgeColumn = (judgeId: number): string => `j${judgeId}`;

const judgeOfColumn = (id: string): number | null => {
  const [, digits] = /^j(\d+)$/.exec(id) ?? [];
  return digits === undefined ? null : Number(digits);
};

/** What the store is asked for, from the address. */
export function filterOf(runId: number, search: AnswersSearch): AnswerFilter {
  const sort = search.sort ?? 'position';
  const sortJudgeId = judgeOfColumn(sort);
  return {
    runId,
    verdicts: (search.v ?? []).map(parseVerdictFilter).filter((filter) => filter !== null),
    disagreement: search.differ ?? false,
    text: search.q ?? null,
    finishReason: search.finish ?? null,
    sort: sortJudgeId === null ? (SORTS[sort] ?? 'position') : 'pCorrect',
    sortJudgeId,
    descending: search.desc ?? false,
  };
}

export const sortOf = (search: AnswersSearch): TableSort | null =>
  search.sort === undefined ? null : { id: search.sort, descending: search.desc ?? false };

/** Rows keep their places while a run writes only in the run's own order and without a filter. */
export const keepsPlaces = (filter: AnswerFilter): boolean =>
  filter.sort === 'position' && !isFiltered(filter);

export const isFiltered = ({ verdicts, disagreement, text, finishReason }: AnswerFilter): boolean =>
  verdicts.length > 0 || disagreement || text !== null || finishReason !== null;
