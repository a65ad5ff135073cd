import { describe, expect, it } from 'vitest';
import type { ModelPrompt } from '../../../src-main/domain/prompts/model-prompt.ts';
import { memoryCache } from '../../../src-main/core/models/model-cache.ts';
import { createTokenCounter } from '../../../src-main/core/planning/token-counter.ts';
import type { CountPrompts } from '../../../src-main/core/planning/token-counter.ts';
import { modelFile } from '../models/model-file.ts';

const MODEL = modelFile({
  id: 'm_1',
  path: '/models/a.gguf',
  parts: ['/models/a.gguf'],
  name: 'a',
  modifiedAt: 1,
});
const NEVER = new AbortController().signal;
const text = (words: string): ModelPrompt => ({ kind: 'text', text: words });

/** Counts words, and writes down what it was asked. */
function counter(cache = memoryCache()): { count: CountPrompts; asked: string[][]; fail: () => void } {
  const asked: string[][] = [];
  let isBroken = false;
  const count = createTokenCounter({
    cache,
    log: { info: () => undefined, warn: () => undefined, error: () => undefined },
    countTokens: (path, prompts) => {
      const texts = prompts.map((prompt) => (prompt.kind === 'text' ? prompt.text : prompt.user));
      asked.push([path, ...texts]);
      if (isBroken) return Promise.reject(new Error('no'));
      return Promise.resolve(texts.map((each) => each.split(' ').length));
    },
  });
  return { count, asked, fail: () => (isBroken = true) };
}

describe('tokens of prompts', () => {
  it('are counted once a prompt and file, in whatever list it comes', async () => {
    const { count, asked } = counter();
    expect(await count(MODEL, [text('a b c'), text('d'), text('e f')], NEVER)).toEqual([3, 1, 2]);
    expect(await count(MODEL, [text('e f'), text('a b c')], NEVER)).toEqual([2, 3]);
    expect(await count(MODEL, [text('e f'), text('g h i j'), text('d'), text('k')], NEVER)).toEqual([
      2, 4, 1, 1,
    ]);
    expect(asked).toEqual([
      ['/models/a.gguf', 'a b c', 'd', 'e f'],
      ['/models/a.gguf', 'g h i j', 'k'],
    ]);
    const replaced = { ...MODEL, modifiedAt: 2 };
    await count(replaced, [text('d')], NEVER);
    expect(asked).toHaveLength(3);
  });

  it('of the same list are known to the next process', async () => {
    const cache = memoryCache();
    await counter(cache).count(MODEL, [text('a b'), text('c')], NEVER);
    const next = counter(cache);
    expect(await next.count(MODEL, [text('a b'), text('c')], NEVER)).toEqual([2, 1]);
    expect(next.asked).toEqual([]);
  });

  it('are null when they cannot be counted, and what is known stays known', async () => {
    const { count, fail } = counter();
    await count(MODEL, [text('a b')], NEVER);
    fail();
    expect(await count(MODEL, [text('a b'), text('c')], NEVER)).toBeNull();
    expect(await count(MODEL, [text('a b')], NEVER)).toEqual([2]);
  });

  // Catches: counts put beside the wrong prompts when two ask at once, as a count ahead and its phase do.
  it('are those of their own prompts when two lists are counted at once', async () => {
    const { count } = counter();
    const lists = [
      [text('a b c'), text('d'), text('e f')],
      [text('d'), text('e f'), text('g h i j')],
    ];
    expect(await Promise.all(lists.map((list) => count(MODEL, list, NEVER)))).toEqual([
      [3, 1, 2],
      [1, 2, 4],
    ]);
  });
});
