const REASONING_END =
  /<\/(?:think|thinking|reasoning)>|\[\/THINK\]|<\|end_of_thought\|>|◁\/think▷|<\|channel\|>final<\|message\|>/gi;
const REASONING_START =
  /^\s*(?:<(?:think|thinking|reasoning)>|\[THINK\]|<\|begin_of_thought\|>|◁think▷|<\|channel\|>analysis<\|message\|>)/i;

/**
 * An imported answer without its reasoning: everything up to and including the LAST end marker goes, as the
 * evaluation harnesses do it, because a model may write the marker inside its thoughts. An opened thought
 * that never closes is all reasoning: nothing is left, and the answer is empty. (Answers generated here
 * come without it: the engine keeps reasoning apart.)
 */
export function stripReasoning(answer: string): string {
  let end = -1;
  for (const match of answer.matchAll(REASONING_END)) end = match.index + match[0].length;
  if (end >= 0) return answer.slice(end).trim();
  return REASONING_START.test(answer) ? '' : answer;
}

// Turn markers of common chat templates: text that must reach the judge as text, whatever its tokenizer does.
const TURN_MARKERS =
  /<\|[^|<>\n]{1,40}\|>|<\/?s>|<(?:start|end)_of_turn>|<(?:bos|eos|pad|unk)>|\[\/?(?:INST|SYSTEM_PROMPT|AVAILABLE_TOOLS|TOOL_CALLS)\]|<<\/?SYS>>|<｜[^｜<>\n]{1,40}｜>/gi;

const TAG = /<\/?([a-z][a-z0-9_-]*)>/gi;
const CAPITALS = /\[[A-Z]+(?:[ _][A-Z]+)*[ _]?\]/g;
const FENCE = /(["'`*#=~-])\1{2,}/g;

/** What a template uses to mark where a value begins and ends. */
export interface Delimiters {
  readonly tags: readonly string[];
  /** "[END DATA]" and the like, as written. */
  readonly brackets: readonly string[];
  /** Characters repeated three times or more: fences such as ``` and """. */
  readonly fences: readonly string[];
}

/** The delimiters of a template's text: tags, bracketed capitals, and fences. */
export function delimitersOf(template: string): Delimiters {
  return {
    tags: [...new Set([...template.matchAll(TAG)].map((match) => (match[1] ?? '').toLowerCase()))],
    brackets: [...new Set([...template.matchAll(CAPITALS)].map((match) => match[0]))],
    fences: [...new Set([...template.matchAll(FENCE)].map((match) => match[1] ?? ''))],
  };
}

const quoted = (text: string): string => text.replaceAll(/[.*+?^${}()|[\]\\/-]/g, String.raw`\$&`);

interface Guard {
  readonly pattern: RegExp;
  readonly replace: (found: string, inner: string) => string;
}

const known = new WeakMap<Delimiters, readonly Guard[]>();

/** Patterns of a template's delimiters: made once, used on every value of every row. */
function guardsOf(delimiters: Delimiters): readonly Guard[] {
  const made = known.get(delimiters);
  if (made !== undefined) return made;
  const names = delimiters.tags.map(quoted).join('|');
  const start = String.raw`\s*/?\s*(?:${names})(?![a-z0-9_-])`;
  const tags: Guard[] = [
    { pattern: new RegExp(`<(${start}[^<>]*)>`, 'gi'), replace: (_, inner) => `‹${inner}›` },
    // Tags within tags, however deep: with the inner one gone, the outer one is whole.
    { pattern: new RegExp(`<(?=${start}[^>]*>)`, 'gi'), replace: () => '‹' },
  ];
  const guards: Guard[] = [
    ...(names === '' ? [] : tags),
    ...delimiters.brackets.map((bracket) => ({
      pattern: new RegExp(quoted(bracket), 'gi'),
      replace: () => `⟦${bracket.slice(1, -1)}⟧`,
    })),
    ...delimiters.fences.map((fence) => ({
      pattern: new RegExp(`${quoted(fence)}{3,}`, 'g'),
      replace: (run: string) => Array.from(run).join(' '),
    })),
  ];
  known.set(delimiters, guards);
  return guards;
}

/**
 * A value made unable to close its own block: the template's delimiters and chat turn markers in it are
 * replaced by look-alikes (‹answer›, ⟦END DATA⟧, spaced fences). Everything else stays as it was, so that a
 * judge still reads the same words.
 */
export function neutralise(value: string, delimiters: Delimiters): string {
  let text = value.replaceAll(TURN_MARKERS, (marker) =>
    marker.replaceAll('<', '‹').replaceAll('>', '›').replaceAll('[', '⟦').replaceAll(']', '⟧'),
  );
  for (const guard of guardsOf(delimiters)) text = text.replaceAll(guard.pattern, guard.replace);
  return text;
}
