import type { DrawnLabel } from '../../domain/analysis/matrix.ts';
import { majority } from '../../domain/statistics/panels.ts';
import type { Verdict } from '../../domain/verdict.ts';
import type { AnalysisTable } from './table.ts';

/** Labels that may correct an accuracy: drawn blind and at random from a queue that held every answer of the run. */
export interface RandomLabels {
  /** One entry an answer of the table: correct, incorrect, or null. */
  readonly labels: readonly (boolean | null)[];
  /** Answers with such a label, and those of them on which people said neither or do not agree. */
  readonly count: number;
  readonly undecided: number;
  readonly authors: readonly string[];
  readonly leftOut: readonly { readonly reason: string; readonly count: number }[];
}

/**
 * A random label stays the one that counts although its author changed their mind with everything in view: dropping it, or
 * taking the changed one, would make the sample depend on what the judges said.
 */
export function randomLabels(table: AnalysisTable): RandomLabels {
  const { matrix, rows } = table;
  const covering = new Set(matrix.queues.filter((queue) => queue.coversRun).map((queue) => queue.queueId));
  const rowOf = new Map(rows.map((at, row) => [at, row]));
  const said = new Map<number, DrawnLabel[]>();
  const sorted = new Set<number>();
  const elsewhere = new Set<number>();
  for (const label of matrix.labels) {
    const row = rowOf.get(label.row);
    if (row === undefined) continue;
    if (label.draw === 'sorted') sorted.add(row);
    else if (!covering.has(label.queueId)) elsewhere.add(row);
    else said.set(row, [...(said.get(row) ?? []), label]);
  }
  const verdicts = rows.map((_, row) => consensus(said.get(row) ?? []));
  const drawn = new Set([...said.keys(), ...sorted, ...elsewhere]);
  const open = openLabels(table).filter((row) => !drawn.has(row)).length;
  const scored = verdicts.map((verdict) =>
    verdict === 'correct' ? true : verdict === 'incorrect' ? false : null,
  );
  const undecided = [...said.keys()].filter((row) => (scored[row] ?? null) === null).length;
  const without = (set: ReadonlySet<number>): number => [...set].filter((row) => !said.has(row)).length;
  const names = new Set([...said.values()].flat().map((label) => label.judgeId));
  return {
    labels: scored,
    count: said.size,
    undecided,
    authors: matrix.judges.filter(({ judge }) => names.has(judge.id)).map(({ judge }) => judge.name),
    leftOut: [
      { reason: 'from a queue that was sorted', count: without(sorted) },
      { reason: 'drawn from a queue that did not hold all answers of this run', count: without(elsewhere) },
      { reason: 'made in the open, or brought by the file', count: open },
      { reason: 'skipped, not attempted, or people differ', count: undecided },
    ].filter(({ count }) => count > 0),
  };
}

function consensus(labels: readonly DrawnLabel[]): Verdict | null {
  const verdicts = labels.map((label) => label.verdict).filter((verdict) => verdict !== 'skipped');
  if (verdicts.length < 2) return verdicts[0] ?? null;
  return majority(verdicts.map((verdict) => ({ verdict, pCorrect: null }))).verdict;
}

/** Answers that a person judged, however that came about. */
function openLabels(table: AnalysisTable): number[] {
  const people = table.judges.filter((series) => series.ref.kind === 'human');
  return table.rows.flatMap((_, row) =>
    people.some((person) => {
      const verdict = person.verdicts[row] ?? null;
      return verdict !== null && verdict !== 'skipped';
    })
      ? [row]
      : [],
  );
}

/** Rows that have a label of a sorted queue and none of a random one. */
export function sortedOnly({ matrix, rows }: AnalysisTable): ReadonlySet<number> {
  const drawn = (draw: DrawnLabel['draw']): ReadonlySet<number> =>
    new Set(matrix.labels.filter((label) => label.draw === draw).map((label) => label.row));
  const [random, sorted] = [drawn('random'), drawn('sorted')];
  return new Set(rows.flatMap((at, row) => (sorted.has(at) && !random.has(at) ? [row] : [])));
}
