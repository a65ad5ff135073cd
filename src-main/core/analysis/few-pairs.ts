import type { PairComparison } from '../../domain/analysis/comparison.ts';

/** Fewer pairs, or fewer that flipped, leave an interval so wide that it is said in words. */
const FEW_PAIRS = 30;
const FEW_FLIPS = 10;
/** So many are said each by itself. */
const SAID_SINGLY = 3;

type Pair = Omit<PairComparison, 'pHolm'>;

const name = ({ first, second }: Pair): string =>
  `${String.fromCodePoint(65 + first)} − ${String.fromCodePoint(65 + second)}`;
const flipsOf = ({ counts }: Pair): number => counts.onlyFirst + counts.onlySecond;
const number = (value: number): string => value.toLocaleString('en');
const points = (share: number): string => (100 * share).toFixed(1);
/** With the sign that the table beside it has: a hyphen is read over. */
const signed = (share: number): string => `${share > 0 ? '+' : ''}${points(share).replace('-', '−')}`;
const items = (count: number): string => (count === 1 ? '1 pair was' : `${number(count)} pairs were`);

/**
 * What so few questions can and cannot show at a confidence level, as sentences; none where every pair has enough.
 */
export function fewPairsNotes(pairs: readonly Pair[], level: number): string[] {
  const few = pairs.filter(
    (pair) => pair.pairs > 0 && (pair.questions < FEW_PAIRS || pair.decided < FEW_FLIPS),
  );
  if (few.length <= SAID_SINGLY) return few.map((pair) => sentence(pair, 1 - level));
  return [
    `${few.length} of ${pairs.length} differences rest on fewer than ${FEW_PAIRS} questions or ${FEW_FLIPS} flips: their intervals are wide, and only large differences could be seen (each one’s smallest is given).`,
  ];
}

function sentence(pair: Pair, alpha: number): string {
  const { difference, smallestDetectable, pairsForObserved } = pair;
  const flips = flipsOf(pair);
  const basis = `${name(pair)} rests on few: ${items(pair.pairs)} scored on both sides${ofQuestions(pair)}, ${flips === 0 ? 'none' : number(flips)} flipped`;
  const width =
    difference === null
      ? ''
      : `; the ${Math.round(100 * (1 - alpha))} % interval of the difference goes from ${signed(difference.low)} to ${signed(difference.high)} points`;
  return `${basis}${width}. ${shown(pair.decided, smallestDetectable, alpha)}${needed(pair.pairs, pairsForObserved)}`;
}

/** Told where pairs are not questions. */
function ofQuestions({ pairs, questions, decided }: Pair): string {
  return questions === pairs
    ? ''
    : ` (${number(questions)} questions, one side ahead on ${number(decided)} of them)`;
}

/** The exact test's p from n questions that speak for a side is never below 2·½ⁿ. */
function shown(flips: number, smallest: number | null, alpha: number): string {
  if (flips === 0) return 'That no question speaks for a side does not show that the sides are equal.';
  const least = Math.min(1, 2 * 0.5 ** flips);
  if (least > alpha)
    return `From so few flips no p can be below ${least.toPrecision(2)}, so no difference can be shown.`;
  if (smallest === null)
    return 'Even a difference that all flips agree on would show in fewer than four of five such comparisons.';
  return `Only a difference of ${points(smallest)} points or more would show in four of five such comparisons.`;
}

function needed(pairs: number, forObserved: number | null): string {
  return forObserved === null || forObserved <= pairs
    ? ''
    : ` One as large as that seen takes about ${number(forObserved)} pairs.`;
}
