import type {
  AgainstHumans,
  Agreement,
  BreakdownView,
  JudgeAccuracy,
  PairAgreement,
  RunAnalysis,
} from '../../domain/analysis/run-analysis.ts';
import {
  type Confusion,
  confusion,
  judgeQuality,
  krippendorffAlpha,
  ratedAgreement,
  type RatedRows,
  scottPi,
  squareOf,
} from '../../domain/statistics/agreement.ts';
import { type BootstrapEstimate, bootstrapMeanSteps } from '../../domain/statistics/bootstrap.ts';
import { breakdown } from '../../domain/statistics/breakdown.ts';
import { mean } from '../../domain/statistics/checks.ts';
import { correctionsOf } from './corrected.ts';
import { type Judges, judgesOf } from './judges.ts';
import { breathe, inSteps } from './breathe.ts';
import { resamplesFor } from './source.ts';
import {
  accuracyBy,
  type AnalysisTable,
  groupColumns,
  groupingNamed,
  questionsOf,
  scoredOf,
  type Series,
} from './table.ts';

/** Accuracy by every judge, their agreement, and judges against people. */
export async function analyseRun(table: AnalysisTable): Promise<RunAnalysis> {
  const judges = judgesOf(table);
  const accuracies: JudgeAccuracy[] = [];
  for (const series of judges.list) {
    accuracies.push(await judgeAccuracy(table, series));
    await breathe();
  }
  return {
    scope: table.scope,
    columns: groupColumns(table.groupings),
    judges: accuracies,
    agreement: await agreementOf(table, judges),
    humans: judges.reference,
    againstHumans: againstHumans(table, judges),
    corrected: correctionsOf(table, judges),
  };
}

async function judgeAccuracy(table: AnalysisTable, series: Series): Promise<JudgeAccuracy> {
  return {
    judge: series.ref,
    accuracy: accuracyBy(table, series),
    missing: series.verdicts.filter((verdict) => verdict === null).length,
    bootstrap: await bootstrapAccuracy(table, series),
    meanPCorrect: meanOf(series.pCorrect.filter((_, row) => series.verdicts[row] !== 'unparsed')),
    meanLabelMass: meanOf(series.labelMass),
    bySystem: bySystem(table).map(({ system, rows }) => ({
      system,
      accuracy: accuracyBy(table, series, rows),
    })),
  };
}

/** Share correct of what a judge scored, whole questions drawn; null when it scored nothing. */
async function bootstrapAccuracy(table: AnalysisTable, series: Series): Promise<BootstrapEstimate | null> {
  const { seed, resamples, level } = table.scope.options;
  const values: number[] = [];
  const clusters: number[] = [];
  scoredOf(series).forEach((correct, row) => {
    if (correct === null) return;
    values.push(Number(correct));
    clusters.push(table.questions[row] ?? 0);
  });
  const options = { seed, level, resamples: resamplesFor(new Set(clusters).size, resamples) };
  return inSteps(bootstrapMeanSteps(values, clusters, options));
}

function meanOf(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null);
  return known.length === 0 ? null : mean(known);
}

/** Rows of each model that answered, in order of appearance. */
export function bySystem(table: AnalysisTable): { readonly system: string; readonly rows: number[] }[] {
  const rows = new Map<string, number[]>(table.scope.systems.map((system) => [system, []]));
  table.systems.forEach((system, row) => rows.get(system)?.push(row));
  return [...rows].map(([system, own]) => ({ system, rows: own }));
}

