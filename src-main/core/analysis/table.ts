import type { AnswerMatrix } from '../../domain/analysis/matrix.ts';
import type { AnalysisOptions, JudgeRef, Where } from '../../domain/analysis/options.ts';
import type { AnalysisScope, GroupColumn } from '../../domain/analysis/run-analysis.ts';
import type { JudgeInfo, Run } from '../../domain/run.ts';
import { type Accuracy, accuracyByQuestion } from '../../domain/statistics/accuracy.ts';
import type { ClusterKeys } from '../../domain/statistics/clusters.ts';
import { type Verdict, VERDICTS } from '../../domain/verdict.ts';
import { Problem } from '../problem.ts';

/** A judge's verdicts on the answers of a table; null where it has not seen one. */
export interface Series {
  readonly ref: JudgeRef;
  readonly verdicts: readonly (Verdict | null)[];
  readonly pCorrect: readonly (number | null)[];
  readonly labelMass: readonly (number | null)[];
}

/** A column to group or filter by: its value for each answer. */
export interface Grouping {
  readonly name: string;
  readonly source: GroupColumn['source'];
  readonly values: readonly string[];
}

/** The answers an analysis is about, its filter applied: every list has one entry an answer, in run order. */
export interface AnalysisTable {
  readonly scope: AnalysisScope;
  readonly run: Run;
  readonly matrix: AnswerMatrix;
  /** Index of each answer in the matrix. */
  readonly rows: readonly number[];
  /** The question of each answer, by the id of its row. */
  readonly questions: readonly number[];
  readonly systems: readonly string[];
  readonly groupings: readonly Grouping[];
  readonly judges: readonly Series[];
}

/** Names that a filter or a breakdown knows beside the dataset's own columns. */
const BUILT_IN = ['system', 'finish'] as const;

/**
 * A run's matrix as the table of an analysis. Throws Problem NOT_FOUND for a filter on a column that is not there, or a
 * value that it does not have, naming those there are.
 */
export function analysisTable(run: Run, matrix: AnswerMatrix, options: AnalysisOptions): AnalysisTable {
  const all = Array.from(matrix.positions, (_, row) => row);
  const groupings = groupingsOf(matrix, all);
  const rows = options.where.reduce((kept, where) => filtered(kept, where, groupings), all);
  const narrowed = groupings.map((grouping) => ({
    ...grouping,
    values: rows.map((row) => grouping.values[row] ?? ''),
  }));
  const questions = rows.map((row) => matrix.rowIds[row] ?? 0);
  const systems = rows.map((row) => matrix.systemNames[matrix.system[row] ?? -1] ?? '');
  return {
    run,
    matrix,
    rows,
    questions,
    systems,
    groupings: narrowed,
    judges: storedSeries(matrix, rows),
    scope: {
      options,
      runName: run.name,
      datasetId: run.datasetId,
      datasetName: run.datasetName,
      at: Date.now(),
      answers: rows.length,
      answersOfRun: all.length,
      wanted: run.total,
      questions: new Set(questions).size,
      withoutGold: rows.filter((row) => matrix.hasGold[row] === 0).length,
      systems: [...new Set(systems)],
    },
  };
}

function groupingsOf(matrix: AnswerMatrix, rows: readonly number[]): Grouping[] {
  const taken = new Set<string>(BUILT_IN);
  const builtIn: Grouping[] = [
    {
      name: 'system',
      source: 'answer',
      values: rows.map((row) => matrix.systemNames[matrix.system[row] ?? -1] ?? '(none)'),
    },
    {
      name: 'finish',
      source: 'answer',
      values: rows.map((row) => matrix.finishReasons[matrix.finish[row] ?? -1] ?? '(none)'),
    },
  ];
  const fromDataset = matrix.metadata.map((column): Grouping => {
    const name = taken.has(column.name) ? `dataset.${column.name}` : column.name;
    return {
      name,
      source: 'dataset',
      values: rows.map((row) => column.values[column.index[row] ?? -1] ?? '(none)'),
    };
  });
  return [...builtIn, ...fromDataset];
}

