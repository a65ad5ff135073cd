// A sign counts only where no digit or letter stands before it: in "5-3" and "covid-19" it is no minus.
const NUMBER =
  /(?<![\d\p{L}.])(?<sign>[-−]\s?)?[$€£]?(?<minus>[-−])?(?<whole>\d{1,3}(?:,\d{3})+(?!\d)|\d+|(?=\.\d))(?<rest>\.\d+)?(?<exponent>e[+-]?\d+)?(?:\/(?<below>\d+)(?![\d/]))?/giu;

/**
 * All numbers in a text, in order: thousands separators, currency signs, decimals, exponents and simple
 * fractions.
 */
export function numbersIn(text: string): number[] {
  const found: number[] = [];
  // A hyphen between numbers is a range or a subtraction; give the second number a clean start.
  const spaced = text.replaceAll(/(\d)\s*[-–—]\s*(?=[$€£]?\d)/g, '$1 to ');
  for (const match of spaced.matchAll(NUMBER)) {
    const { sign, minus, whole = '', rest = '', exponent = '', below } = match.groups ?? {};
    const top = Number(`${whole.replaceAll(',', '') || '0'}${rest}${exponent}`);
    const value = below === undefined || Number(below) === 0 ? top : top / Number(below);
    if (Number.isFinite(value)) found.push(sign === undefined && minus === undefined ? value : -value);
  }
  return found;
}

/**
 * The number a text answers with: the first after the last "####" (GSM8K's form) or in the last \boxed{},
 * else the last number in it. Null when there is none.
 */
export function answerNumber(text: string): number | null {
  const marker = text.lastIndexOf('####');
  const afterMarker = marker < 0 ? undefined : numbersIn(text.slice(marker + 4).split('\n')[0] ?? '')[0];
  if (afterMarker !== undefined) return afterMarker;
  const boxed = [...text.matchAll(/\\boxed\{([^{}]*)\}/g)].at(-1)?.[1];
  const inBox = boxed === undefined ? undefined : numbersIn(boxed)[0];
  return inBox ?? numbersIn(text).at(-1) ?? null;
}

/**
 * Relative difference that still counts as equal: rounding of decimals, not a tolerance for wrong answers.
 */
const SAME = 1e-6;

/**
 * Whether the answer's number equals the number of one of the gold answers. Null when the answer, or every
 * gold answer, holds no number.
 */
export function numericMatch(answer: string, gold: readonly string[]): boolean | null {
  const given = answerNumber(answer);
  const targets = gold.map(answerNumber).filter((value) => value !== null);
  if (given === null || targets.length === 0) return null;
  return targets.some((target) => Math.abs(given - target) <= SAME * Math.max(1, Math.abs(target)));
}
