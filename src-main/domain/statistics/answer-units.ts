/** A piece of an answer that is left out as one, and the tokens it is made of. */
export interface AnswerUnit {
  /** Indices into the answer's tokens. */
  readonly tokens: readonly number[];
  /** The answer without it. */
  readonly without: string;
}

const HAS_WORD = /[\p{L}\p{N}]/u;

/**
 * The words of an answer, each with its tokens. A piece of a word left out alone would make gibberish of which no model can say
 * whether it still means the same, so tokens up to the next white space go together; punctuation at the end of a word is
 * a unit of its own. Every token is in one unit; units with no letter or digit come too.
 */
export function answerUnits(texts: readonly string[]): AnswerUnit[] {
  const groups: number[][] = [];
  texts.forEach((text, index) => {
    const before = texts[index - 1] ?? ' ';
    const begins = /^\s/u.test(text) || /\s$/u.test(before);
    const last = groups.at(-1);
    if (last === undefined || begins) groups.push([index]);
    else last.push(index);
  });
  return groups
    .flatMap((group) => splitEnd(texts, group))
    .map((tokens) => ({
      tokens,
      without: texts.filter((_, index) => !tokens.includes(index)).join(''),
    }));
}

/** "Paris" and "." of "Paris.". */
function splitEnd(texts: readonly string[], group: readonly number[]): number[][] {
  const last = group.findLastIndex((index) => HAS_WORD.test(texts[index] ?? ''));
  if (last < 0 || last === group.length - 1) return [[...group]];
  return [group.slice(0, last + 1), group.slice(last + 1)];
}
