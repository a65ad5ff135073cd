import { createHash } from 'node:crypto';

import type { ModelSource } from '../../domain/model.ts';

/** One part of a model as the file system sees it. `modifiedAt` in epoch ms. */
export interface FoundPart {
  readonly path: string;
  readonly bytes: number;
  readonly modifiedAt: number;
}

/**
 * A model file, or what calls itself one; `problem` says why it cannot be used as far as names and folders
 * tell.
 */
export interface FoundModel {
  readonly kind: 'model';
  readonly id: string;
  /** Path of the first part, also when that one is missing. */
  readonly path: string;
  /** The parts that are there, in order. */
  readonly parts: readonly FoundPart[];
  readonly name: string;
  /** Other names it goes by: Ollama's further tags. */
  readonly aliases: readonly string[];
  readonly source: ModelSource;
  readonly problem: string | null;
}

/** Something that could not be read; the scan went on. */
export interface ScanNote {
  readonly kind: 'note';
  readonly path: string;
  readonly text: string;
}

/** A place that has been looked through. */
export interface ScannedPlace {
  readonly kind: 'place';
  readonly path: string;
  readonly source: ModelSource;
  readonly found: number;
  readonly note: string | null;
}

export type FoundFile = FoundModel | ScanNote | ScannedPlace;

/** "m_" and the first 16 hex digits of the SHA-256 of the path of the first part. */
export function modelId(path: string): string {
  return `m_${createHash('sha256').update(path).digest('hex').slice(0, 16)}`;
}

/** Said of a vision part, by its name or by its header. */
export const MMPROJ =
  'This is the vision part (mmproj) of a multimodal model; choose the language model it belongs to.';
