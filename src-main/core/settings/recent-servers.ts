import { readFile } from 'node:fs/promises';
import writeFileAtomic from 'write-file-atomic';
import { z } from 'zod';
import { apiChoice } from '../../contract/experiment.ts';
import type { ApiChoice } from '../../domain/experiment.ts';

/** Servers that were used, for choosing them again: addresses, names and prices, as one JSON file. Never a key. */
export interface RecentServers {
  list(): Promise<ApiChoice[]>;
  remember(choices: readonly ApiChoice[]): Promise<void>;
  forget(choice: Pick<ApiChoice, 'baseUrl' | 'model'>): Promise<ApiChoice[]>;
}

const KEPT = 20;

const stored = z.array(z.unknown());

/** Reads the file each time: several programs may work on one data directory. */
export function createRecentServers(path: string): RecentServers {
  let writing: Promise<unknown> = Promise.resolve();
  const list = async (): Promise<ApiChoice[]> => {
    const text = await readFile(path, 'utf8').catch(() => '[]');
    try {
      return stored.parse(JSON.parse(text)).flatMap((entry) => apiChoice.safeParse(entry).data ?? []);
    } catch {
      return [];
    }
  };
  const change = (edit: (known: readonly ApiChoice[]) => readonly ApiChoice[]): Promise<ApiChoice[]> => {
    const changed = writing.then(async () => {
      const known = await list();
      const next = edit(known).slice(0, KEPT);
      const text = `${JSON.stringify(next, null, 2)}\n`;
      if (text !== `${JSON.stringify(known, null, 2)}\n`) await writeFileAtomic(path, text, { mode: 0o600 });
      return [...next];
    });
    writing = changed.catch(() => undefined);
    return changed;
  };
  const same = (a: Pick<ApiChoice, 'baseUrl' | 'model'>, b: Pick<ApiChoice, 'baseUrl' | 'model'>): boolean =>
    a.baseUrl === b.baseUrl && a.model === b.model;
  return {
    list,
    async remember(choices) {
      if (choices.length === 0) return;
      await change((known) => [
        ...choices.filter((choice, at) => choices.findIndex((other) => same(other, choice)) === at),
        ...known.filter((one) => !choices.some((choice) => same(choice, one))),
      ]);
    },
    forget: (choice) => change((known) => known.filter((one) => !same(one, choice))),
  };
}
