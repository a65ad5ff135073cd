import { readFile, readdir, realpath, stat } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';

import { z } from 'zod';

import { modelId } from './found.ts';
import type { FoundModel, ScanNote } from './found.ts';
import type { ScanState } from './scan-folder.ts';

const manifestSchema = z.object({
  layers: z.array(z.object({ mediaType: z.string(), digest: z.string().regex(/^sha256:[0-9a-f]{64}$/) })),
});
type Manifest = z.infer<typeof manifestSchema>;

const MODEL_LAYER = 'application/vnd.ollama.image.model';
const ADAPTER_LAYER = 'application/vnd.ollama.image.adapter';
/** Of manifests: small JSON; anything longer is no manifest. */
const MAX_MANIFEST_BYTES = 1 << 20;

interface Tag {
  readonly name: string;
  readonly manifest: string;
  readonly digest: string;
  readonly adapted: boolean;
}

/**
 * Models that Ollama keeps under `folder`: `manifests/HOST/NAMESPACE/MODEL/TAG` name layers, `blobs/sha256-…`
 * hold them. Tags that share a blob are one model with several names. Layers for vision and adapters are not
 * listed.
 */
export async function* scanOllama(folder: string, state: ScanState): AsyncGenerator<FoundModel | ScanNote> {
  const tags: Tag[] = [];
  for await (const path of filesBelow(join(folder, 'manifests'), 6)) {
    state.signal.throwIfAborted();
    const manifest = await readManifest(path);
    const layer = manifest?.layers.find(({ mediaType }) => mediaType === MODEL_LAYER);
    if (manifest === null || layer === undefined) {
      if (manifest === null)
        yield { kind: 'note', path, text: `${path} is no manifest that Assize can read.` };
      continue;
    }
    const adapted = manifest.layers.some(({ mediaType }) => mediaType === ADAPTER_LAYER);
    tags.push({
      name: tagName(relative(join(folder, 'manifests'), path)),
      manifest: path,
      digest: layer.digest,
      adapted,
    });
  }
  for (const group of Map.groupBy(tags, (tag) => `${tag.digest}${tag.adapted ? '+' : ''}`).values())
    yield* toModel(folder, group, state);
}

async function* toModel(
  folder: string,
  tags: readonly Tag[],
  state: ScanState,
): AsyncGenerator<FoundModel | ScanNote> {
  const [first, ...others] = tags;
  if (first === undefined) return;
  const blob = await findBlob(folder, first.digest);
  if (blob === null) {
    yield {
      kind: 'note',
      path: first.manifest,
      text: `Ollama's ${first.name} is not complete; fetch it again with: ollama pull ${first.name}`,
    };
    return;
  }
  if (!first.adapted) {
    const real = await realpath(blob.path);
    if (state.seenFiles.has(real)) return;
    state.seenFiles.add(real);
  }
  yield {
    kind: 'model',
    id: modelId(first.adapted ? first.manifest : blob.path),
    path: blob.path,
    parts: [{ path: blob.path, bytes: blob.bytes, modifiedAt: blob.modifiedAt }],
    name: first.name,
    aliases: others.map((tag) => tag.name),
    source: 'ollama',
    problem: first.adapted
      ? 'This Ollama model is a base model with a LoRA adapter, which Assize does not apply; merge them into one GGUF.'
      : null,
  };
}

/** "registry.ollama.ai/library/llama3.2/1b" is llama3.2:1b; other hosts and namespaces are kept. */
function tagName(path: string): string {
  const segments = path.split(sep);
  const tag = segments.pop() ?? 'latest';
  const shown = segments[0] === 'registry.ollama.ai' ? segments.slice(1) : segments;
  const name = shown[0] === 'library' && shown.length > 1 ? shown.slice(1) : shown;
  return `${name.join('/')}:${tag}`;
}

async function readManifest(path: string): Promise<Manifest | null> {
  try {
    if ((await stat(path)).size > MAX_MANIFEST_BYTES) return null;
    const parsed = manifestSchema.safeParse(JSON.parse(await readFile(path, 'utf8')));
    return parsed.success ? parsed.data : null;
  } catch {
    return null;
  }
}

/** Older versions wrote "sha256:…" instead of "sha256-…". */
async function findBlob(
  folder: string,
  digest: string,
): Promise<{ path: string; bytes: number; modifiedAt: number } | null> {
  for (const name of [digest.replace(':', '-'), digest]) {
    const path = join(folder, 'blobs', name);
    const stats = await stat(path).catch(() => null);
    if (stats?.isFile() === true) return { path, bytes: stats.size, modifiedAt: stats.mtimeMs };
  }
  return null;
}

async function* filesBelow(folder: string, depth: number): AsyncGenerator<string> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const path = join(folder, entry.name);
    if (entry.isDirectory() && depth > 0) yield* filesBelow(path, depth - 1);
    else if (entry.isFile() && !entry.name.startsWith('.')) yield path;
  }
}
