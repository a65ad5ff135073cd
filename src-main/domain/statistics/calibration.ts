import { mean, sameLength, sum } from './checks.ts';

export interface CalibrationBin {
  readonly from: number;
  readonly to: number;
  readonly count: number;
  /** Mean probability in the bin. */
  readonly confidence: number;
  /** Share correct in the bin. */
  readonly accuracy: number;
}

export type Binning = 'equal-width' | 'equal-mass';

/**
 * Reliability bins of probabilities in [0, 1] against outcomes (1, 0, or P(correct)). equal-width: bins of
 * 1/bins, open below as in Guo et al. (2017), 0 in the first. equal-mass: bins of as many rows as possible
 * alike, in order of probability, with equal probabilities never split apart. Empty bins are left out.
 */
export function calibrationBins(
  probability: readonly number[],
  correct: readonly number[],
  bins: number,
  binning: Binning,
): CalibrationBin[] {
  sameLength(probability, correct, 'Probabilities and verdicts');
  const rows = probability.map((p, i) => ({ p, correct: correct[i] ?? 0 })).toSorted((a, b) => a.p - b.p);
  const groups = binning === 'equal-width' ? equalWidth(rows, bins) : equalMass(rows, bins);
  return groups
    .filter((group) => group.rows.length > 0)
    .map(({ from, to, rows: inside }) => ({
      from,
      to,
      count: inside.length,
      confidence: mean(inside.map((row) => row.p)),
      accuracy: mean(inside.map((row) => row.correct)),
    }));
}

interface Row {
  readonly p: number;
  readonly correct: number;
}

interface Group {
  readonly from: number;
  readonly to: number;
  readonly rows: readonly Row[];
}

function equalWidth(rows: readonly Row[], bins: number): Group[] {
  const groups = Array.from({ length: bins }, (_, i): { from: number; to: number; rows: Row[] } => ({
    from: i / bins,
    to: (i + 1) / bins,
    rows: [],
  }));
  for (const row of rows)
    groups[Math.min(bins - 1, Math.max(0, Math.ceil(row.p * bins) - 1))]?.rows.push(row);
  return groups;
}

function equalMass(rows: readonly Row[], bins: number): Group[] {
  const groups: Group[] = [];
  let start = 0;
  for (let i = 1; i <= bins && start < rows.length; i += 1) {
    let end = Math.max(start + 1, Math.round((i * rows.length) / bins));
    while (end < rows.length && rows[end]?.p === rows[end - 1]?.p) end += 1;
    const inside = rows.slice(start, end);
    groups.push({ from: inside[0]?.p ?? 0, to: inside.at(-1)?.p ?? 0, rows: inside });
    start = end;
  }
  return groups;
}

/**
 * Expected calibration error (Naeini et al. 2015; Guo et al. 2017): Σ count/n·|accuracy − confidence| over
 * the bins. Only for probabilities (exp(−NLL), P(True), P(correct)). Null without rows.
 */
export function expectedCalibrationError(
  probability: readonly number[],
  correct: readonly number[],
  bins = 10,
  binning: Binning = 'equal-width',
): number | null {
  if (probability.length === 0) return null;
  const parts = calibrationBins(probability, correct, bins, binning);
  return sum(parts.map((bin) => bin.count * Math.abs(bin.accuracy - bin.confidence))) / probability.length;
}

/** Brier's (1950) score: mean squared difference of probability and outcome, 0 best. Null without rows. */
export function brierScore(probability: readonly number[], correct: readonly number[]): number | null {
  sameLength(probability, correct, 'Probabilities and verdicts');
  return probability.length === 0 ? null : mean(probability.map((p, i) => (p - (correct[i] ?? 0)) ** 2));
}
