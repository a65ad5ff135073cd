import type { OfferedLabel } from '../prompts/judge-render.ts';
import type { Verdict } from '../verdict.ts';

/** States that reading a judge can give. */
type ReadVerdict = Extract<Verdict, 'correct' | 'incorrect' | 'not_attempted' | 'unparsed'>;

/** What was read from a judge, ready to be stored as a judgment. */
export interface VerdictReading {
  readonly verdict: ReadVerdict;
  /** P(correct) among the labels, in [0, 1]; null when no distribution was read or the labels had no mass. */
  readonly pCorrect: number | null;
  /**
   * Probability of all labels together before renormalising, in [0, 1]; null when no distribution was read.
   */
  readonly labelMass: number | null;
  /** The most probable, or matched, label as offered; null when unparsed. */
  readonly label: string | null;
  /** Points of the label (text), or expected points (distribution); null where labels are no scale. */
  readonly score: number | null;
  /** Why it is unparsed, as a sentence; null when it is not. */
  readonly note: string | null;
}

/**
 * Below this mass on all labels together, the judge was about to write something else, and what remains
 * says little: the row is unparsed. Far below one half on purpose, since spellings not asked for take some
 * of the mass.
 */
export const MIN_LABEL_MASS = 0.1;

/** The part of an engine's ScoreResult that a verdict needs. */
export interface LabelDistribution {
  /** p of each offered label's first token, in the order offered, not renormalised. */
  readonly probabilities: readonly number[];
  /** First token of each label, where known: two spellings that begin with one token are counted once. */
  readonly labelTokens?: readonly number[];
  /** What the model would have written instead, for the note. */
  readonly topToken?: string;
}

/**
 * Verdict, P(correct) and label mass from the next token's distribution: the mass of all labels (and
 * spellings) of each verdict is added up and the greatest wins, so that a scale of five is judged by its
 * two sides, not by its single most probable point. Unparsed when the labels have less than `minMass`
 * together, when two verdicts tie, or when one token begins labels of different verdicts. Throws RangeError
 * when the lists' lengths differ.
 */
export function verdictFromDistribution(
  labels: readonly OfferedLabel[],
  distribution: LabelDistribution,
  minMass: number = MIN_LABEL_MASS,
): VerdictReading {
  const { probabilities, labelTokens } = distribution;
  if (probabilities.length !== labels.length) {
    throw new RangeError(
      `${labels.length} labels were offered but ${probabilities.length} probabilities came back.`,
    );
  }
  const conflict = labelTokens === undefined ? null : conflictingLabels(labels, labelTokens);
  if (conflict !== null)
    return unread(`The labels ${conflict} begin with the same token; use letters instead.`, null);

  const mass = { correct: 0, incorrect: 0, not_attempted: 0 };
  const byText = new Map<string, number>();
  let points = 0;
  let pointsMass = 0;
  const counted = new Set<number>();
  labels.forEach((label, index) => {
    const token = labelTokens?.[index];
    if (token !== undefined && counted.has(token)) return;
    if (token !== undefined) counted.add(token);
    const p = Math.max(0, probabilities[index] ?? 0);
    mass[label.verdict] += p;
    const text = label.text.trim().toLowerCase();
    byText.set(text, (byText.get(text) ?? 0) + p);
    if (label.score !== null) {
      points += label.score * p;
      pointsMass += p;
    }
  });
  const total = Math.min(1, mass.correct + mass.incorrect + mass.not_attempted);
  if (!(total > 0)) return unread(lowMassNote(total, distribution.topToken), total || 0);
  const pCorrect = Math.min(1, mass.correct / (mass.correct + mass.incorrect + mass.not_attempted));
  if (total < minMass) return { ...unread(lowMassNote(total, distribution.topToken), total), pCorrect };

  const order = (['correct', 'incorrect', 'not_attempted'] as const).toSorted((a, b) => mass[b] - mass[a]);
  const [first, second] = order;
  if (first === undefined || second === undefined || mass[first] === mass[second]) {
    return { ...unread('Two verdicts are exactly as probable as each other.', total), pCorrect };
  }
  return {
    verdict: first,
    pCorrect,
    labelMass: total,
    label: mostProbableLabel(labels, byText, first),
    score: pointsMass > 0 ? points / pointsMass : null,
    note: null,
  };
}

