// A sign counts only where no digit or letter stands before it: in "5-3" and "covid-19" it is no minus.
const NUMBER =
  /(?<![\d\p{L}.])(?<sign>[-−]\s?)?[$€£¥₹]?(?<minus>[-−])?(?<whole>\d{1,3}(?:,\d{3})+(?!\d)|\d+|(?=\.\d))(?<rest>\.\d+)?(?<exponent>e[+-]?\d+)?(?:\/(?<below>\d+)(?![\d/]))?/giu;

const VULGAR: Readonly<Record<string, string>> = {
  '½': '1/2',
  '¼': '1/4',
  '¾': '3/4',
  '⅓': '1/3',
  '⅔': '2/3',
};

/** Other ways to write a number as the one that is looked for: "1_000", "\frac{1}{2}", "3½", "3 1/2"; a date is no fraction. */
function plainNumbers(text: string): string {
  return text
    .replaceAll(/[０-９]/g, (digit) => String.fromCharCode(digit.charCodeAt(0) - 0xfee0))
    .replaceAll(/(?<=\d)[_\u00a0\u2009\u202f](?=\d{3}(?!\d))/g, '')
    .replaceAll(/\\[dt]?frac\s*\{\s*(\d+)\s*\}\s*\{\s*(\d+)\s*\}/g, ' $1/$2')
    .replaceAll(/[½¼¾⅓⅔]/g, (sign) => ` ${VULGAR[sign] ?? ''}`)
    .replaceAll(/(?<!\d)(\d+)\/(\d+)\/(\d+)/g, '$1 $2 $3')
    .replaceAll(
      /(?<![\d.,/])(\d{1,3}) +(\d{1,2})\/(\d{1,2})(?![\d/])/g,
      (whole, a: string, b: string, c: string) =>
        Number(b) < Number(c) ? String(Number(a) + Number(b) / Number(c)) : whole,
    );
}

/**
 * All numbers in a text, in order: thousands separators, currency signs, decimals, exponents and simple
 * fractions.
 */
export function numbersIn(text: string): number[] {
  const found: number[] = [];
  // A hyphen between numbers is a range or a subtraction; give the second number a clean start.
  const spaced = plainNumbers(text).replaceAll(/(\d)\s*[-–—]\s*(?=[$€£¥₹]?\d)/g, '$1 to ');
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
  const boxed = [...text.matchAll(/\\boxed\{((?:[^{}]|\{[^{}]*\})*)\}/g)].at(-1)?.[1];
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
  return targets.some((target) =>
    // Whole numbers have nothing to round: 1000001 is not 1000000.
    Number.isInteger(given) && Number.isInteger(target)
      ? given === target
      : Math.abs(given - target) <= SAME * Math.max(1, Math.abs(target)),
  );
}
