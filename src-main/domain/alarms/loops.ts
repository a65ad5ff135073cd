/** Least length of a repeated tail that counts as a loop, characters: "ha ha ha" is an answer. */
const MIN_LOOP_CHARS = 40;
const MIN_REPEATS = 4;
/** Longest unit looked for, characters: about two sentences. */
const MAX_UNIT_CHARS = 300;

/**
 * Whether a text ends in the same piece again and again (four times or more, at least 40 characters
 * together), the way greedy decoding gets stuck. For answers without an engine's finish reason; a cut last
 * repeat still counts.
 */
export function endsInLoop(text: string): boolean {
  const tail = text.trimEnd().slice(-MAX_UNIT_CHARS * (MIN_REPEATS + 1));
  for (let unit = 1; unit <= MAX_UNIT_CHARS && unit * MIN_REPEATS <= tail.length; unit += 1) {
    const needed = Math.max(unit * MIN_REPEATS, MIN_LOOP_CHARS);
    if (needed <= tail.length && hasPeriod(tail, unit, needed) && tail.slice(-unit).trim() !== '')
      return true;
  }
  return false;
}

/** Whether the last `length` characters repeat with this period. */
function hasPeriod(text: string, period: number, length: number): boolean {
  for (let i = text.length - length; i < text.length - period; i += 1) {
    if (text.charCodeAt(i) !== text.charCodeAt(i + period)) return false;
  }
  return true;
}
