import type { Machine } from '../hardware.ts';
import { GIB } from '../memory/ggml-types.ts';
import { boxMachine, parseBox, type Card } from './cards.ts';

/** A machine to plan on, and what it is called. */
export interface NamedMachine {
  readonly name: string;
  readonly machine: Machine;
}

/** A rented or bought box usually has twice its cards' memory as RAM, and hardly ever less than this. */
const LEAST_RAM = 32 * GIB;
const CORES = 16;

/**
 * A box as people write it, all of it free. Without `ramBytes` it gets twice its cards' memory, or what it shares with them.
 * Throws a sentence with near names for a card that nobody knows.
 */
export function namedBox(
  text: string,
  cards: readonly Card[],
  ramBytes: number | null,
  at: number,
): NamedMachine {
  const box = parseBox(text, cards);
  const vram = box.cards.reduce((sum, card) => sum + (card.unified ? 0 : card.memoryBytes), 0);
  const unified = Math.max(0, ...box.cards.filter((card) => card.unified).map((card) => card.memoryBytes));
  const ram = ramBytes ?? (unified > 0 ? unified : Math.max(LEAST_RAM, 2 * vram));
  return { name: box.name, machine: boxMachine(box, { ramBytes: ram, physicalCores: CORES, at }) };
}

/** The machine that was read, with as much RAM as was asked for. */
export function thisMachine(machine: Machine, ramBytes: number | null): NamedMachine {
  const name = `this machine (${machine.hostname})`;
  if (ramBytes === null) return { name, machine };
  const { totalBytes, availableBytes } = machine.memory;
  const memory = {
    ...machine.memory,
    totalBytes: ramBytes,
    // None would mean that nobody knows how much is free; here it is known that all is taken.
    availableBytes: Math.max(1, ramBytes - (totalBytes - availableBytes)),
  };
  return { name, machine: { ...machine, memory } };
}
