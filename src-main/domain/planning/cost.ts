import { boxName, type Card } from './cards.ts';
import { PlainReader } from './parsing.ts';
import type { Range } from './speed.ts';

/** What renting some cards of a kind costs, with where that was read and when. */
export interface Price {
  readonly provider: string;
  /** A card's name in the catalogue. */
  readonly card: string;
  /** Cards in the machine that the price is for. */
  readonly count: number;
  readonly usdPerHour: number;
  /** ISO date on which it was published. */
  readonly date: string;
  readonly source: string;
}

/** Prices of resources/catalogue/prices.json, or of the user's edited copy. Throws a sentence that names the entry. */
export function parsePrices(value: unknown): Price[] {
  return new PlainReader(value, 'The price table').list('prices', (price) => ({
    provider: price.text('provider'),
    card: price.text('card'),
    count: price.number('count', 1),
    usdPerHour: price.number('usdPerHour', 0),
    date: price.text('date'),
    source: price.text('source'),
  }));
}

/** Cost of some hours on a box, from the cheapest to the dearest offer. */
export interface Cost {
  readonly box: string;
  readonly usd: Range;
  readonly hours: Range;
  /** The offers it was taken from: those for no more cards than needed, or larger machines where there are only such. */
  readonly offers: readonly Price[];
}

/** Per-hour price of a box from one offer: as many machines of the offer as its cards need. */
function hourly(price: Price, cards: readonly Card[]): number {
  return Math.ceil(cards.length / price.count) * price.usdPerHour;
}

/**
 * What `seconds` on these cards cost. Null when the table has no price for one of them: mixed boxes are not rented.
 */
export function costOf(cards: readonly Card[], seconds: Range, prices: readonly Price[]): Cost | null {
  const kinds = new Set(cards.map((c) => c.name));
  const [kind] = kinds;
  if (kind === undefined || kinds.size > 1) {
    return null;
  }
  const ofKind = prices.filter((p) => p.card === kind);
  const small = ofKind.filter((p) => p.count <= cards.length);
  const offers = small.length > 0 ? small : ofKind;
  if (offers.length === 0) {
    return null;
  }
  const rates = offers.map((p) => hourly(p, cards));
  const hours: Range = [seconds[0] / 3600, seconds[1] / 3600];
  return {
    box: boxName(cards),
    usd: [Math.min(...rates) * hours[0], Math.max(...rates) * hours[1]],
    hours,
    offers,
  };
}
