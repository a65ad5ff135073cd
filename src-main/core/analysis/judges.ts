import type { JudgeKey, PanelSpec } from '../../domain/analysis/options.ts';
import { panelKey } from '../../domain/analysis/options.ts';
import type { HumanReference } from '../../domain/analysis/run-analysis.ts';
import { cohenKappa, confusion, squareOf } from '../../domain/statistics/agreement.ts';
import { cascade, majority, type PanelVerdict, type Vote, weighted } from '../../domain/statistics/panels.ts';
import type { Verdict } from '../../domain/verdict.ts';
import { Problem } from '../problem.ts';
import { sortedOnly } from './random-labels.ts';
import { type AnalysisTable, known, scoredOf, type Series } from './table.ts';

/** F1 from which an answer counts as correct: the threshold of the published tables. */
const F1_CORRECT = 0.5;

/** Every judge of an analysis: stored ones, the rules kept with the answers, people together, panels. */
export interface Judges {
  readonly list: readonly Series[];
  /** The people's verdicts together; null while nobody has labelled. */
  readonly humans: Series | null;
  readonly reference: HumanReference | null;
}

/** Throws Problem NOT_FOUND for a panel with a member that is not there, REFUSED for one with too few. */
export function judgesOf(table: AnalysisTable): Judges {
  const people = table.judges.filter((series) => series.ref.kind === 'human');
  const others = table.judges.filter((series) => series.ref.kind !== 'human');
  const humans = people.length === 0 ? null : together(people, table.rows.length);
  const rules = lexicalSeries(table).filter((rule) => !others.some(({ ref }) => ref.key === rule.ref.key));
  const members = [...others, ...rules, ...people, ...(humans === null || people.length < 2 ? [] : [humans])];
  const panels = table.scope.options.panels.map((spec) => panelSeries(spec, members, humans));
  return {
    list: [
      ...others,
      ...panels,
      ...rules,
      ...people,
      ...(humans === null || people.length < 2 ? [] : [humans]),
    ],
    humans,
    reference: humans === null ? null : referenceOf(table, people, humans),
  };
}

/** The judge of a key. Throws Problem NOT_FOUND naming the keys there are; "humans" works for one person too. */
export function judgeNamed(judges: Judges, key: JudgeKey): Series {
  const found =
    judges.list.find(({ ref }) => [ref.key, ref.name, String(ref.judgeId)].includes(key)) ??
    judges.list.find(({ ref }) => ref.key === `lexical:${key}`) ??
    (key === 'humans' ? judges.humans : null);
  if (found !== null && found !== undefined) return found;
  const names = judges.list.map(({ ref }) => `${ref.key} (${ref.name})`).join(', ');
  throw new Problem('NOT_FOUND', `No judge "${key}" has judged these answers. There are: ${names}.`);
}

/** What most people said of each answer; null where nobody did, unparsed where they are even. */
function together(people: readonly Series[], rows: number): Series {
  const verdicts = Array.from({ length: rows }, (_, row): Verdict | null => {
    const said = people.flatMap((person) => person.verdicts[row] ?? []).filter((v) => v !== 'skipped');
    if (said.length === 0) return null;
    return said.length === 1
      ? (said[0] ?? null)
      : majority(said.map((verdict) => ({ verdict, pCorrect: null }))).verdict;
  });
  const nothing = verdicts.map(() => null);
  return {
    ref: { key: 'humans', judgeId: null, name: 'humans', kind: 'human' },
    verdicts,
    pCorrect: nothing,
    labelMass: nothing,
  };
}

function referenceOf(table: AnalysisTable, people: readonly Series[], humans: Series): HumanReference {
  let labelledByMore = 0;
  let conflicts = 0;
  humans.verdicts.forEach((_, row) => {
    const said = people.flatMap((person) => person.verdicts[row] ?? []).filter((v) => v !== 'skipped');
    if (said.length < 2) return;
    labelledByMore += 1;
    if (new Set(said).size > 1) conflicts += 1;
  });
  return {
    people: people.map((person) => person.ref),
    labelled: humans.verdicts.filter((verdict) => verdict !== null).length,
    labelledByMore,
    conflicts,
    sorted: humans.verdicts.every((verdict) => verdict !== null)
      ? 0
      : [...sortedOnly(table)].filter((row) => (humans.verdicts[row] ?? null) !== null).length,
  };
}