function filtered(
  rows: readonly number[],
  { column, value }: Where,
  groupings: readonly Grouping[],
): number[] {
  const grouping = groupingNamed(groupings, column);
  const kept = rows.filter((row) => grouping.values[row] === value);
  if (kept.length === 0) {
    const values = [...new Set(grouping.values)].slice(0, 12).join(', ');
    throw new Problem('NOT_FOUND', `No answer has "${value}" in ${column}. There are: ${values}.`);
  }
  return kept;
}

/** Throws Problem NOT_FOUND naming the columns there are. */
export function groupingNamed(groupings: readonly Grouping[], name: string): Grouping {
  const found = groupings.find((grouping) => grouping.name === name);
  if (found !== undefined) return found;
  const names = groupings.map((grouping) => grouping.name).join(', ');
  throw new Problem('NOT_FOUND', `There is no column "${name}" to group by. There are: ${names}.`);
}

/** Columns with at least two groups, the groups with their number of answers, largest first. */
export function groupColumns(groupings: readonly Grouping[]): GroupColumn[] {
  return groupings.flatMap(({ name, source, values }) => {
    const counts = new Map<string, number>();
    for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
    if (counts.size < 2) return [];
    const groups = [...counts].map(([value, answers]) => ({ value, answers }));
    return [{ name, source, groups: groups.sort((a, b) => b.answers - a.answers) }];
  });
}

function storedSeries(matrix: AnswerMatrix, rows: readonly number[]): Series[] {
  const earlier = earlierVersions(matrix);
  return matrix.judges.map(({ judge, verdict, pCorrect, labelMass }) => ({
    ref: {
      // A rule keeps its key whether its verdicts were stored or are worked out here.
      key: judge.kind === 'lexical' && !earlier.has(judge.id) ? `lexical:${judge.name}` : `judge:${judge.id}`,
      judgeId: judge.id,
      name: earlier.has(judge.id) ? `${judge.name} (earlier version)` : judge.name,
      kind: judge.kind,
    },
    verdicts: rows.map((row) => VERDICTS[verdict[row] ?? -1] ?? null),
    pCorrect: rows.map((row) => known(pCorrect[row])),
    labelMass: rows.map((row) => known(labelMass[row])),
  }));
}

/**
 * Judges of whom a later version has judged these answers too (a rule's, a prompt's, of what reads replies): of several
 * with one name the newest has it.
 */
function earlierVersions(matrix: AnswerMatrix): ReadonlySet<number> {
  const all = matrix.judges.map(({ judge }) => judge).filter(({ kind }) => kind !== 'human');
  const isLater = (one: JudgeInfo, other: JudgeInfo): boolean =>
    other.kind === one.kind &&
    other.name === one.name &&
    other.modelSha256 === one.modelSha256 &&
    other.id > one.id;
  return new Set(all.filter((one) => all.some((other) => isLater(one, other))).map(({ id }) => id));
}

/** NaN in a column is "not known". */
export function known(value: number | undefined): number | null {
  return value === undefined || Number.isNaN(value) ? null : value;
}

/** Correct, incorrect, or null for everything that is not scored. */
export function scoredOf(series: Series): (boolean | null)[] {
  return series.verdicts.map((verdict) =>
    verdict === 'correct' ? true : verdict === 'incorrect' ? false : null,
  );
}

/** The question of each answer, for statistics; null where each has one answer, which makes them plain. */
export function questionsOf({ scope, questions }: AnalysisTable): ClusterKeys {
  return scope.answers > scope.questions ? questions : null;
}

/** Accuracy by a judge of the answers it has seen, or of some rows of them. */
export function accuracyBy(table: AnalysisTable, series: Series, rows?: readonly number[]): Accuracy {
  const own = rows ?? series.verdicts.map((_, row) => row);
  const seen = own.filter((row) => (series.verdicts[row] ?? null) !== null);
  const questions = questionsOf(table);
  return accuracyByQuestion(
    seen.flatMap((row) => series.verdicts[row] ?? []),
    questions === null ? null : seen.map((row) => questions[row] ?? 0),
    table.scope.options.level,
  );
}
