import type { TokenLogprobs } from '../../domain/analysis/matrix.ts';
import type { MeanNll, TokenView } from '../../domain/analysis/uncertainty-view.ts';
import { prefixCurve } from '../../domain/statistics/uncertainty.ts';
import { judgeNamed, judgesOf } from './judges.ts';
import { type AnalysisTable, scoredOf } from './table.ts';

/** Positions of the NLL chart, and prefix lengths of the curve: dense at the beginning, where answers differ. */
const POSITIONS = 128;
const PREFIXES = [1, 2, 3, 4, 5, 6, 8, 10, 12, 16, 20, 24, 32, 48, 64, 96, 128, 192, 256, 512, 1024];
/** A mean over fewer answers is one answer's, not the run's. */
const FEWEST_ANSWERS = 5;

/** NLL by token position and AUROC by number of tokens read. Throws Problem NOT_FOUND for a judge that is not there. */
export function tokensOf(
  table: AnalysisTable,
  { offsets, values }: TokenLogprobs,
  judgeKey: string,
): TokenView {
  const series = judgeNamed(judgesOf(table), judgeKey);
  const scored = scoredOf(series);
  const answers = table.rows.map((row) => values.subarray(offsets[row] ?? 0, offsets[row + 1] ?? 0));
  const withTokens = answers.flatMap((own, row) => (own.length > 0 ? [row] : []));
  const judged = withTokens.filter((row) => (scored[row] ?? null) !== null);
  const longest = judged.reduce((most, row) => Math.max(most, answers[row]?.length ?? 0), 0);
  const of = (row: number): Float32Array => answers[row] ?? new Float32Array();
  const points = prefixCurve(
    judged.map(of),
    judged.map((row) => scored[row] === false),
    PREFIXES.filter((k, i) => k <= longest || (PREFIXES[i - 1] ?? 0) < longest),
  );
  return {
    scope: table.scope,
    judge: series.ref,
    answers: withTokens.length,
    scored: judged.length,
    prefix: points.map((point) => ({
      ...point,
      reached: judged.filter((row) => of(row).length >= point.tokens).length,
    })),
    positions: positionsOf(withTokens.map((row) => ({ own: of(row), correct: scored[row] ?? null }))),
  };
}

interface Sums {
  readonly count: number[];
  readonly total: number[];
}

function positionsOf(
  answers: readonly { readonly own: Float32Array; readonly correct: boolean | null }[],
): TokenView['positions'] {
  const sums = { all: empty(), correct: empty(), incorrect: empty() };
  for (const { own, correct } of answers) {
    add(sums.all, own);
    if (correct !== null) add(correct ? sums.correct : sums.incorrect, own);
  }
  return Array.from({ length: POSITIONS }, (_, i) => i).flatMap((i) => {
    const all = meanAt(sums.all, i, 1);
    return all === null
      ? []
      : [
          {
            position: i + 1,
            all,
            correct: meanAt(sums.correct, i, FEWEST_ANSWERS),
            incorrect: meanAt(sums.incorrect, i, FEWEST_ANSWERS),
          },
        ];
  });
}

function empty(): Sums {
  const zeros = (): number[] => Array.from({ length: POSITIONS }, () => 0);
  return { count: zeros(), total: zeros() };
}

function add({ count, total }: Sums, own: Float32Array): void {
  for (let i = 0; i < Math.min(own.length, POSITIONS); i += 1) {
    count[i] = (count[i] ?? 0) + 1;
    total[i] = (total[i] ?? 0) - (own[i] ?? 0);
  }
}

function meanAt({ count, total }: Sums, i: number, fewest: number): MeanNll | null {
  const answers = count[i] ?? 0;
  return answers < fewest ? null : { answers, meanNll: (total[i] ?? 0) / answers };
}
