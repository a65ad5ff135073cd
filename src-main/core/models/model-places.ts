import { readFile } from 'node:fs/promises';
import { posix, win32 } from 'node:path';

import { z } from 'zod';

import type { ModelSource } from '../../domain/model.ts';

export interface ModelPlace {
  readonly path: string;
  readonly source: ModelSource;
}

export interface PlaceOptions {
  /** The user's own folders, searched first. */
  readonly folders: readonly string[];
  /** Where Assize puts what it downloads; null leaves it out. */
  readonly ownFolder: string | null;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly home: string;
  readonly platform: NodeJS.Platform;
}

/**
 * Where models lie, in the order of search: the user's folders, Assize's own, then the caches of LM Studio,
 * the Hugging Face hub, llama.cpp and Ollama, each by its environment variables, its settings and its
 * defaults on this platform.
 */
export async function modelPlaces(options: PlaceOptions): Promise<readonly ModelPlace[]> {
  const own: readonly ModelPlace[] = [
    ...options.folders.map((path): ModelPlace => ({ path, source: 'folder' })),
    ...(options.ownFolder === null ? [] : [{ path: options.ownFolder, source: 'default' as const }]),
  ];
  const caches: readonly ModelPlace[] = [
    ...(await lmStudio(options)).map((path): ModelPlace => ({ path, source: 'lm-studio' })),
    ...huggingFace(options).map((path): ModelPlace => ({ path, source: 'hugging-face' })),
    ...llamaCpp(options).map((path): ModelPlace => ({ path, source: 'llama.cpp' })),
    ...ollama(options).map((path): ModelPlace => ({ path, source: 'ollama' })),
  ];
  const seen = new Set<string>();
  return [...own, ...caches].filter(({ path }) => !seen.has(path) && seen.add(path));
}

const lmSettingsSchema = z.object({ downloadsFolder: z.string().min(1).optional() });

/** LM Studio says in ~/.lmstudio-home-pointer where its home is, and in its settings where downloads go. */
async function lmStudio({ home, platform }: PlaceOptions): Promise<readonly string[]> {
  const { join } = pathsOf(platform);
  const pointer = (await readText(join(home, '.lmstudio-home-pointer')))?.trim();
  const homes = [
    ...(pointer === undefined || pointer === '' ? [] : [pointer]),
    join(home, '.lmstudio'),
    join(home, '.cache', 'lm-studio'),
  ];
  const places: string[] = [];
  for (const lmHome of homes) {
    const settings = await readText(join(lmHome, 'settings.json'));
    const folder = settings === null ? null : downloadsFolder(settings);
    if (folder !== null) places.push(folder.replace(/^~(?=[/\\])/, home));
    places.push(join(lmHome, 'models'));
  }
  return places;
}

function downloadsFolder(settings: string): string | null {
  try {
    const parsed = lmSettingsSchema.safeParse(JSON.parse(settings));
    return parsed.success ? (parsed.data.downloadsFolder ?? null) : null;
  } catch {
    return null;
  }
}

function huggingFace({ env, home, platform }: PlaceOptions): readonly string[] {
  const { join } = pathsOf(platform);
  const named = env['HF_HUB_CACHE'] ?? env['HUGGINGFACE_HUB_CACHE'];
  const hfHome = env['HF_HOME'] ?? join(env['XDG_CACHE_HOME'] ?? join(home, '.cache'), 'huggingface');
  return [...(named === undefined || named === '' ? [] : [named]), join(hfHome, 'hub')];
}

function llamaCpp({ env, home, platform }: PlaceOptions): readonly string[] {
  const { join } = pathsOf(platform);
  const named = env['LLAMA_CACHE'];
  if (named !== undefined && named !== '') return [named];
  if (platform === 'darwin') return [join(home, 'Library', 'Caches', 'llama.cpp')];
  if (platform === 'win32') return [join(env['LOCALAPPDATA'] ?? join(home, 'AppData', 'Local'), 'llama.cpp')];
  return [join(env['XDG_CACHE_HOME'] ?? join(home, '.cache'), 'llama.cpp')];
}

/**
 * On Linux the service runs as a user of its own, whose home is /usr/share/ollama (some distributions:
 * /var/lib).
 */
function ollama({ env, home, platform }: PlaceOptions): readonly string[] {
  const { join } = pathsOf(platform);
  const named = env['OLLAMA_MODELS'];
  const mine = join(home, '.ollama', 'models');
  const service =
    platform === 'linux' ? ['/usr/share/ollama/.ollama/models', '/var/lib/ollama/.ollama/models'] : [];
  return [...(named === undefined || named === '' ? [] : [named]), mine, ...service];
}

function pathsOf(platform: NodeJS.Platform): { join: (...parts: string[]) => string } {
  return platform === 'win32' ? win32 : posix;
}

async function readText(path: string): Promise<string | null> {
  try {
    return await readFile(path, 'utf8');
  } catch {
    return null;
  }
}
