import { criticalZ } from './distributions.ts';
import { clamp, sameLength, sum } from './checks.ts';
import { type ClusterKeys, clusteredShare, designEffect } from './clusters.ts';
import type { Estimate } from './interval.ts';
import { DEFAULT_LEVEL } from './interval.ts';
import { wilson } from './wilson.ts';

/** A judge against a reference (humans): positive is "correct". */
export interface Confusion {
  readonly truePositive: number;
  /** Judge correct, reference incorrect: leniency. */
  readonly falsePositive: number;
  /** Judge incorrect, reference correct: strictness. */
  readonly falseNegative: number;
  readonly trueNegative: number;
}

/** Counts pairs; rows where either is null (not scored) are left out. */
export function confusion(
  judge: readonly (boolean | null)[],
  reference: readonly (boolean | null)[],
): Confusion {
  sameLength(judge, reference, 'The verdicts of judge and reference');
  const counts = { truePositive: 0, falsePositive: 0, falseNegative: 0, trueNegative: 0 };
  judge.forEach((said, row) => {
    const truth = reference[row] ?? null;
    if (said === null || truth === null) return;
    if (said) counts[truth ? 'truePositive' : 'falsePositive'] += 1;
    else counts[truth ? 'falseNegative' : 'trueNegative'] += 1;
  });
  return counts;
}

export interface JudgeQuality {
  readonly rows: number;
  readonly agreement: Estimate | null;
  readonly kappa: Estimate | null;
  /** Of what the reference calls correct, the share that the judge does too. */
  readonly sensitivity: Estimate | null;
  /** Of what the reference calls incorrect, the share that the judge does too. */
  readonly specificity: Estimate | null;
  /** Accuracy by the judge minus accuracy by the reference: positive is lenient. */
  readonly bias: number | null;
  readonly judgePositive: Estimate | null;
  readonly referencePositive: Estimate | null;
}

/** Verdicts of judge and reference on the same rows, null where not scored, and the question of each row. */
export interface RatedRows {
  readonly judge: readonly (boolean | null)[];
  readonly reference: readonly (boolean | null)[];
  readonly questions: ClusterKeys;
}

/** The rows that both scored. */
interface BothScored {
  readonly judge: readonly boolean[];
  readonly reference: readonly boolean[];
  readonly questions: ClusterKeys;
}

function bothScored({ judge, reference, questions }: RatedRows): BothScored {
  sameLength(judge, reference, 'The verdicts of judge and reference');
  const rows = judge.flatMap((said, row) =>
    said === null || (reference[row] ?? null) === null ? [] : [row],
  );
  return {
    judge: rows.map((row) => judge[row] === true),
    reference: rows.map((row) => reference[row] === true),
    questions: questions === null ? null : rows.map((row) => questions[row] ?? 0),
  };
}

/**
 * All that a report card says of a judge against a reference. Intervals count rows of one question for what they are worth.
 * Null where a denominator is zero.
 */
export function judgeQuality(rated: RatedRows, level: number = DEFAULT_LEVEL): JudgeQuality {
  const both = bothScored(rated);
  const { judge, reference, questions } = both;
  const n = judge.length;
  const { falsePositive: fp, falseNegative: fn } = confusion(judge, reference);
  const share = (of: readonly boolean[]): Estimate | null => clusteredShare(of, questions, level);
  const agrees = judge.map((said, row) => said === reference[row]);
  const agreeWhere = (truth: boolean): Estimate | null => {
    const rows = reference.flatMap((value, row) => (value === truth ? [row] : []));
    return clusteredShare(
      rows.map((row) => agrees[row] === true),
      questions === null ? null : rows.map((row) => questions[row] ?? 0),
      level,
    );
  };
  return {
    rows: n,
    agreement: share(agrees),
    kappa: kappaOf(both, level),
    sensitivity: agreeWhere(true),
    specificity: agreeWhere(false),
    bias: n === 0 ? null : (fp - fn) / n,
    judgePositive: share(judge),
    referencePositive: share(reference),
  };
}

/** κ of two judges with its interval by question, and their agreement; null where undefined. */
export function ratedAgreement(
  rated: RatedRows,
  level: number = DEFAULT_LEVEL,
): { readonly agreement: Estimate | null; readonly kappa: Estimate | null } {
  const both = bothScored(rated);
  const agrees = both.judge.map((said, row) => said === both.reference[row]);
  return { agreement: clusteredShare(agrees, both.questions, level), kappa: kappaOf(both, level) };
}

/**
 * {@link cohenKappa}, its variance times the design effect of what each row adds to κ: the influence of a row in cell (i, j),
 * (1 if i = j) − p_o − (1 − κ)(p_+i + p_j+ − 2p_e), whose mean square is the variance of Fleiss, Cohen and Everitt.
 */
