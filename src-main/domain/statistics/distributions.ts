const LANCZOS = [
  0.99999999999980993, 676.5203681218851, -1259.1392167224028, 771.32342877765313, -176.61502916214059,
  12.507343278686905, -0.13857109526572012, 9.9843695780195716e-6, 1.5056327351493116e-7,
] as const;

/** ln Γ(x) for x > 0, about 15 digits (Lanczos 1964, g = 7, nine terms). */
export function logGamma(x: number): number {
  if (x < 0.5) return Math.log(Math.PI / Math.sin(Math.PI * x)) - logGamma(1 - x);
  const z = x - 1;
  let sum: number = LANCZOS[0];
  LANCZOS.forEach((coefficient, i) => {
    if (i > 0) sum += coefficient / (z + i);
  });
  const t = z + 7.5;
  return 0.5 * Math.log(2 * Math.PI) + (z + 0.5) * Math.log(t) - t + Math.log(sum);
}

/** ln of n choose k, for integers 0 ≤ k ≤ n. */
export function logChoose(n: number, k: number): number {
  return logGamma(n + 1) - logGamma(k + 1) - logGamma(n - k + 1);
}

/** Regularised lower incomplete gamma P(a, x): series below a + 1, continued fraction (Lentz) above. */
function gammaP(a: number, x: number): number {
  if (x <= 0) return 0;
  const scale = Math.exp(-x + a * Math.log(x) - logGamma(a));
  if (x < a + 1) {
    let term = 1 / a;
    let sum = term;
    for (let n = 1; n < 1000 && Math.abs(term) > Math.abs(sum) * 1e-17; n += 1) {
      term *= x / (a + n);
      sum += term;
    }
    return sum * scale;
  }
  return 1 - scale * upperFraction(a, x);
}

function upperFraction(a: number, x: number): number {
  const tiny = 1e-300;
  let b = x + 1 - a;
  let c = 1 / tiny;
  let d = 1 / b;
  let h = d;
  for (let i = 1; i < 1000; i += 1) {
    const an = -i * (i - a);
    b += 2;
    d = an * d + b;
    if (Math.abs(d) < tiny) d = tiny;
    c = b + an / c;
    if (Math.abs(c) < tiny) c = tiny;
    d = 1 / d;
    const delta = d * c;
    h *= delta;
    if (Math.abs(delta - 1) < 1e-16) break;
  }
  return h;
}

/** 1 − P(a, x) without cancellation in the tail. */
function gammaQ(a: number, x: number): number {
  if (x < a + 1) return 1 - gammaP(a, x);
  return Math.exp(-x + a * Math.log(x) - logGamma(a)) * upperFraction(a, x);
}

/** Φ(z), the standard normal distribution function; the lower tail keeps its relative precision. */
export function normalCdf(z: number): number {
  const half = (z * z) / 2;
  return z < 0 ? 0.5 * gammaQ(0.5, half) : 0.5 + 0.5 * gammaP(0.5, half);
}

/** p that a χ² variable with `df` degrees of freedom exceeds x. */
export function chiSquareTail(x: number, df: number): number {
  return x <= 0 ? 1 : gammaQ(df / 2, x / 2);
}

/**
 * Φ⁻¹(p) for 0 < p < 1: a rational start (Abramowitz and Stegun 26.2.23, error below 4.5e-4) polished by
 * Halley steps on Φ until double precision. ±Infinity at 0 and 1.
 */
export function normalQuantile(p: number): number {
  if (!(p > 0)) return -Infinity;
  if (p >= 1) return Infinity;
  if (p > 0.5) return -normalQuantile(1 - p);
  const t = Math.sqrt(-2 * Math.log(p));
  let z = -(
    t -
    (2.515517 + t * (0.802853 + t * 0.010328)) / (1 + t * (1.432788 + t * (0.189269 + t * 0.001308)))
  );
  for (let i = 0; i < 4; i += 1) {
    const error = (normalCdf(z) - p) * Math.sqrt(2 * Math.PI) * Math.exp((z * z) / 2);
    z -= error / (1 + (z * error) / 2);
  }
  return z;
}

/** z of a two-sided interval at a confidence level: 1.96 for 0.95. Throws RangeError outside (0, 1). */
export function criticalZ(level: number): number {
  if (!(level > 0 && level < 1))
    throw new RangeError(`A confidence level lies between 0 and 1, not at ${level}.`);
  return -normalQuantile((1 - level) / 2);
}

/**
 * Σ of P(X = 0 … k) for X binomial(n, p), 0 < p < 1. Added up from k, or from the mode where that comes first, down to where
 * terms no longer count: ten million flips take a millisecond or two, not seconds.
 */
export function binomialCdf(k: number, n: number, p: number): number {
  if (k < 0) return 0;
  if (k >= n) return 1;
  const at = (i: number): number => Math.exp(logChoose(n, i) + i * Math.log(p) + (n - i) * Math.log1p(-p));
  const top = Math.min(k, Math.floor((n + 1) * p));
  const odds = (1 - p) / p;
  let sum = 0;
  let term = at(top);
  for (let i = top; i >= 0 && term > sum * 1e-18; i -= 1) {
    sum += term;
    term *= (i / (n - i + 1)) * odds;
  }
  term = at(top);
  for (let i = top; i < k && term > sum * 1e-18; i += 1) {
    term *= (n - i) / (i + 1) / odds;
    sum += term;
  }
  return Math.min(1, sum);
}
