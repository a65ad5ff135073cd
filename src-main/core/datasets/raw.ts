import type { RowProblem } from '../../domain/dataset.ts';
import type { FileRecord } from '../../domain/datasets/fields.ts';

/** A record as its container gave it, with the line or record number where it began. */
export interface RawRecord {
  readonly line: number;
  readonly value: FileRecord;
}

export type RawItem = RawRecord | RowProblem;

export function isProblem(item: object): item is RowProblem {
  return 'problem' in item;
}

/** No question and its answers come near this; a broken file easily does. */
export const MAX_RECORD_BYTES = 64 * 1024 * 1024;

export function tooLong(line: number): RowProblem {
  return {
    line,
    problem: `The record that begins on line ${line} is longer than 64 MiB and was left out; the file may be damaged there.`,
  };
}
