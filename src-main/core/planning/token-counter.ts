import { z } from 'zod';
import type { ModelFile } from '../../domain/model.ts';
import type { EnginePrompt } from '../../engine/engine.ts';
import { sha256Of } from '../hash.ts';
import type { Log } from '../log.ts';
import type { ModelCache } from '../models/model-cache.ts';
import { readCached, writeCached } from '../models/model-cache.ts';

/** Tokens of prompts under a model's own tokenizer and template, in their order; null when they could not be counted. */
export type CountPrompts = (
  model: ModelFile,
  prompts: readonly EnginePrompt[],
  signal: AbortSignal,
) => Promise<readonly number[] | null>;

export interface TokenCounterDeps {
  /** A child with the vocabulary alone. */
  readonly countTokens: (
    path: string,
    prompts: readonly EnginePrompt[],
    signal: AbortSignal,
  ) => Promise<number[]>;
  readonly cache: ModelCache;
  readonly log: Log;
}

/** Raise when prompts are counted otherwise. */
const KIND = 'tokens/1';
const lengths = z.array(z.number());

/** Counts once: the same prompts for the same file come from the cache. */
export function createTokenCounter({ countTokens, cache, log }: TokenCounterDeps): CountPrompts {
  return async (model, prompts, signal) => {
    if (prompts.length === 0) return [];
    const { path, fileBytes, modifiedAt } = model;
    const key = `${KIND}/${sha256Of({ path, fileBytes, modifiedAt, prompts })}`;
    const known = await readCached(cache, key, lengths);
    if (known !== null && known.length === prompts.length) return known;
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
}
