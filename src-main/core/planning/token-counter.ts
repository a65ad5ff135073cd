import { z } from 'zod';
import type { ModelFile } from '../../domain/model.ts';
import type { ModelPrompt } from '../../domain/prompts/model-prompt.ts';
import { sha256Of } from '../hash.ts';
import type { Log } from '../log.ts';
import type { ModelCache } from '../models/model-cache.ts';
import { readCached, writeCached } from '../models/model-cache.ts';

/** Tokens of prompts under a model's own tokenizer and template, in their order; null when they could not be counted. */
export type CountPrompts = (
  model: ModelFile,
  prompts: readonly ModelPrompt[],
  signal: AbortSignal,
) => Promise<readonly number[] | null>;

export interface TokenCounterDeps {
  /** A child with the vocabulary alone. */
  readonly countTokens: (
    path: string,
    prompts: readonly ModelPrompt[],
    signal: AbortSignal,
  ) => Promise<number[]>;
  readonly cache: ModelCache;
  readonly log: Log;
}

/** Raise when prompts are counted otherwise. */
const KIND = 'tokens/1';
const lengths = z.array(z.number());

/** Counts of single prompts kept in memory: some megabytes. What a plan counted, its run need not count again. */
const REMEMBERED = 50_000;

/** Counts once: a prompt that was counted for the same file in this process is known, the same list of them for ever. */
export function createTokenCounter({ countTokens, cache, log }: TokenCounterDeps): CountPrompts {
  const known = new Map<string, number>();
  const count = async (
    model: ModelFile,
    prompts: readonly ModelPrompt[],
    signal: AbortSignal,
  ): Promise<readonly number[] | null> => {
    const { path, fileBytes, modifiedAt } = model;
    const key = `${KIND}/${sha256Of({ path, fileBytes, modifiedAt, prompts })}`;
    const before = await readCached(cache, key, lengths);
    if (before !== null && before.length === prompts.length) return before;
    try {
      const counted = await countTokens(path, prompts, signal);
      if (counted.length !== prompts.length) return null;
      await writeCached(cache, key, counted);
      return counted;
    } catch (error) {
      signal.throwIfAborted();
      log.warn('prompts were not counted', { model: model.name, error: String(error) });
      return null;
    }
  };
  return async (model, prompts, signal) => {
    const { path, fileBytes, modifiedAt } = model;
    const keys = prompts.map((prompt) => sha256Of({ path, fileBytes, modifiedAt, prompt }));
    // Looked up before anything is waited for: another call may add to what is known, or push something out.
    const before = keys.map((key) => known.get(key));
    const left = prompts.filter((_, index) => before[index] === undefined);
    const counted = left.length === 0 ? [] : await count(model, left, signal);
    if (counted === null) return null;
    const fresh = counted.values();
    const found = before.map((length) => length ?? fresh.next().value ?? 0);
    for (const [index, key] of keys.entries()) known.set(key, found[index] ?? 0);
    for (const key of known.keys()) {
      if (known.size <= REMEMBERED) break;
      known.delete(key);
    }
    return found;
  };
}
