import { criticalZ, normalCdf, normalQuantile } from './distributions.ts';

export interface PowerOptions {
  /**
   * Share of questions on which the two runs differ, in (0, 1]: from a pilot, or twice the expected
   * difference.
   */
  readonly discordance: number;
  /** Two-sided, 0.05 when not given. */
  readonly alpha?: number;
  /** 0.8 when not given. */
  readonly power?: number;
}

/**
 * Power of McNemar's test with n questions for a true difference in accuracy (Connor 1987, Biometrics
 * 43:207, normal approximation): Φ((δ√n − z·√ψ)/√(ψ − δ²)), ψ the share that differs. The exact test, which is the one
 * reported, is a little less powerful: where this says 0.80, it has 0.76 to 0.79 (25 to 3,000 questions, ψ 0.1 to 0.4).
 */
export function mcnemarPower(questions: number, difference: number, options: PowerOptions): number {
  const { discordance, alpha = 0.05 } = options;
  const delta = Math.abs(difference);
  if (delta > discordance)
    throw new RangeError(
      'Two runs cannot differ in accuracy by more than the share of questions on which they differ.',
    );
  const spread = Math.sqrt(Math.max(discordance - delta * delta, 1e-12));
  return normalCdf((delta * Math.sqrt(questions) - criticalZ(1 - alpha) * Math.sqrt(discordance)) / spread);
}

/**
 * Questions needed to show a difference in accuracy (Connor 1987): (z_α√ψ + z_β√(ψ − δ²))² / δ², rounded
 * up.
 */
export function questionsNeeded(difference: number, options: PowerOptions): number {
  const { discordance, alpha = 0.05, power = 0.8 } = options;
  const delta = Math.abs(difference);
  if (!(delta > 0))
    throw new RangeError('No number of questions shows a difference of zero; give the difference to find.');
  if (delta > discordance)
    throw new RangeError(
      'Two runs cannot differ in accuracy by more than the share of questions on which they differ.',
    );
  const root =
    criticalZ(1 - alpha) * Math.sqrt(discordance) +
    normalQuantile(power) * Math.sqrt(discordance - delta * delta);
  return Math.ceil((root / delta) ** 2);
}

/**
 * The smallest true difference in accuracy that this many questions show with the wanted power; null when
 * even runs that differ in one direction only would not be told apart (too few questions). Bisection on
 * {@link mcnemarPower}.
 */
export function smallestDetectableDifference(questions: number, options: PowerOptions): number | null {
  const { discordance, power = 0.8 } = options;
  if (questions < 1 || mcnemarPower(questions, discordance, options) < power) return null;
  let low = 0;
  let high = discordance;
  for (let i = 0; i < 60; i += 1) {
    const middle = (low + high) / 2;
    if (mcnemarPower(questions, middle, options) < power) low = middle;
    else high = middle;
  }
  return high;
}
