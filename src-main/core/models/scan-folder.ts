import { readdir, realpath, stat } from 'node:fs/promises';
import type { Dirent } from 'node:fs';
import { basename, dirname, join, sep } from 'node:path';

import type { ModelSource } from '../../domain/model.ts';
import { MMPROJ, modelId } from './found.ts';
import type { FoundModel, FoundPart, ScanNote } from './found.ts';
import { isRawPiece, modelName, parseSplitName, splitFileName } from './split-names.ts';

/** What scans of several places share: a file reached twice is listed once. */
export interface ScanState {
  readonly signal: AbortSignal;
  readonly seenFiles: Set<string>;
  readonly seenFolders: Set<string>;
  /** Directory entries left to look at: a models folder set to the root of a disk must end. */
  entriesLeft: number;
  /** One note on a tree that was not searched to its end is enough. */
  saidPartial: boolean;
}

/** Deeper than any hub's layout (models--u--r/snapshots/hash/sub/file). */
const MAX_DEPTH = 12;
const SKIPPED = new Set(['node_modules', 'proc', 'sys', 'dev', '$RECYCLE.BIN', 'System Volume Information']);

/** Starts a scan's shared state. 400,000 entries take some ten seconds on a disk. */
export function newScanState(signal: AbortSignal): ScanState {
  return { signal, seenFiles: new Set(), seenFolders: new Set(), entriesLeft: 400_000, saidPartial: false };
}

/**
 * Models in a folder and below it. Links are followed; a loop, an unreadable folder or a link to nothing is a
 * note. Hidden folders are skipped (given as the root itself they are read).
 */
export async function* scanFolder(
  folder: string,
  source: ModelSource,
  state: ScanState,
): AsyncGenerator<FoundModel | ScanNote> {
  yield* walk(folder, source, state, MAX_DEPTH, []);
}

/** One file that the user named himself; with its sisters when it is a part of a split model. */
export async function foundFile(path: string, source: ModelSource): Promise<FoundModel | null> {
  const split = parseSplitName(basename(path));
  const folder = dirname(path);
  const names = split === null ? [basename(path)] : await readdir(folder).catch((): string[] => []);
  const wanted = names.filter((name) => {
    const other = parseSplitName(name);
    return split === null ? true : other !== null && other.base === split.base && other.of === split.of;
  });
  const parts = await Promise.all(wanted.map((name) => statPart(join(folder, name))));
  return (
    groupParts(
      folder,
      parts.filter((part) => part !== null),
      source,
    )[0] ?? null
  );
}

async function* walk(
  folder: string,
  source: ModelSource,
  state: ScanState,
  depth: number,
  above: readonly string[],
): AsyncGenerator<FoundModel | ScanNote> {
  state.signal.throwIfAborted();
  const real = await realpath(folder).catch(() => null);
  if (real === null) return;
  if (above.includes(real)) {
    yield note(folder, `${folder} links back to a folder above it; it was not followed.`);
    return;
  }
  if (state.seenFolders.has(real)) return;
  state.seenFolders.add(real);
  const entries = await list(folder);
  if (typeof entries === 'string') {
    yield note(folder, entries);
    return;
  }
  state.entriesLeft -= entries.length;
  const { folders, parts, notes } = await sortEntries(folder, entries, state);
  yield* notes;
  for (const model of groupParts(folder, parts, source)) yield model;
  if (folders.length === 0) return;
  if (depth === 0 || state.entriesLeft <= 0) {
    if (state.saidPartial) return;
    state.saidPartial = true;
    const why = depth === 0 ? 'lies very deep' : 'comes after very many files';
    yield note(folder, `${folder} ${why} and was not searched further. Add the models' own folder instead.`);
    return;
  }
  for (const sub of folders) yield* walk(sub, source, state, depth - 1, [...above, real]);
}

