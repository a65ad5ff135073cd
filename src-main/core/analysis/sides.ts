import type { ComparedSide } from '../../domain/analysis/comparison.ts';
import type { AnalysisOptions, JudgeKey, Where } from '../../domain/analysis/options.ts';
import { Problem } from '../problem.ts';
import { judgeNamed, judgesOf } from './judges.ts';
import type { AnalysisSource } from './source.ts';
import { accuracyBy, type AnalysisTable, scoredOf, type Series } from './table.ts';

export interface CompareRequest {
  readonly sides: readonly {
    readonly runId: number;
    /** Left null: the judge that all sides have, the first of the first side's. */
    readonly judge: JudgeKey | null;
    readonly where: readonly Where[];
  }[];
  readonly level: number;
  readonly seed: number;
  readonly resamples: number;
  /** How many flipped questions to list. */
  readonly limit: number;
}

/** A side with its verdicts by question. */
export interface Side {
  readonly table: AnalysisTable;
  readonly series: Series;
  readonly scored: readonly (boolean | null)[];
  /** Row of each question and sample, and of each system where there are several. */
  readonly byKey: ReadonlyMap<string, number>;
  readonly view: ComparedSide;
}

/** The sides asked for. Throws Problem as compareSides does. */
export async function sidesOf(source: AnalysisSource, request: CompareRequest): Promise<Side[]> {
  const loaded = await Promise.all(
    request.sides.map(async ({ runId, where, judge }) => {
      const options: AnalysisOptions = { ...request, runId, where, panels: [] };
      const table = await source.table(options);
      return { table, judges: judgesOf(table), wanted: judge };
    }),
  );
  if (new Set(loaded.map(({ table }) => table.run.datasetId)).size > 1) {
    const names = [...new Set(loaded.map(({ table }) => table.run.datasetName))].join(' and ');
    throw new Problem('REFUSED', `Only runs on the same questions can be compared; these are on ${names}.`);
  }
  const shared = loaded[0]?.judges.list.find(({ ref }) =>
    loaded.every(({ judges }) => judges.list.some((series) => series.ref.key === ref.key)),
  );
  return loaded.map(({ table, judges, wanted }) => {
    const key = wanted ?? shared?.ref.key;
    if (key === undefined) {
      throw new Problem(
        'REFUSED',
        'The runs share no judge. Judge both with the same one, or name one for each.',
      );
    }
    return sideOf(table, judgeNamed(judges, key));
  });
}

function sideOf(table: AnalysisTable, series: Series): Side {
  const { scope } = table;
  const byKey = new Map<string, number>();
  const seen = new Map<string, number>();
  const severalSystems = scope.systems.length > 1;
  table.rows.forEach((_, row) => {
    // Several systems' answers in one run are told apart by system; one system's stand for the run. Samples are numbered
    // within the run: a repeat of a run goes on counting where the run ended.
    const system = severalSystems ? (table.systems[row] ?? '') : '';
    const key = `${table.questions[row] ?? 0}:${system}`;
    const sample = seen.get(key) ?? 0;
    seen.set(key, sample + 1);
    byKey.set(`${key}:${sample}`, row);
  });
  const scored = scoredOf(series);
  const { accuracy, scored: total } = accuracyBy(table, series);
  const where = scope.options.where.map(({ column, value }) => `${column} = ${value}`).join(', ');
  return {
    table,
    series,
    scored,
    byKey,
    view: {
      runId: table.run.id,
      runName: table.run.name,
      judge: series.ref,
      where: scope.options.where,
      label: `run ${table.run.id}${where === '' ? '' : ` (${where})`} by ${series.ref.name}`,
      answers: table.rows.length,
      scored: total,
      accuracy,
    },
  };
}

/** Rows of both sides that answer the same question. */
export function sharedRows(a: Side, b: Side): { readonly first: number; readonly second: number }[] {
  return [...a.byKey].flatMap(([key, first]) => {
    const second = b.byKey.get(key);
    return second === undefined ? [] : [{ first, second }];
  });
}
