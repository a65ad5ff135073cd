import { VERDICTS } from '../../../src-main/domain/verdict.ts';
import {
  compact,
  flagParam,
  intParam,
  listParam,
  oneOfParam,
  rowParam,
  textParam,
  type SearchRecord,
} from '../../lib/search-params.ts';

export const FILTER_VERDICTS = [...VERDICTS, 'missing'] as const;
export type FilterVerdict = (typeof FILTER_VERDICTS)[number];

/** "3-incorrect": judge 3 said incorrect. */
export function parseVerdictFilter(text: string): { judgeId: number; verdict: FilterVerdict } | null {
  const [, id, word] = /^(\d+)-(\w+)$/.exec(text) ?? [];
  const judgeId = intParam(id);
  const verdict = oneOfParam(word, FILTER_VERDICTS);
  return judgeId === undefined || verdict === undefined ? null : { judgeId, verdict };
}

/** Everything the answers page shows is in its address: run, filters, sort, columns, the open row. */
export const answersSearch = (search: SearchRecord) =>
  compact({
    run: intParam(search['run']),
    q: textParam(search['q']),
    /** See parseVerdictFilter; all must hold. */
    v: listParam(search['v'])?.filter((text) => parseVerdictFilter(text) !== null),
    /** Judges disagree. */
    differ: flagParam(search['differ']),
    finish: textParam(search['finish']),
    /** A column's id. */
    sort: textParam(search['sort']),
    desc: flagParam(search['desc']),
    /** The row that is open at the right, by its number. */
    row: rowParam(search['row']),
    /** Rows with three lines of text. */
    tall: flagParam(search['tall']),
    hide: listParam(search['hide']),
    order: listParam(search['order']),
    pin: listParam(search['pin']),
    /** "question-300" */
    size: listParam(search['size']),
  });

export type AnswersSearch = ReturnType<typeof answersSearch>;

/** Lays parameters over the address as it stands; `undefined` takes one out, `replace` leaves no step to go back to. */
export type ChangeSearch = (
  part: { [K in keyof AnswersSearch]?: AnswersSearch[K] | undefined },
  replace?: boolean,
) => void;
