import type { Card } from '../../domain/planning/cards.ts';
import type { Machine } from '../../domain/hardware.ts';
import { namedBox, thisMachine, type NamedMachine } from '../../domain/planning/named-box.ts';
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

/**
 * The machine to plan on: null is `here`, which was read for it; anything else is a box by name, all free at this moment. Throws
 * as boxNamed.
 */
export function planningBox(
  box: string | null,
  ramBytes: number | null,
  here: Machine | null,
  cards: readonly Card[],
): NamedMachine {
  if (box !== null) return boxNamed(box, cards, ramBytes, Date.now());
  if (here === null) throw new Error('a plan for this machine without a reading of it');
  return thisMachine(here, ramBytes);
}
