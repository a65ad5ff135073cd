import type { JudgeRef } from '../../domain/analysis/options.ts';
import type { UncertaintyCell, UncertaintyView } from '../../domain/analysis/uncertainty-view.ts';
import { brierScore, expectedCalibrationError } from '../../domain/statistics/calibration.ts';
import { sum } from '../../domain/statistics/checks.ts';
import { clusteredAuroc } from '../../domain/statistics/clustered-roc.ts';
import { aurac, predictionRejectionRatio } from '../../domain/statistics/rejection.ts';
import { auroc, softAuroc } from '../../domain/statistics/roc.ts';
import { type Judges, judgesOf } from './judges.ts';
import type { Score } from './scores.ts';
import { breathe } from './breathe.ts';
import { type AnalysisTable, scoredOf, type Series } from './table.ts';

/** What a judge makes of each answer as an outcome: 1 correct, 0 incorrect, between for several judges; null unscored. */
export interface Outcome {
  readonly ref: JudgeRef;
  readonly correct: readonly (number | null)[];
  /** Outcomes between 0 and 1: AUROC and the rest weigh both classes. */
  readonly soft: boolean;
}

const MARGINAL: JudgeRef = {
  key: 'marginal',
  judgeId: null,
  name: 'all judging models together',
  kind: 'panel',
};

/** Every score against every judge, the people, and all judging models together. */
export async function uncertaintyOf(
  table: AnalysisTable,
  scores: readonly Score[],
): Promise<UncertaintyView> {
  const outcomes = outcomesOf(table, judgesOf(table));
  const cells: UncertaintyCell[] = [];
  for (const score of scores) {
    for (const outcome of outcomes) {
      if (score.judgeKey === outcome.ref.key) continue;
      cells.push(await uncertaintyCell(table, score, outcome));
    }
  }
  return {
    scope: table.scope,
    scores: scores.map(({ info }) => info),
    judges: outcomes.map(({ ref }) => ref),
    cells,
    note: noteOf(scores),
  };
}

function noteOf(scores: readonly Score[]): string | null {
  return scores.some((score) => score.info.key !== 'length')
    ? null
    : 'These answers came without log-probabilities: only their length can be compared with the verdicts.';
}

/** Every judge's outcomes, and those of all judging models together where there are at least two. */
export function outcomesOf(table: AnalysisTable, judges: Judges): Outcome[] {
  const single = judges.list.map((series): Outcome => ({
    ref: series.ref,
    correct: scoredOf(series).map((correct) => (correct === null ? null : Number(correct))),
    soft: false,
  }));
  const models = judges.list.filter((series) => judgesModel(table, series));
  return models.length < 2 ? single : [...single, marginal(table, models)];
}

/** Models that saw a gold answer: P(True) is a score of uncertainty, no judge of others. */
function judgesModel(table: AnalysisTable, { ref }: Series): boolean {
  if (ref.kind !== 'model' && ref.kind !== 'api' && ref.kind !== 'imported') return false;
  const judge = table.matrix.judges.find((column) => column.judge.id === ref.judgeId)?.judge;
  return judge?.promptId !== 'p-true';
}

/** Mean over the judges of P(correct), or of the verdict where a judge gives none; answers all of them scored. */
function marginal(table: AnalysisTable, models: readonly Series[]): Outcome {
  const correct = table.rows.map((_, row) => {
    const said = models.map((series) => {
      const verdict = series.verdicts[row];
      if (verdict !== 'correct' && verdict !== 'incorrect') return null;
      return series.pCorrect[row] ?? Number(verdict === 'correct');
    });
    const there = said.filter((p) => p !== null);
    return there.length === said.length ? sum(there) / there.length : null;
  });
  return { ref: MARGINAL, correct, soft: true };
}

/** Rows that have both: their scores, outcomes, and probabilities where the score has one. */
export function paired(
  { values, probability }: Score,
  { correct }: Outcome,
): { readonly rows: number[]; readonly scores: number[]; readonly correct: number[]; readonly p: number[] } {
  const rows: number[] = [];
  const scores: number[] = [];
  const outcomes: number[] = [];
  const p: number[] = [];
  values.forEach((value, row) => {
    const outcome = correct[row] ?? null;
    if (value === null || outcome === null) return;
    rows.push(row);
    scores.push(value);
    outcomes.push(outcome);
    p.push(probability?.[row] ?? Number.NaN);
  });
  return { rows, scores, correct: outcomes, p };
}

/** One score against one judge. */
export async function uncertaintyCell(
  table: AnalysisTable,
  score: Score,
  outcome: Outcome,
): Promise<UncertaintyCell> {
  const { rows, scores, correct, p } = paired(score, outcome);
  const incorrect = correct.map((value) => 1 - value);
  const classes = incorrect.map((value) => value === 1);
  const withP = score.probability !== null && p.length > 0;
  const questions = rows.map((row) => table.questions[row] ?? 0);
  // Sorting a hundred thousand scores takes a while: other work gets its turn in between.
  const interval = outcome.soft
    ? null
    : clusteredAuroc(scores, classes, questions, table.scope.options.level);
  await breathe();
  const value = outcome.soft ? softAuroc(scores, incorrect) : (interval?.value ?? auroc(scores, classes));
  const area = aurac(scores, correct);
  await breathe();
  const ratio = predictionRejectionRatio(scores, correct);
  await breathe();
  return {
    judge: outcome.ref.key,
    score: score.info.key,
    rows: scores.length,
    incorrect: sum(incorrect),
    auroc: value,
    interval,
    aurac: area,
    prr: ratio,
    ece: withP ? expectedCalibrationError(p, correct) : null,
    brier: withP ? brierScore(p, correct) : null,
  };
}
