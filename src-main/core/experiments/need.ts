import type { ModelPrompt } from '../../domain/prompts/model-prompt.ts';
import type { PhaseModel } from './phase-model.ts';
import type { PhaseNeed, RunContext } from './types.ts';

/**
 * Characters a token stands for, at the least, in texts people ask questions in. English runs near 4; 2.5 leaves room for numbers, names and
 * other languages. Only sizes the context: an item that is longer still is reported by the engine, never cut.
 */
const CHARS_PER_TOKEN = 2.5;
/** What a chat template adds around the turns: role markers, a default system text. */
const TEMPLATE_TOKENS = 96;
/** Prompts that are counted: the longest in bytes, which follow tokens more closely than characters do in any script. */
const COUNTED = 64;
/** A prompt that is shorter in bytes may have some tokens more than the longest that was counted. */
const COUNTED_SLACK = 32;

/** Tokens of prompts with the model's own tokenizer, in order; null where that is not possible. */
export type CountLongest = (prompts: readonly ModelPrompt[]) => Promise<readonly number[] | null>;

/** Counts with a run's model; null for one behind a server, of which no context has to be sized. */
export function countWith(
  { deps, signal }: RunContext,
  { source }: Pick<PhaseModel, 'source'>,
): CountLongest | null {
  return source.kind === 'file' ? (prompts) => deps.countPrompts(source.file, prompts, signal) : null;
}

/** Grows with the longest prompt it is shown. */
export interface NeedMeter {
  add(prompt: ModelPrompt): void;
  /** Prompts so far. */
  items(): number;
  /** The longest so far: those that are counted. */
  longest(): ModelPrompt[];
  /** What a phase needs whose model writes `newTokens`, estimated from characters. */
  need(newTokens: number): PhaseNeed;
  /** The same, counted where that is possible. */
  counted(newTokens: number, count: CountLongest | null): Promise<PhaseNeed>;
}

export function createNeedMeter(): NeedMeter {
  const longest = createLongest(COUNTED);
  let chars = 0;
  let items = 0;
  return {
    add(prompt) {
      chars = Math.max(chars, promptText(prompt).length);
      longest.add(prompt);
      items += 1;
    },
    items: () => items,
    longest: () => longest.list(),
    need: (newTokens) => ({ promptTokens: estimatedTokens(chars), newTokens, items }),
    async counted(newTokens, count) {
      const counted = count === null || items === 0 ? null : await count(longest.list());
      const promptTokens =
        counted === null || counted.length === 0
          ? estimatedTokens(chars)
          : Math.max(...counted) + COUNTED_SLACK;
      return { promptTokens, newTokens, items };
    },
  };
}

/** Of a prompt with this many characters, generously. */
export function estimatedTokens(chars: number): number {
  return Math.ceil(chars / CHARS_PER_TOKEN) + TEMPLATE_TOKENS;
}

/** Keeps the `most` longest prompts of any number, by bytes. */
function createLongest(most: number): { add(prompt: ModelPrompt): void; list(): ModelPrompt[] } {
  let kept: { readonly bytes: number; readonly prompt: ModelPrompt }[] = [];
  let least = 0;
  const shrink = (): void => {
    kept = kept.toSorted((a, b) => b.bytes - a.bytes).slice(0, most);
    least = kept.length < most ? 0 : (kept.at(-1)?.bytes ?? 0);
  };
  return {
    add(prompt) {
      const bytes = Buffer.byteLength(promptText(prompt));
      if (bytes <= least) return;
      kept.push({ bytes, prompt });
      if (kept.length >= 2 * most) shrink();
    },
    list() {
      shrink();
      return kept.map(({ prompt }) => prompt);
    },
  };
}

/** All that is sent, before the chat template. */
export function promptText(prompt: ModelPrompt): string {
  return prompt.kind === 'text' ? prompt.text : `${prompt.system ?? ''}${prompt.user}`;
}
