import type { Card } from '../../domain/planning/cards.ts';
import { namedBox, type NamedMachine } from '../../domain/planning/named-box.ts';
import { Problem } from '../problem.ts';

/** As namedBox; throws Problem REFUSED with near names for a card that nobody knows. */
export function boxNamed(
  text: string,
  cards: readonly Card[],
  ramBytes: number | null,
  at: number,
): NamedMachine {
  try {
    return namedBox(text, cards, ramBytes, at);
  } catch (error) {
    throw new Problem('REFUSED', error instanceof Error ? error.message : String(error));
  }
}
