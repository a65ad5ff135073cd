import { StoreError } from './api.ts';

/** Items a run can have: 2^32. With 2^21 runs the ids stay below 2^53 and are exact as JavaScript numbers. */
const ITEMS_PER_RUN = 2 ** 32;

/** The id of a run's item: run_id * 2^32 + position. A position of -1 is before the first. */
export function itemId(runId: number, position: number): number {
  return runId * ITEMS_PER_RUN + position;
}

export function positionOf(id: number): number {
  return id % ITEMS_PER_RUN;
}

/** First and last id that items of this run can have. */
export function itemRange(runId: number): { first: number; last: number } {
  return { first: itemId(runId, 0), last: itemId(runId + 1, 0) - 1 };
}

/** 64 hexadecimal digits as 32 bytes. */
export function sha256Bytes(hex: string): Buffer {
  const bytes = Buffer.from(hex, 'hex');
  if (hex.length !== 64 || bytes.length !== 32) {
    throw new StoreError('internal', `"${hex.slice(0, 80)}" is not a SHA-256 in hexadecimal.`);
  }
  return bytes;
}

/** The SQL value of a flag that may be unknown. */
export function flag(value: boolean | null): number | null {
  return value === null ? null : Number(value);
}

export function unflag(value: number | null): boolean | null {
  return value === null ? null : value !== 0;
}
