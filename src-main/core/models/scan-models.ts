import { stat } from 'node:fs/promises';
import { join } from 'node:path';

import type { FoundFile, FoundModel, ScanNote } from './found.ts';
import { modelPlaces } from './model-places.ts';
import type { ModelPlace, PlaceOptions } from './model-places.ts';
import { foundFile, newScanState, scanFolder } from './scan-folder.ts';
import type { ScanState } from './scan-folder.ts';
import { scanOllama } from './scan-ollama.ts';

export interface ScanOptions extends PlaceOptions {
  readonly signal: AbortSignal;
}

/**
 * Everything that looks like a model in the user's folders and in other programs' caches, each file once (by
 * its real path, under the name it was first met by), with notes on what could not be read and a line for
 * each place. Only names and sizes are looked at. Throws only when `signal` aborts.
 */
export async function* scanModels(options: ScanOptions): AsyncGenerator<FoundFile, void, undefined> {
  const state = newScanState(options.signal);
  for (const place of await modelPlaces(options)) {
    options.signal.throwIfAborted();
    const kind = await kindOf(place);
    if (kind === 'missing') {
      // Of caches that this machine does not have nobody needs to hear; of a folder the user named he does.
      if (place.source === 'folder')
        yield {
          kind: 'place',
          ...place,
          found: 0,
          note: `${place.path} is not there: is its disk connected?`,
        };
      continue;
    }
    let found = 0;
    for await (const file of scanPlace(place, kind, state)) {
      if (file.kind === 'model') found += 1;
      yield file;
    }
    yield { kind: 'place', ...place, found, note: null };
  }
}

async function* scanPlace(
  place: ModelPlace,
  kind: 'file' | 'ollama' | 'folder',
  state: ScanState,
): AsyncGenerator<FoundModel | ScanNote> {
  if (kind === 'ollama') yield* scanOllama(place.path, state);
  else if (kind === 'folder') yield* scanFolder(place.path, place.source, state);
  else {
    const model = await foundFile(place.path, place.source);
    if (model !== null) yield model;
  }
}

/** A folder of Ollama's make is recognised wherever the user keeps it. */
async function kindOf({ path, source }: ModelPlace): Promise<'missing' | 'file' | 'ollama' | 'folder'> {
  const stats = await stat(path).catch(() => null);
  if (stats === null) return 'missing';
  if (stats.isFile()) return 'file';
  if (source === 'ollama') return 'ollama';
  const [manifests, blobs] = await Promise.all(
    ['manifests', 'blobs'].map((name) => stat(join(path, name)).catch(() => null)),
  );
  return manifests?.isDirectory() === true && blobs?.isDirectory() === true ? 'ollama' : 'folder';
}
