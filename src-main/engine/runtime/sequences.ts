/** Which sequence takes a prompt, and how much of the prompt it then holds already: shared beginnings are evaluated once. */
import type { NativeContext } from './binding.ts';
import { bestSlot, copyContent, endsAtPiece, leastWorth, reusable } from './slots.ts';
import type { Slot } from './slots.ts';
import type { Task } from './task.ts';

/**
 * What can be taken back of a sequence. "cells": any number of its last tokens. "window": what a sliding window has
 * let go cannot come back, so only the tokens of the last step. "state": nothing, a recurrent state only runs on.
 */
export type Memory = 'cells' | 'window' | 'state';

/** Fewer tokens than this are evaluated sooner than a sequence's cache is copied. */
const WORTH_COPYING = 16;

export interface Sequences {
  /** An idle slot that holds as much of the prompt as any sequence has, up to the end of its last piece. */
  take(task: Task): Promise<Slot>;
  /** Where nothing can be cut back: keeps a copy of what a slot holds when the next prompt goes on from there. */
  keepFor(next: Task | undefined, slot: Slot): Promise<void>;
  copy(target: Slot, source: Slot): Promise<void>;
  forget(slot: Slot): void;
}

export function createSequences(context: NativeContext, slots: readonly Slot[], memory: Memory): Sequences {
  const idle = (): Slot[] => slots.filter((slot) => slot.task === null);
  const copy = async (target: Slot, source: Slot): Promise<void> => {
    await context.copySequenceStateFromOtherSequence(target.sequence, source.sequence);
    copyContent(target, source);
  };
  const forget = (slot: Slot): void => {
    context.disposeSequence(slot.sequence);
    slot.length = 0;
    slot.pieces = [];
  };

  const cutBack = async (task: Task): Promise<Slot> => {
    const own = bestSlot(idle(), task);
    const richest = bestSlot(slots, task);
    if (!own || !richest) throw new Error('No idle sequence.');
    const [slot] = own;
    let [, reuse] = own;
    if (richest[1].tokens - reuse.tokens >= WORTH_COPYING) {
      await copy(slot, richest[0]);
      [, reuse] = richest;
    }
    if (reuse.tokens === 0) forget(slot);
    else if (!context.removeTokenCellsFromSequence(slot.sequence, reuse.tokens, -1)) {
      throw new Error('A sequence could not be cut back to a shared prefix.');
    }
    slot.length = reuse.tokens;
    slot.pieces = task.pieces.slice(0, reuse.pieces);
    return slot;
  };

  /** The slot ends where the prompt goes on. */
  const leadsTo = (slot: Slot, task: Task): boolean =>
    endsAtPiece(slot) && reusable(slot, task).tokens === slot.length;

  const startFrom = async (task: Task): Promise<Slot> => {
    const leading = idle().filter((slot) => leadsTo(slot, task));
    const [source] = bestSlot(leading, task) ?? [];
    // The source is kept for the next as long as there is another sequence to take.
    const slot = leastWorth(idle().filter((other) => other !== source)) ?? source;
    if (!slot) throw new Error('No idle sequence.');
    if (!source || source.length < WORTH_COPYING) forget(slot);
    else if (slot !== source) await copy(slot, source);
    return slot;
  };

  return {
    take: memory === 'cells' ? cutBack : startFrom,
    async keepFor(next, slot) {
      if (memory === 'cells' || next === undefined || !leadsTo(slot, next)) return;
      const isKept = idle().some((other) => other.length === slot.length && leadsTo(other, next));
      const target = leastWorth(idle());
      if (target && !isKept) await copy(target, slot);
    },
    copy,
    forget,
  };
}
