import { readFile } from 'node:fs/promises';
import writeFileAtomic from 'write-file-atomic';
import { settingsSchema } from '../../contract/settings.ts';
import { DEFAULT_SETTINGS, type Settings } from '../../domain/settings.ts';

export interface SettingsFile {
  get(): Settings;
  set(patch: { readonly [K in keyof Settings]?: Settings[K] | undefined }): Promise<Settings>;
  /** Why the file on disk was not used, as a sentence; null when it was. */
  readonly problem: string | null;
}

/** Reads settings.json, filling what is missing with the defaults. A file that cannot be read is left as it is until the next change. */
export async function openSettings(path: string): Promise<SettingsFile> {
  const { settings, problem } = await load(path);
  let current = settings;
  let writing: Promise<unknown> = Promise.resolve();
  return {
    problem,
    get: () => current,
    async set(patch) {
      const changed = Object.fromEntries(Object.entries(patch).filter(([, value]) => value !== undefined));
      current = settingsSchema.parse({ ...current, ...changed });
      const text = `${JSON.stringify(current, null, 2)}\n`;
      writing = writing.then(() => writeFileAtomic(path, text, { mode: 0o600 }));
      await writing;
      return current;
    },
  };
}

async function load(path: string): Promise<{ settings: Settings; problem: string | null }> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch {
    return { settings: DEFAULT_SETTINGS, problem: null };
  }
  try {
    const stored = settingsSchema.partial().parse(JSON.parse(text));
    return { settings: settingsSchema.parse({ ...DEFAULT_SETTINGS, ...stored }), problem: null };
  } catch {
    return {
      settings: DEFAULT_SETTINGS,
      problem: `The settings in ${path} could not be read; the defaults are used until you change one.`,
    };
  }
}
