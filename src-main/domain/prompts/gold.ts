import { normaliseAnswer } from '../lexical/normalise.ts';

/** How many aliases a judge is shown: long lists push small judges towards "correct". */
export const MAX_ALIASES = 10;
/** Longest alias shown, characters; a longer one is cut with an ellipsis. */
const MAX_ALIAS_CHARS = 300;

/** Aliases worth showing: the first of each normalised form, in the file's order, at most `max`. */
function shownAliases(gold: readonly string[], max: number = MAX_ALIASES): string[] {
  const seen = new Set<string>();
  const shown: string[] = [];
  for (const alias of gold) {
    const text = alias.trim().replaceAll(/\s+/g, ' ');
    // "C" and "C++" normalise alike: keep what punctuation alone tells apart when it is most of the text.
    const key = text.length <= 3 ? text.toLowerCase() : normaliseAnswer(text) || text.toLowerCase();
    if (text === '' || seen.has(key)) continue;
    seen.add(key);
    if (shown.length < max)
      shown.push(text.length > MAX_ALIAS_CHARS ? `${text.slice(0, MAX_ALIAS_CHARS)}…` : text);
  }
  return shown;
}

/**
 * Gold answers as a judge reads them: one alone as it is, several as a numbered list that says any one will
 * do. Empty text when there is none.
 */
export function goldText(gold: readonly string[], max: number = MAX_ALIASES): string {
  const shown = shownAliases(gold, max);
  if (shown.length <= 1) return shown[0] ?? '';
  return ['(any one of these is right)', ...shown.map((alias, index) => `${index + 1}. ${alias}`)].join('\n');
}
