import { readdir } from 'node:fs/promises';
import { basename, join, relative } from 'node:path';
import {
  FOLDER_MAX_DEPTH,
  FOLDER_MAX_FILES,
  isSearched,
  mayBeDataset,
} from '../../domain/datasets/folder.ts';
import type { FileInspection } from './types.ts';
import { inspectFile } from './inspect-file.ts';

/** A file of a folder that can be imported. */
type FoundFile = Pick<
  FileInspection,
  'path' | 'name' | 'bytes' | 'kind' | 'container' | 'why' | 'notices'
> & {
  /** Path below the folder, with its separators. */
  readonly place: string;
};

export interface FolderScan {
  readonly files: readonly FoundFile[];
  /** Files that were looked at and are no dataset. */
  readonly passedOver: number;
  /** True when there was more than the limits allow to look at. */
  readonly cut: boolean;
}

export interface ScanOptions {
  readonly signal?: AbortSignal;
  readonly onFile?: (looked: number) => void;
}

// Made once: comparing by locale makes one each time.
const byNumber = new Intl.Collator('en', { numeric: true });

async function* filesBelow(
  folder: string,
  depth: number,
  signal: AbortSignal | undefined,
): AsyncGenerator<string> {
  signal?.throwIfAborted();
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  entries.sort((a, b) => byNumber.compare(a.name, b.name));
  for (const entry of entries) {
    if (entry.name.startsWith('.')) continue;
    const path = join(folder, entry.name);
    // Links are not followed: they may lead in circles or out of the folder that was given.
    if (entry.isFile()) yield path;
    else if (entry.isDirectory() && depth < FOLDER_MAX_DEPTH && isSearched(entry.name)) {
      yield* filesBelow(path, depth + 1, signal);
    }
  }
}

/**
 * Searches a folder, eight levels deep, for files that can be imported: those with an ending of a dataset are opened
 * and recognised by content. Hidden files and links are left alone. At most 2000 files are opened (`cut` says when
 * there were more). Throws the signal's reason when cancelled.
 */
export async function findDatasets(folder: string, options: ScanOptions = {}): Promise<FolderScan> {
  const { signal, onFile } = options;
  const files: FoundFile[] = [];
  let looked = 0;
  let passedOver = 0;
  for await (const path of filesBelow(folder, 1, signal)) {
    if (!mayBeDataset(basename(path))) {
      passedOver++;
      continue;
    }
    if (looked >= FOLDER_MAX_FILES) return { files, passedOver, cut: true };
    looked++;
    onFile?.(looked);
    const found = await inspectFile(path, signal === undefined ? {} : { signal }).catch((error: unknown) => {
      signal?.throwIfAborted();
      // A file that vanished or cannot be read is no reason to lose the others.
      if (error instanceof Error && 'code' in error) return null;
      throw error;
    });
    const usable = found !== null && found.problem === null && found.mapping?.question !== null;
    if (!usable) passedOver++;
    else {
      const { name, bytes, kind, container, why, notices } = found;
      files.push({ path, name, bytes, kind, container, why, notices, place: relative(folder, path) });
    }
  }
  return { files, passedOver, cut: false };
}
