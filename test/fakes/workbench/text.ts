import { createHash } from 'node:crypto';

export const digest = (text: string): string => createHash('sha256').update(text).digest('hex');

/** The same number in [0, 1) for the same words: a fake that does not change between two looks. */
export const chance = (...words: readonly (string | number)[]): number =>
  Number.parseInt(digest(words.join('|')).slice(0, 8), 16) / 2 ** 32;

export const wait = (ms: number, signal: AbortSignal | undefined): Promise<void> =>
  new Promise((resolve) => {
    if (signal?.aborted) return resolve();
    const timer = setTimeout(resolve, ms);
    signal?.addEventListener('abort', () => (clearTimeout(timer), resolve()), { once: true });
  });
