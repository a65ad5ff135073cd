// Python's notion of a word character and of white space, because published scores were made with Python:
// JavaScript's \b knows ASCII only and would cut the "a" out of "ña".
const ARTICLE = /(?<![\p{L}\p{N}_])(?:a|an|the)(?![\p{L}\p{N}_])/gu;
const ASCII_PUNCTUATION = /[!-/:-@[-`{-~]/g;
const WHITE_SPACE =
  // oxlint-disable-next-line no-control-regex -- Python's str.split() takes these control characters as white space
  /[ \t\n\v\f\r\u001c-\u001f\u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+/u;

/** Pieces between white space, none of them empty: Python's str.split(). */
function splitWords(text: string): string[] {
  return text.split(WHITE_SPACE).filter((word) => word !== '');
}

/**
 * SQuAD v1.1's answer normalisation (Rajpurkar et al. 2016), in its order: lower case, ASCII punctuation
 * removed, the articles a, an, the removed, white space collapsed. The order matters: "the U.S." becomes
 * "us".
 */
export function normaliseAnswer(text: string): string {
  const bare = text.toLowerCase().replace(ASCII_PUNCTUATION, '').replace(ARTICLE, ' ');
  return splitWords(bare).join(' ');
}

/**
 * The aliases that have something to compare, normalised, without repeats. Aliases that normalise to nothing
 * ("The The", "") are dropped: compared as empty they would match every answer.
 */
export function normaliseAliases(gold: readonly string[]): string[] {
  return [...new Set(gold.map(normaliseAnswer))].filter((alias) => alias !== '');
}