async function agreementOf(table: AnalysisTable, { list }: Judges): Promise<Agreement> {
  // The people together and panels are made of others, and rules agree by construction: α is over judges of their own mind.
  const raters = list.filter(({ ref }) => ref.judgeId !== null && ref.kind !== 'lexical');
  const scored = new Map(list.map((series) => [series, scoredOf(series)]));
  const pairs: PairAgreement[] = [];
  for (const [index, first] of list.entries()) {
    for (const second of list.slice(index + 1)) {
      if (isMadeOf(first, second) || isMadeOf(second, first)) continue;
      pairs.push(pairAgreement(table, first, second, scored.get(first) ?? [], scored.get(second) ?? []));
    }
    await breathe();
  }
  const units = table.rows.map((_, row) =>
    raters.map((series) => {
      const value = scored.get(series)?.[row] ?? null;
      return value === null ? null : Number(value);
    }),
  );
  return {
    judges: list.map((series) => series.ref),
    alpha: raters.length < 2 ? null : krippendorffAlpha(units),
    alphaRows: units.filter((unit) => unit.filter((value) => value !== null).length > 1).length,
    alphaJudges: raters.map((series) => series.ref.key),
    pairs,
  };
}

/** Whether one judge is the people together, or a panel, and the other a part of it: they agree by construction. */
function isMadeOf({ ref: whole }: Series, { ref: part }: Series): boolean {
  if (whole.key === 'humans') return part.kind === 'human';
  if (whole.kind !== 'panel') return false;
  const members = whole.key.slice(whole.key.indexOf('(') + 1, -1).split(';')[0] ?? '';
  return members.split(',').includes(part.key);
}

function pairAgreement(
  table: AnalysisTable,
  first: Series,
  second: Series,
  a: readonly (boolean | null)[],
  b: readonly (boolean | null)[],
): PairAgreement {
  const { level } = table.scope.options;
  const counts = confusion(a, b);
  return {
    first: first.ref.key,
    second: second.ref.key,
    rows: total(counts),
    confusion: counts,
    ...ratedAgreement({ judge: a, reference: b, questions: questionsOf(table) }, level),
    scottPi: scottPi(squareOf(counts)),
    bySystem: bySystem(table).map(({ system, rows }) => {
      const part = ratedAt(table, a, b, rows);
      const { kappa } = ratedAgreement(part, level);
      return { system, rows: total(confusion(part.judge, part.reference)), kappa };
    }),
  };
}

const total = (counts: Confusion): number =>
  counts.truePositive + counts.falsePositive + counts.falseNegative + counts.trueNegative;

/** Some rows only. */
function ratedAt(
  table: AnalysisTable,
  judge: readonly (boolean | null)[],
  reference: readonly (boolean | null)[],
  rows: readonly number[],
): RatedRows {
  const questions = questionsOf(table);
  return {
    judge: rows.map((row) => judge[row] ?? null),
    reference: rows.map((row) => reference[row] ?? null),
    questions: questions === null ? null : rows.map((row) => questions[row] ?? 0),
  };
}

/** Every judge that is no person against what people say together; empty while nobody has labelled. */
export function againstHumans(table: AnalysisTable, { list, humans }: Judges): AgainstHumans[] {
  if (humans === null) return [];
  const { level } = table.scope.options;
  const truth = scoredOf(humans);
  return list
    .filter(({ ref }) => ref.kind !== 'human')
    .map((series) => {
      const said = scoredOf(series);
      const rated = { judge: said, reference: truth, questions: questionsOf(table) };
      return {
        judge: series.ref,
        confusion: confusion(said, truth),
        quality: judgeQuality(rated, level),
        bySystem: bySystem(table).map(({ system, rows }) => {
          const part = ratedAt(table, said, truth, rows);
          const counts = confusion(part.judge, part.reference);
          return { system, confusion: counts, quality: judgeQuality(part, level) };
        }),
      };
    });
}

/** Accuracy by the groups of a column. Throws Problem NOT_FOUND for a column that is not there. */
export function breakdownOf(table: AnalysisTable, column: string): BreakdownView {
  const { values } = groupingNamed(table.groupings, column);
  const { level } = table.scope.options;
  return {
    scope: table.scope,
    column,
    judges: judgesOf(table).list.map((series) => ({
      judge: series.ref,
      breakdown: breakdown(
        series.verdicts.flatMap((verdict, row) =>
          verdict === null
            ? []
            : [{ group: values[row] ?? '', verdict, question: table.questions[row] ?? 0 }],
        ),
        level,
      ),
    })),
  };
}