/** Exact match, contains and F1 ≥ 0.5 are kept with every answer: judges without a single judgment row. */
function lexicalSeries({ matrix, rows }: AnalysisTable): Series[] {
  const rule = (key: string, name: string, column: Float64Array, threshold: number): Series => {
    const scores = rows.map((row) => known(column[row]));
    const nothing = rows.map(() => null);
    return {
      ref: { key: `lexical:${key}`, judgeId: null, name, kind: 'lexical' },
      verdicts: scores.map((score) =>
        score === null ? 'skipped' : score >= threshold ? 'correct' : 'incorrect',
      ),
      pCorrect: nothing,
      labelMass: nothing,
    };
  };
  const all = [
    rule('exact-match', 'exact-match', matrix.exactMatch, 1),
    rule('contains', 'contains', matrix.contains, 1),
    // Not plain "f1": a run's summary has the mean of F1, which is another number.
    rule('f1', `F1 ≥ ${F1_CORRECT}`, matrix.f1, F1_CORRECT),
  ];
  return all.filter(({ verdicts }) => verdicts.some((verdict) => verdict !== 'skipped'));
}

function panelSeries(spec: PanelSpec, judges: readonly Series[], humans: Series | null): Series {
  const members = spec.members.map((key) => {
    const found = judges.find(({ ref }) => ref.key === key);
    if (found !== undefined) return found;
    throw new Problem('NOT_FOUND', `The panel's member "${key}" has not judged these answers.`);
  });
  const least = spec.kind === 'cascade' ? 3 : 2;
  if (members.length < least) {
    throw new Problem('REFUSED', `A ${spec.kind} panel needs at least ${least} members; give more.`);
  }
  const weights = spec.kind === 'weighted' ? (spec.weights ?? weightsByKappa(members, humans)) : [];
  const results = members[0]?.verdicts.map((_, row) => panelVerdict(spec, members, weights, row)) ?? [];
  const key = panelKey(spec);
  const names = members.map(({ ref }) => ref.name).join(' + ');
  return {
    ref: { key, judgeId: null, name: `${spec.kind} of ${names}`, kind: 'panel' },
    verdicts: results.map((result) => result?.verdict ?? null),
    pCorrect: results.map((result) => result?.pCorrect ?? null),
    labelMass: results.map(() => null),
  };
}

/** A member that disagrees with people as often as chance has no weight; without labels all weigh the same. */
function weightsByKappa(members: readonly Series[], humans: Series | null): number[] {
  if (humans === null) return members.map(() => 1);
  const truth = scoredOf(humans);
  return members.map((member) =>
    Math.max(0, cohenKappa(squareOf(confusion(scoredOf(member), truth)))?.value ?? 1),
  );
}

/** Null where a member that is needed has not seen the answer. */
function panelVerdict(
  { kind, asked = 1 }: PanelSpec,
  members: readonly Series[],
  weights: readonly number[],
  row: number,
): PanelVerdict | null {
  const votes = members.map((member, index): Vote | null => {
    const verdict = member.verdicts[row] ?? null;
    if (verdict === null) return null;
    return { verdict, pCorrect: member.pCorrect[row] ?? null, weight: weights[index] ?? 1 };
  });
  if (kind === 'cascade') {
    const firsts = votes.slice(0, -asked).filter((vote) => vote !== null);
    return firsts.length < votes.length - asked ? null : cascade(firsts, votes.slice(-asked));
  }
  const there = votes.filter((vote) => vote !== null);
  if (there.length < votes.length) return null;
  return kind === 'majority' ? majority(there) : weighted(there);
}