function kappaOf({ judge, reference, questions }: BothScored, level: number): Estimate | null {
  const counts = confusion(judge, reference);
  const n = judge.length;
  const table = squareOf(counts);
  const plain = cohenKappa(table, level);
  if (questions === null || plain === null) return plain;
  const [judged, true_] = [judge.filter(Boolean).length / n, reference.filter(Boolean).length / n];
  const observed = (counts.truePositive + counts.trueNegative) / n;
  const chance = judged * true_ + (1 - judged) * (1 - true_);
  const influence = judge.map((said, row) => {
    const truth = reference[row] === true;
    const margins = (said ? true_ : 1 - true_) + (truth ? judged : 1 - judged);
    return Number(said === truth) - observed - (1 - plain.value) * (margins - 2 * chance);
  });
  return cohenKappa(table, level, designEffect(influence, questions));
}

/** Rows the judge, columns the reference; "correct" first. */
export const squareOf = ({
  truePositive,
  falsePositive,
  falseNegative,
  trueNegative,
}: Confusion): number[][] => [
  [truePositive, falsePositive],
  [falseNegative, trueNegative],
];

/**
 * Cohen's (1960) κ of a square table of counts (rows one rater, columns the other), with the large-sample
 * interval of Fleiss, Cohen and Everitt (1969), cut at ±1. Where that has no width (no row disagrees, all do, or a
 * rater says one thing only) it would promise certainty from two rows, so the bounds are those of Wilson's interval
 * of the agreement, chance as seen. Null when undefined: no rows, or both raters always say the same one
 * thing — never 0 or 1 then. Rows are worth as many as they are divided by the design effect.
 */
export function cohenKappa(
  table: readonly (readonly number[])[],
  level: number = DEFAULT_LEVEL,
  effect = 1,
): Estimate | null {
  const n = sum(table.flat());
  if (n === 0) return null;
  const at = (i: number, j: number): number => (table[i]?.[j] ?? 0) / n;
  const k = table.length;
  const all = Array.from({ length: k }, (_, i) => i);
  const row = all.map((i) => sum(all.map((j) => at(i, j))));
  const column = all.map((j) => sum(all.map((i) => at(i, j))));
  const observed = sum(all.map((i) => at(i, i)));
  const chance = sum(all.map((i) => (row[i] ?? 0) * (column[i] ?? 0)));
  if (1 - chance < 1e-12) return null;
  const kappa = (observed - chance) / (1 - chance);
  const diagonal = sum(
    all.map((i) => at(i, i) * (1 - ((row[i] ?? 0) + (column[i] ?? 0)) * (1 - kappa)) ** 2),
  );
  const off = sum(
    all.flatMap((i) =>
      all.filter((j) => j !== i).map((j) => at(i, j) * ((column[i] ?? 0) + (row[j] ?? 0)) ** 2),
    ),
  );
  const spread = diagonal + (1 - kappa) ** 2 * off - (kappa - chance * (1 - kappa)) ** 2;
  if (spread < 1e-12)
    return { value: kappa, ...boundsOfAgreement(observed, n / effect, chance, level), level };
  const half = (criticalZ(level) * Math.sqrt((effect * spread) / n)) / (1 - chance);
  return { value: kappa, low: clamp(kappa - half, -1, 1), high: clamp(kappa + half, -1, 1), level };
}

/** κ at the bounds of the agreement, for a given agreement by chance. */
function boundsOfAgreement(
  observed: number,
  n: number,
  chance: number,
  level: number,
): { readonly low: number; readonly high: number } {
  const bounds = wilson(Math.min(n, observed * n), n, level);
  const kappaAt = (agreement: number): number => clamp((agreement - chance) / (1 - chance), -1, 1);
  return { low: kappaAt(bounds?.low ?? 0), high: kappaAt(bounds?.high ?? 1) };
}

/** Scott's (1955) π: κ with chance taken from both raters' pooled shares. Null when undefined. */
export function scottPi(table: readonly (readonly number[])[]): number | null {
  const n = sum(table.flat());
  if (n === 0) return null;
  const observed = sum(table.map((row, i) => row[i] ?? 0)) / n;
  const chance = sum(
    table.map((row, i) => ((sum(row) + sum(table.map((other) => other[i] ?? 0))) / (2 * n)) ** 2),
  );
  return 1 - chance < 1e-12 ? null : (observed - chance) / (1 - chance);
}

/**
 * Krippendorff's (2011) α for nominal values, any number of raters and missing values (null). `ratings`
 * holds one list a unit, one value a rater. Units with fewer than two values are left out. Null when
 * undefined: nothing to compare, or one single value everywhere.
 */
export function krippendorffAlpha(ratings: readonly (readonly (string | number | null)[])[]): number | null {
  const totals = new Map<string | number, number>();
  let pairable = 0;
  let disagreement = 0;
  for (const unit of ratings) {
    const values = unit.filter((value) => value !== null);
    if (values.length < 2) continue;
    const counts = new Map<string | number, number>();
    for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
    pairable += values.length;
    const same = sum([...counts.values()].map((count) => count * (count - 1)));
    disagreement += (values.length * (values.length - 1) - same) / (values.length - 1);
    for (const [value, count] of counts) totals.set(value, (totals.get(value) ?? 0) + count);
  }
  const expected = pairable * pairable - sum([...totals.values()].map((count) => count * count));
  if (pairable < 2 || expected === 0) return null;
  return 1 - ((pairable - 1) * disagreement) / expected;
}
