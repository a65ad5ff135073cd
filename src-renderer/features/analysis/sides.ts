import { intParam } from '../../lib/search-params.ts';
import type { CompareInput } from '../../queries/analysis.ts';

/** One side of a comparison as the address has it; null: the run's first judge, every model. */
export interface Side {
  readonly runId: number;
  readonly judge: string | null;
  readonly system: string | null;
}

/** As many as one reads; the workbench takes a few more. */
export const MOST_SIDES = 6;

const orNull = (text: string | undefined): string | null =>
  text === undefined || text === '' ? null : decodeURIComponent(text);

/** "3/judge%3A2/gpt4"; null for anything else. */
export function parseSide(text: string): Side | null {
  const [run, judge, system] = text.split('/');
  const runId = intParam(run);
  if (runId === undefined) return null;
  try {
    return { runId, judge: orNull(judge), system: orNull(system) };
  } catch {
    // A half-cut escape.
    return null;
  }
}

export const sideText = ({ runId, judge, system }: Side): string =>
  [runId, encodeURIComponent(judge ?? ''), encodeURIComponent(system ?? '')].join('/');

export const compareInputOf = (sides: readonly Side[]): CompareInput => ({
  sides: sides.map(({ runId, judge, system }) => ({
    runId,
    judge,
    where: system === null ? [] : [{ column: 'system', value: system }],
  })),
  limit: 200,
});
