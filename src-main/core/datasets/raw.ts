import type { RowProblem } from '../../domain/dataset.ts';
import type { FileRecord } from '../../domain/datasets/fields.ts';
import { DatasetFileError } from './types.ts';

/** A record as its container gave it, with the line or record number where it began. */
interface RawRecord {
  readonly line: number;
  readonly value: FileRecord;
}

export type RawItem = RawRecord | RowProblem;

export function isProblem(item: object): item is RowProblem {
  return 'problem' in item;
}

/**
 * No question and its answers come near this, nor does an agent's transcript; a broken file easily does. Packed, brackets alone make a
 * megabyte of it, and parsed some two gigabytes: six times as much ended the program.
 */
export const MAX_RECORD_BYTES = 64 * 1024 * 1024;

export function tooLong(line: number): RowProblem {
  return {
    line,
    problem: `The record that begins on line ${line} is longer than 64 MiB and was left out; the file may be damaged there.`,
  };
}

/** What to tell a user of an error while reading, as sentences; null when it is nothing a file or disk can cause. */
export function readProblem(error: unknown): string | null {
  if (error instanceof DatasetFileError) return error.message;
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (code.startsWith('Z_')) {
    return 'The compressed data end early or are damaged: get the file again. Nothing after that place could be read.';
  }
  if (code === 'EIO') return 'The disk could not be read (EIO): copy the file elsewhere and try again.';
  if (code === 'ENOENT') return 'The file does not exist any more.';
  if (code === 'EACCES' || code === 'EPERM') return 'You have no permission to read the file.';
  return null;
}