async function list(folder: string): Promise<readonly Dirent[] | string> {
  try {
    const entries = await readdir(folder, { withFileTypes: true });
    return entries.sort((a, b) => (a.name < b.name ? -1 : 1));
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
    return code === 'EACCES' || code === 'EPERM'
      ? `${folder} may not be read by this user; give it read permission to see its models.`
      : `${folder} could not be read (${code}).`;
  }
}

async function sortEntries(
  folder: string,
  entries: readonly Dirent[],
  state: ScanState,
): Promise<{ folders: string[]; parts: FoundPart[]; notes: ScanNote[] }> {
  const folders: string[] = [];
  const parts: FoundPart[] = [];
  const notes: ScanNote[] = [];
  for (const entry of entries) {
    const path = join(folder, entry.name);
    const looksLikeModel = /\.gguf$/i.test(entry.name);
    const pointsToFolder =
      entry.isSymbolicLink() &&
      !looksLikeModel &&
      ((await stat(path).catch(() => null))?.isDirectory() ?? false);
    if (entry.isDirectory() || pointsToFolder) {
      if (!entry.name.startsWith('.') && !SKIPPED.has(entry.name)) folders.push(path);
    } else if (isRawPiece(entry.name)) {
      notes.push(
        note(
          path,
          `${entry.name} is one piece of a model cut in pieces: join them (cat PIECES > MODEL.gguf) to use it.`,
        ),
      );
    } else if (looksLikeModel) {
      const real = await realpath(path).catch(() => null);
      const part = real === null ? null : await statPart(path);
      if (real === null || part === null)
        notes.push(note(path, `${path} is a link to a file that is not there.`));
      else if (!state.seenFiles.has(real)) {
        state.seenFiles.add(real);
        parts.push(part);
      }
    }
  }
  return { folders, parts, notes };
}

async function statPart(path: string): Promise<FoundPart | null> {
  const stats = await stat(path).catch(() => null);
  return stats === null || !stats.isFile() ? null : { path, bytes: stats.size, modifiedAt: stats.mtimeMs };
}

/** Files of one folder as models: split ones together, each with what is missing. */
export function groupParts(
  folder: string,
  parts: readonly FoundPart[],
  source: ModelSource,
): readonly FoundModel[] {
  const groups = Map.groupBy(parts, (part) => {
    const split = parseSplitName(basename(part.path));
    return split === null ? part.path : `${split.base}${sep}${split.of}`;
  });
  return [...groups.values()].flatMap((group): FoundModel[] => {
    const sorted = group.toSorted((a, b) => (a.path < b.path ? -1 : 1));
    const first = sorted[0];
    if (first === undefined) return [];
    const fileName = basename(first.path);
    const split = parseSplitName(fileName);
    const path = split === null ? first.path : join(folder, splitFileName(split.base, 1, split.of));
    return [
      {
        kind: 'model',
        id: modelId(path),
        path,
        parts: sorted,
        name: modelName(fileName),
        aliases: [],
        source,
        problem: split === null ? nameProblem(fileName) : missingParts(sorted, split.base, split.of),
      },
    ];
  });
}

function missingParts(parts: readonly FoundPart[], base: string, of: number): string | null {
  const there = new Set(parts.map((part) => parseSplitName(basename(part.path))?.part));
  const missing = Array.from({ length: of }, (_, i) => i + 1).filter((part) => !there.has(part));
  if (missing.length === 0) return nameProblem(`${base}.gguf`);
  const named = missing.slice(0, 3).map((part) => splitFileName(base, part, of));
  const more = missing.length > 3 ? ` and ${missing.length - 3} more` : '';
  return `${missing.length} of ${of} parts are missing: ${named.join(', ')}${more}. Put them beside the others.`;
}

/** What a file's name alone gives away; its header is read later all the same when this is null. */
function nameProblem(fileName: string): string | null {
  return /(^|[-_.])mmproj([-_.]|$)/i.test(fileName) ? MMPROJ : null;
}

function note(path: string, text: string): ScanNote {
  return { kind: 'note', path, text };
}
