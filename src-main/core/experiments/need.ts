import type { EnginePrompt } from '../../engine/engine.ts';
import type { PhaseNeed } from './types.ts';

/**
 * Characters a token stands for, at the least, in texts people ask questions in. English runs near 4; 2.5 leaves room for numbers, names and
 * other languages. Only sizes the context: an item that is longer still is reported by the engine, never cut.
 */
const CHARS_PER_TOKEN = 2.5;
/** What a chat template adds around the turns: role markers, a default system text. */
const TEMPLATE_TOKENS = 96;

/** Grows with the longest prompt it is shown. */
export interface NeedMeter {
  add(prompt: EnginePrompt): void;
  need(newTokens: number): PhaseNeed;
}

export function createNeedMeter(): NeedMeter {
  let longest = 0;
  let items = 0;
  return {
    add(prompt) {
      longest = Math.max(longest, promptChars(prompt));
      items += 1;
    },
    need: (newTokens) => ({
      promptTokens: Math.ceil(longest / CHARS_PER_TOKEN) + TEMPLATE_TOKENS,
      newTokens,
      items,
    }),
  };
}

function promptChars(prompt: EnginePrompt): number {
  return prompt.kind === 'text' ? prompt.text.length : (prompt.system?.length ?? 0) + prompt.user.length;
}
