import { withoutLongRuns } from '../lexical/white-space.ts';
import { stripReasoning } from '../prompts/untrusted.ts';

// Zero-width characters and soft hyphens: small judges write them between "GRADE" and its colon.
const INVISIBLE = /[\u00ad\u200b-\u200f\u2060-\u2064\ufeff]/g;
// Beside a word they say what it says; alone they are left unread.
const TICKS = /[✅☑✔✓❌❎✖✗✘]\ufe0f?/gu;
const MARK_UP = /<\/?(?:b|i|u|em|strong|code|p|br|span|div)\s*\/?>/gi;

/**
 * A judge's reply as text to read: reasoning, invisible characters and mark-up gone, one form of each
 * character.
 */
export function cleanReply(reply: string): string {
  return (
    withoutLongRuns(stripReasoning(reply))
      .normalize('NFKC')
      .replaceAll(INVISIBLE, '')
      .replaceAll(/[‘’]/g, "'")
      .replaceAll(/[“”]/g, '"')
      .replaceAll(TICKS, '')
      .replaceAll(MARK_UP, '')
      // What is struck out is taken back.
      .replaceAll(/~~[^~\n]*~~/g, '')
      .replaceAll(/\*+|`+|^\s*#+\s*|^\s*>\s*/gm, '')
      .replaceAll(/\\text\{([^{}]*)\}/g, '$1')
      .replaceAll(/\$\\boxed\{([^{}]*)\}\$?|\\boxed\{([^{}]*)\}/g, '$1$2')
      .trim()
  );
}

/**
 * Lower case with contractions spelled out, so that one pattern finds every negation ("isn't" is "is not").
 * Line breaks stay.
 */
export function plainWords(cleaned: string): string {
  return cleaned
    .toLowerCase()
    .replaceAll(/\b(can)(?:not|'t)\b/g, '$1 not')
    .replaceAll(/\b(wo)n't\b/g, 'will not')
    .replaceAll(/n't\b/g, ' not')
    .replaceAll(/\b(it|that|he|she|there|what)'s\b/g, '$1 is')
    .replaceAll(/\b(they|you|we)'re\b/g, '$1 are')
    .replaceAll(/\bin-correct\b/g, 'incorrect')
    .replaceAll(/\bfail(?:s|ed)? to be\b/g, 'is not')
    .replaceAll(/\b(?:can|could) not (?:possibly )?be (?:any )?more /g, 'is ')
    .replaceAll(/[_ \t]+/g, ' ')
    .replaceAll(/\s*\n\s*/g, '\n')
    .trim();
}
