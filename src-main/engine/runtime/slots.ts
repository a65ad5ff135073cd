/** The sequences of a context as the own loop keeps them: what each one's cache holds, and who is in it. */
import type { NativeSampler } from './binding.ts';
import type { Task } from './task.ts';

export interface Slot {
  readonly sequence: number;
  /** What the sequence's cache holds; `length` of it is valid. */
  readonly tokens: Uint32Array;
  length: number;
  /** Ends of the prompt pieces evaluated into the cache: only these can be shared. */
  pieces: number[];
  task: Task | null;
  /** Next piece to evaluate; equal to the number of pieces when decoding. */
  next: number;
  readonly greedy: NativeSampler;
  /** Of a task that samples; lives as long as the task. */
  sampler: NativeSampler | null;
  /** The token drawn last, not yet in the cache. */
  last: number;
}

export function createSlot(sequence: number, context: number, greedy: NativeSampler): Slot {
  return {
    sequence,
    tokens: new Uint32Array(context),
    length: 0,
    pieces: [],
    task: null,
    next: 0,
    greedy,
    sampler: null,
    last: 0,
  };
}

export function isDecoding(slot: Slot): boolean {
  return slot.task?.kind === 'generate' && slot.next === slot.task.pieces.length;
}

export function release(slot: Slot): void {
  slot.task = null;
  slot.sampler?.dispose();
  slot.sampler = null;
}

export interface Reuse {
  readonly pieces: number;
  readonly tokens: number;
}

/** How many of the task's pieces the slot's cache holds, evaluated in the same pieces; never the last one. */
export function reusable(slot: Slot, task: Task): Reuse {
  let pieces = 0;
  let tokens = 0;
  while (pieces < task.pieces.length - 1 && slot.pieces[pieces] === task.pieces[pieces]) {
    const end = task.pieces[pieces] ?? 0;
    for (let at = tokens; at < end; at++) {
      if (slot.tokens[at] !== task.tokens[at]) return { pieces, tokens };
    }
    tokens = end;
    pieces += 1;
  }
  return { pieces, tokens };
}

/** The slot with the longest reusable beginning; among equals the one whose cache is shortest, as worth least. */
export function bestSlot(slots: readonly Slot[], task: Task): [Slot, Reuse] | null {
  let best: [Slot, Reuse] | null = null;
  for (const slot of slots) {
    const found = reusable(slot, task);
    const better =
      best === null ||
      found.tokens > best[1].tokens ||
      (found.tokens === best[1].tokens && slot.length < best[0].length);
    if (better) best = [slot, found];
  }
  return best;
}

/** The slot's cache ends where a prompt was cut: another prompt with the same beginning can go on from there. */
export function endsAtPiece(slot: Slot): boolean {
  return slot.length > 0 && slot.pieces.at(-1) === slot.length;
}

/** Of slots that cannot be cut back the one to write over: what ends at no piece, else the longest, as fewest share it. */
export function leastWorth(slots: readonly Slot[]): Slot | undefined {
  const worth = (slot: Slot): number => (endsAtPiece(slot) ? -slot.length : Number.NEGATIVE_INFINITY);
  return slots.toSorted((a, b) => worth(a) - worth(b))[0];
}

/** What a copied sequence holds, written down for the copy. */
export function copyContent(target: Slot, source: Slot): void {
  target.tokens.set(source.tokens.subarray(0, source.length));
  target.length = source.length;
  target.pieces = [...source.pieces];
}
