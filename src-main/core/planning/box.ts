import type { Machine } from '../../domain/hardware.ts';
import { boxMachine, parseBox, type Box, type Card } from '../../domain/planning/cards.ts';
import { Problem } from '../problem.ts';

const GIB = 2 ** 30;
/** A rented or bought box usually has twice its cards' memory as RAM, and never less than this. */
const LEAST_RAM = 32 * GIB;
const CORES = 16;

/** A machine to plan on, and what it is called. */
export interface NamedMachine {
  readonly name: string;
  readonly machine: Machine;
}

/** A box as people write it, all of it free. Throws Problem REFUSED with near names for a card nobody knows. */
export function boxNamed(
  text: string,
  cards: readonly Card[],
  ramBytes: number | null,
  at: number,
): NamedMachine {
  let box: Box;
  try {
    box = parseBox(text, cards);
  } catch (error) {
    throw new Problem('REFUSED', error instanceof Error ? error.message : String(error));
  }
  const vram = box.cards.reduce((sum, card) => sum + (card.unified ? 0 : card.memoryBytes), 0);
  const unified = Math.max(0, ...box.cards.filter((card) => card.unified).map((card) => card.memoryBytes));
  const ram = ramBytes ?? (unified > 0 ? unified : Math.max(LEAST_RAM, 2 * vram));
  return { name: box.name, machine: boxMachine(box, { ramBytes: ram, physicalCores: CORES, at }) };
}

/** The machine here, with as much RAM as was asked for. */
export function thisMachine(machine: Machine, ramBytes: number | null): NamedMachine {
  const name = `this machine (${machine.hostname})`;
  if (ramBytes === null) return { name, machine };
  const { totalBytes, availableBytes } = machine.memory;
  const memory = {
    ...machine.memory,
    totalBytes: ramBytes,
    availableBytes: Math.max(0, ramBytes - (totalBytes - availableBytes)),
  };
  return { name, machine: { ...machine, memory } };
}
