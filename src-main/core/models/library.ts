import { realpath } from 'node:fs/promises';
import { resolve as resolvePath } from 'node:path';

import type { GgufHeader, ModelFile } from '../../domain/model.ts';
import type { FoundFile, FoundModel, ScanNote, ScannedPlace } from './found.ts';
import { createHashQueue } from './hash-queue.ts';
import type { HashProgress } from './hash-queue.ts';
import { knownAlready, readHeader, readHeaders } from './header-reader.ts';
import type { HeaderReaderDeps, Known } from './header-reader.ts';
import { resolveChoice } from './resolve-choice.ts';
import type { Resolution } from './resolve-choice.ts';
import { foundFile } from './scan-folder.ts';

export interface ModelLibraryDeps extends HeaderReaderDeps {
  readonly scan: (signal: AbortSignal) => AsyncIterable<FoundFile>;
}

/** How far a rescan has come. `model` is the one that was just finished. */
export interface RescanProgress {
  readonly phase: 'looking' | 'reading' | 'done';
  readonly found: number;
  readonly read: number;
  readonly model: ModelFile | null;
}

export interface ModelLibrary {
  /** By name; models that cannot be used are in it, with their reason. */
  list(): readonly ModelFile[];
  places(): readonly ScannedPlace[];
  notes(): readonly ScanNote[];
  /** Epoch ms of the last complete scan; null before the first. */
  scannedAt(): number | null;
  /** Looks everywhere again; the list grows meanwhile. One at a time: a second waits for the first. */
  rescan(signal: AbortSignal): AsyncGenerator<RescanProgress, void, undefined>;
  get(id: string): ModelFile | null;
  /** One file that the user named, also outside the folders. Null when it is not there. */
  add(path: string, signal: AbortSignal): Promise<ModelFile | null>;
  header(id: string, signal: AbortSignal): Promise<GgufHeader>;
  /** SHA-256 of the file now: what a run waits for. Throws a sentence when it cannot be had. */
  hash(id: string, signal: AbortSignal, onProgress?: (progress: HashProgress) => void): Promise<string>;
  /** Hashes all usable models that have no hash yet, small ones first, one at a time. */
  hashInBackground(signal: AbortSignal): Promise<void>;
  pauseHashing(): void;
  resumeHashing(): void;
  /** What a person means by a path, name or id; a path outside the folders is added. */
  resolve(choice: string, signal: AbortSignal): Promise<Resolution>;
}

interface Entry {
  readonly found: FoundModel;
  readonly file: ModelFile;
}

/**
 * The models of this machine: found by `scan`, understood through the probe child, hashed in the background.
 */