function unread(note: string, labelMass: number | null): VerdictReading {
  return { verdict: 'unparsed', pCorrect: null, labelMass, label: null, score: null, note };
}

function lowMassNote(mass: number, topToken: string | undefined): string {
  const instead = topToken === undefined ? '' : `; the judge was about to write ${JSON.stringify(topToken)}`;
  return `All labels together have a probability of only ${mass.toPrecision(2)}${instead}.`;
}

function conflictingLabels(labels: readonly OfferedLabel[], tokens: readonly number[]): string | null {
  const owner = new Map<number, OfferedLabel>();
  for (const [index, label] of labels.entries()) {
    const token = tokens[index];
    if (token === undefined) continue;
    const other = owner.get(token);
    if (other !== undefined && other.text.trim().toLowerCase() !== label.text.trim().toLowerCase()) {
      return `"${other.text.trim()}" and "${label.text.trim()}"`;
    }
    owner.set(token, label);
  }
  return null;
}

function mostProbableLabel(
  labels: readonly OfferedLabel[],
  byText: ReadonlyMap<string, number>,
  verdict: ReadVerdict,
): string | null {
  let best: OfferedLabel | null = null;
  const massOf = (label: OfferedLabel): number => byText.get(label.text.trim().toLowerCase()) ?? 0;
  for (const label of labels) {
    if (label.verdict === verdict && !label.variant && (best === null || massOf(label) > massOf(best)))
      best = label;
  }
  return best === null ? null : best.text.trim();
}

/**
 * Both label orders of one answer, averaged: the mean of P(correct) cancels a preference for the first
 * label.
 */
export interface OrderAverage {
  readonly verdict: ReadVerdict;
  readonly pCorrect: number | null;
  /** The verdict changed with the order. Null when one of the two was unparsed. */
  readonly flipped: boolean | null;
}

/** Averages the readings of the two label orders. One unparsed reading leaves the other's verdict. */
export function averageOrders(ab: VerdictReading, ba: VerdictReading): OrderAverage {
  if (ab.verdict === 'unparsed') return { verdict: ba.verdict, pCorrect: ba.pCorrect, flipped: null };
  if (ba.verdict === 'unparsed') return { verdict: ab.verdict, pCorrect: ab.pCorrect, flipped: null };
  const pCorrect = ab.pCorrect === null || ba.pCorrect === null ? null : (ab.pCorrect + ba.pCorrect) / 2;
  const flipped = ab.verdict !== ba.verdict;
  if (!flipped) return { verdict: ab.verdict, pCorrect, flipped };
  if (pCorrect === null || pCorrect === 0.5) return { verdict: 'unparsed', pCorrect, flipped };
  return { verdict: pCorrect > 0.5 ? 'correct' : notCorrect(ab, ba), pCorrect, flipped };
}

/**
 * Of two readings that disagree and average below one half: the one that is not "correct", or "incorrect".
 */
function notCorrect(ab: VerdictReading, ba: VerdictReading): ReadVerdict {
  if (ab.verdict === 'correct') return ba.verdict;
  return ba.verdict === 'correct' ? ab.verdict : 'incorrect';
}

/**
 * Share of answers whose verdict changed with the label order, of those read in both; null when there are
 * none.
 */
export function flipRate(averages: Iterable<OrderAverage>): number | null {
  let flips = 0;
  let read = 0;
  for (const { flipped } of averages) {
    if (flipped === null) continue;
    read += 1;
    if (flipped) flips += 1;
  }
  return read === 0 ? null : flips / read;
}
