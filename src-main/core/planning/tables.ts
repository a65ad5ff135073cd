import { mkdir, readFile, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import writeFileAtomic from 'write-file-atomic';
import { parseCards, type Card } from '../../domain/planning/cards.ts';
import { parsePrices, type Price } from '../../domain/planning/cost.ts';
import { parseClaims, parseLlamaShapes } from '../../domain/planning/guide.ts';
import type { Claim } from '../../domain/planning/guide/claims.ts';
import type { LlamaShape } from '../../domain/planning/guide/llama-header.ts';
import { PlainReader } from '../../domain/planning/parsing.ts';
import { parseQualities, type QualityTable } from '../../domain/planning/quantization.ts';

/** The catalogue as the workbench brings it, with the user's own files in place of it where there are some. */
export interface Catalogue {
  readonly cards: readonly Card[];
  readonly prices: readonly Price[];
  readonly pricesFrom: { readonly date: string; readonly path: string | null };
  readonly quality: QualityTable | null;
  readonly shapes: readonly LlamaShape[];
  readonly claims: readonly Claim[];
  readonly notes: readonly string[];
}

export interface CatalogueFiles {
  /** Read anew each time: a user edits the copies while the workbench runs. */
  read(): Promise<Catalogue>;
  /** The user's own price table; null removes it. */
  setPrices(prices: readonly Price[] | null): Promise<void>;
}

/**
 * @param own folder of the workbench's tables.
 * @param users folder in the data directory: prices.json there is taken instead, cards.json there is added (a card of
 * the same name replaces ours). A file that cannot be used is said in `notes` and left aside.
 */
export function catalogueFiles(own: string, users: string): CatalogueFiles {
  const userPrices = join(users, 'prices.json');
  return {
    async read() {
      const notes: string[] = [];
      const ours = async <T>(file: string, parse: (value: unknown) => T): Promise<T> =>
        parse(JSON.parse(await readFile(join(own, file), 'utf8')));
      const theirs = async <T>(file: string, parse: (value: unknown) => T): Promise<T | null> => {
        try {
          return parse(JSON.parse(await readFile(join(users, file), 'utf8')));
        } catch (error) {
          if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
          const reason = error instanceof Error ? error.message : String(error);
          notes.push(
            `${join(users, file)} is not used: ${reason} The workbench's own table is taken instead.`,
          );
          return null;
        }
      };
      const cards = await ours('cards.json', parseCards);
      const moreCards = (await theirs('cards.json', parseCards)) ?? [];
      const userTable = await theirs('prices.json', datedPrices);
      const prices = userTable ?? (await ours('prices.json', datedPrices));
      return {
        cards: [...moreCards, ...cards.filter((card) => !moreCards.some((more) => more.name === card.name))],
        prices: prices.prices,
        pricesFrom: { date: prices.date, path: userTable === null ? null : userPrices },
        quality: await ours('quantizations.json', parseQualities),
        shapes: await ours('guide-models.json', parseLlamaShapes),
        claims: (await ours('seed-claims.json', parseClaims)).claims,
        notes,
      };
    },
    async setPrices(prices) {
      if (prices === null) return rm(userPrices, { force: true });
      const date =
        prices
          .map((price) => price.date)
          .toSorted()
          .at(-1) ?? '';
      await mkdir(dirname(userPrices), { recursive: true });
      await writeFileAtomic(userPrices, `${JSON.stringify({ date, currency: 'USD', prices }, null, 1)}\n`);
    },
  };
}

function datedPrices(value: unknown): { readonly date: string; readonly prices: readonly Price[] } {
  const prices = parsePrices(value);
  const reader = new PlainReader(value, 'The price table');
  const newest = prices
    .map((price) => price.date)
    .toSorted()
    .at(-1);
  return { date: newest ?? (reader.has('date') ? reader.text('date') : 'not dated'), prices };
}