export function createModelLibrary(deps: ModelLibraryDeps): ModelLibrary {
  const entries = new Map<string, Entry>();
  const added = new Set<string>();
  const hashes = createHashQueue(deps.cache);
  let places: readonly ScannedPlace[] = [];
  let notes: readonly ScanNote[] = [];
  let scannedAt: number | null = null;
  let turn: Promise<void> = Promise.resolve();

  const keep = async (found: FoundModel, known: Known): Promise<ModelFile> => {
    const file = toFile(found, known, await hashes.known(found.parts));
    entries.set(found.id, { found, file });
    return file;
  };
  const withHash = (id: string, sha256: string): void => {
    const entry = entries.get(id);
    if (entry !== undefined) entries.set(id, { ...entry, file: { ...entry.file, sha256 } });
  };
  const need = (id: string): Entry => {
    const entry = entries.get(id);
    if (entry === undefined)
      throw new Error('This model is not in the list any more; scan the models again.');
    return entry;
  };

  const hash: ModelLibrary['hash'] = async (id, signal, onProgress) => {
    const { found } = need(id);
    const sha256 = await hashes.hash({ parts: found.parts, urgent: true, signal, onProgress });
    withHash(id, sha256);
    return sha256;
  };

  async function* scanOnce(signal: AbortSignal): AsyncGenerator<RescanProgress, void, undefined> {
    const seen = await collect(deps.scan(signal));
    let read = 0;
    const found = seen.models.length;
    yield { phase: 'looking', found, read, model: null };
    const unknown: FoundModel[] = [];
    for (const model of seen.models) {
      signal.throwIfAborted();
      const known = await knownAlready(model, deps.cache);
      if (known === null) unknown.push(model);
      else yield { phase: 'reading', found, read: (read += 1), model: await keep(model, known) };
    }
    for await (const { model, known } of readHeaders(unknown, deps, signal))
      yield { phase: 'reading', found, read: (read += 1), model: await keep(model, known) };
    const there = new Set(seen.models.map((model) => model.id));
    for (const [id, { found: model }] of entries) {
      const stays = there.has(id) || (added.has(id) && (await foundFile(model.path, model.source)) !== null);
      if (!stays) entries.delete(id);
    }
    places = seen.places;
    notes = seen.notes;
    scannedAt = Date.now();
    yield { phase: 'done', found, read, model: null };
  }

  const add: ModelLibrary['add'] = async (path, signal) => {
    const found = await foundFile(path, 'folder');
    if (found === null) return null;
    const real = await realpath(found.path).catch(() => found.path);
    for (const { file } of entries.values())
      if (file.path === found.path || (await realpath(file.path).catch(() => '')) === real) return file;
    let known = await knownAlready(found, deps.cache);
    if (known === null) for await (const answer of readHeaders([found], deps, signal)) known = answer.known;
    added.add(found.id);
    return keep(found, known ?? { facts: null, problem: 'The header of this file could not be read.' });
  };

  return {
    list: () => [...entries.values()].map(({ file }) => file).toSorted(byName),
    places: () => places,
    notes: () => notes,
    scannedAt: () => scannedAt,
    async *rescan(signal) {
      const before = turn;
      const mine = Promise.withResolvers<void>();
      turn = mine.promise;
      try {
        await before;
        yield* scanOnce(signal);
      } finally {
        mine.resolve();
      }
    },
    get: (id) => entries.get(id)?.file ?? null,
    add,
    header: async (id, signal) => readHeader(need(id).found, deps, signal),
    hash,
    async hashInBackground(signal) {
      const waiting = [...entries.values()].filter(
        ({ file }) => file.sha256 === null && file.problem === null,
      );
      waiting.sort((a, b) => a.file.fileBytes - b.file.fileBytes);
      for (const { found } of waiting) {
        signal.throwIfAborted();
        try {
          withHash(found.id, await hashes.hash({ parts: found.parts, urgent: false, signal }));
        } catch {
          // A file that went away or changed: said when someone wants it.
          signal.throwIfAborted();
        }
      }
    },
    pauseHashing: () => hashes.pause(),
    resumeHashing: () => hashes.resume(),
    async resolve(choice, signal) {
      const named = [...entries.values()]
        .map(({ found, file }) => ({ model: file, aliases: found.aliases }))
        .toSorted((a, b) => byName(a.model, b.model));
      const resolution = resolveChoice(choice, named);
      if (resolution.ok || named.some(({ model }) => model.id === choice)) return resolution;
      const file = looksLikePath(choice) ? await add(resolvePath(choice), signal) : null;
      if (file === null) return resolution;
      return file.problem === null
        ? { ok: true, model: file }
        : { ok: false, reason: `${choice} cannot be used. ${file.problem}` };
    },
  };
}

async function collect(
  files: AsyncIterable<FoundFile>,
): Promise<{ models: FoundModel[]; notes: ScanNote[]; places: ScannedPlace[] }> {
  const seen = {
    models: new Array<FoundModel>(),
    notes: new Array<ScanNote>(),
    places: new Array<ScannedPlace>(),
  };
  for await (const file of files) {
    if (file.kind === 'model') seen.models.push(file);
    else if (file.kind === 'note') seen.notes.push(file);
    else seen.places.push(file);
  }
  return seen;
}

function toFile(found: FoundModel, known: Known, sha256: string | null): ModelFile {
  return {
    id: found.id,
    path: found.path,
    parts: found.parts.map((part) => part.path),
    name: found.name,
    source: found.source,
    fileBytes: found.parts.reduce((sum, part) => sum + part.bytes, 0),
    modifiedAt: Math.max(...found.parts.map((part) => part.modifiedAt)),
    sha256,
    facts: known.facts,
    problem: known.problem,
  };
}

function byName(a: ModelFile, b: ModelFile): number {
  return a.name.localeCompare(b.name, 'en') || (a.path < b.path ? -1 : 1);
}

function looksLikePath(choice: string): boolean {
  return /[/\\]|\.gguf$/i.test(choice);
}
