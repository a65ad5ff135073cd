import type { LlamaModel, Token } from 'node-llama-cpp';
import { asToken } from './public-loop.ts';
import type { TokenText } from './answer.ts';

/** A character of four bytes is at most four tokens; longer runs of broken bytes are shown as what they are. */
const BYTES_OF_A_CHARACTER = 4;

/**
 * Texts of one answer's tokens, each as it continues what stands before. Bytes of an unfinished character are held
 * back until it is whole. `cache` is shared by all answers of a model: most tokens read the same everywhere.
 */
export function createTokenText(
  model: LlamaModel,
  prompt: Uint32Array,
  cache: Map<number, string>,
): TokenText {
  let before: Token[] = Array.from(prompt.subarray(-2), asToken);
  let pending: Token[] = [];
  return (token) => {
    if (pending.length === 0) {
      const known = cache.get(token);
      if (known !== undefined) {
        before = [asToken(token)];
        return known;
      }
    }
    pending.push(asToken(token));
    const text = model.detokenize(pending, true, before);
    if (text.endsWith('\uFFFD') && pending.length < BYTES_OF_A_CHARACTER) return '';
    if (pending.length === 1 && !text.includes('\uFFFD')) cache.set(token, text);
    before = pending;
    pending = [];
    return text;
  };
}
