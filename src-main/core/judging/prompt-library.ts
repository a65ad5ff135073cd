import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { JudgePromptDetail, JudgePromptInfo, PromptVersion } from '../../domain/app.ts';
import {
  canonicalJudgePrompt,
  type JudgePrompt,
  type JudgePromptFields,
  parseJudgePrompt,
} from '../../domain/prompts/judge-prompt.ts';
import { Problem } from '../problem.ts';
import {
  archivePrompt,
  type BrokenPromptFile,
  isBroken,
  pinnedRef,
  type PromptFile,
  readPromptFolder,
  removePromptFile,
  writePromptFile,
} from './prompt-files.ts';

export interface LibraryPrompt {
  readonly prompt: JudgePrompt;
  readonly sha256: string;
  readonly builtIn: boolean;
  /** What an experiment calls it so that it stays the same: a shipped one by its id, the user's own with its hash. */
  readonly ref: string;
}

/**
 * Judge prompts as files: those that came with Assize, and the user's own in the data directory, which win under the same
 * id. Every content that was saved or judged with is kept in a folder of versions.
 */
export interface PromptLibrary {
  list(): Promise<JudgePromptInfo[]>;
  /**
   * By id ("default" is the strict one), or "id@version" and "id@hash" for what was saved earlier. Throws Problem
   * NOT_FOUND naming the ids there are, or REFUSED with what is wrong in the file.
   */
  get(ref: string): Promise<LibraryPrompt>;
  /** With the versions there were. Throws as get does. */
  detail(ref: string): Promise<JudgePromptDetail>;
  /**
   * Saves as the newest version of its id; the version grows when anything that decides a verdict has changed.
   * @param base hash of what was edited; null for a new id. Throws Problem CONFLICT when the id holds something else by
   * now, REFUSED with what is wrong.
   */
  save(fields: JudgePromptFields, base: string | null): Promise<JudgePromptDetail>;
  /** Takes it off the list; its versions stay for runs that judged with them. Throws Problem NOT_FOUND or REFUSED. */
  remove(id: string): Promise<void>;
}

/** What "default" stands for. */
const DEFAULT_PROMPT = 'strict';

interface Shelf {
  readonly builtIn: ReadonlyMap<string, PromptFile>;
  readonly own: ReadonlyMap<string, PromptFile>;
  readonly broken: readonly BrokenPromptFile[];
}

export function createPromptLibrary(builtInFolder: string, ownFolder: string): PromptLibrary {
  const versionsFolder = join(ownFolder, 'versions');
  // One save after the other: the version's number comes from what is there.
  let saving: Promise<unknown> = Promise.resolve();

  const get = async (ref: string): Promise<LibraryPrompt> => {
    const [id = '', version = null] = ref.split('@', 2);
    const shelf = await readShelf(builtInFolder, ownFolder);
    if (version !== null) return versionNamed(await versionsOf(shelf, versionsFolder, id), ref, version);
    const file = fileOf(shelf, id);
    const builtIn = !shelf.own.has(file.prompt.id);
    // What an experiment is about to name by its hash must be found under it for ever.
    if (!builtIn) await archivePrompt(versionsFolder, file).catch(() => undefined);
    return libraryPrompt(file, builtIn);
  };
  const detail = async (ref: string): Promise<JudgePromptDetail> => {
    const { prompt, sha256, builtIn } = await get(ref);
    const shelf = await readShelf(builtInFolder, ownFolder);
    const files = builtIn ? [] : await versionsOf(shelf, versionsFolder, prompt.id);
    return { prompt, sha256, builtIn, versions: files.map(versionOf) };
  };
  const save = async (fields: JudgePromptFields, base: string | null): Promise<JudgePromptDetail> => {
    const parsed = parseJudgePrompt({ ...fields, version: 1 });
    if (!parsed.ok) throw new Problem('REFUSED', `This prompt cannot be saved. ${parsed.problems.join(' ')}`);
    const { id } = parsed.prompt;
    const shelf = await readShelf(builtInFolder, ownFolder);
    const before = shelf.own.get(id) ?? null;
    checkBase(shelf, id, before, base);
    const versions = await versionsOf(shelf, versionsFolder, id);
    await mkdir(ownFolder, { recursive: true, mode: 0o700 });
    if (before !== null) await archivePrompt(versionsFolder, before);
    const version = nextVersion(parsed.prompt, before, versions);
    const path = join(ownFolder, `${id}.yaml`);
    await writePromptFile(path, { ...parsed.prompt, version });
    if (before !== null && before.path !== path) await removePromptFile(before.path);
    return detail(id);
  };
  return {
    get,
    detail,
    async list() {
      const { builtIn, own, broken } = await readShelf(builtInFolder, ownFolder);
      const shipped = [...builtIn.values()].filter(({ prompt }) => !own.has(prompt.id));
      return [
        ...shipped.map((file) => infoOf(file, true)),
        ...[...own.values()].map((file) => infoOf(file, false)),
        ...broken.map(brokenInfo),
      ];
    },
    save(fields, base) {
      const saved = saving.then(() => save(fields, base));
      saving = saved.catch(() => undefined);
      return saved;
    },
    async remove(id) {
      const shelf = await readShelf(builtInFolder, ownFolder);
      const broken = shelf.broken.find((file) => file.id === id);
      const file = shelf.own.get(id);
      if (file === undefined && broken === undefined) {
        if (shelf.builtIn.has(id))
          throw new Problem('REFUSED', `"${id}" came with Assize and stays; only your own can be deleted.`);
        throw unknownPrompt(shelf, id);
      }
      if (file !== undefined) await archivePrompt(versionsFolder, file);
      await removePromptFile(file?.path ?? broken?.path ?? '');
    },
  };
}

async function readShelf(builtInFolder: string, ownFolder: string): Promise<Shelf> {
  const byId = (files: readonly (PromptFile | BrokenPromptFile)[]): Map<string, PromptFile> =>
    new Map(files.flatMap((file) => (isBroken(file) ? [] : [[file.prompt.id, file]])));
  const builtIn = await readPromptFolder(builtInFolder);
  const own = await readPromptFolder(ownFolder);
  const broken = builtIn.find(isBroken);
  if (broken !== undefined) throw new Problem('REFUSED', broken.problem);
  return { builtIn: byId(builtIn), own: byId(own), broken: own.filter(isBroken) };
}

function unknownPrompt({ builtIn, own }: Shelf, id: string): Problem {
  const ids = [...new Set([...builtIn.keys(), ...own.keys()])].toSorted();
  return new Problem('NOT_FOUND', `There is no judge prompt "${id}". There are: ${ids.join(', ')}.`);
}

function fileOf(shelf: Shelf, wanted: string): PromptFile {
  const id = wanted === 'default' ? DEFAULT_PROMPT : wanted;
  const found = shelf.own.get(id) ?? shelf.builtIn.get(id);
  if (found !== undefined) return found;
  const broken = shelf.broken.find((file) => file.id === id);
  throw broken === undefined ? unknownPrompt(shelf, id) : new Problem('REFUSED', broken.problem);
}

/** Every content of an id, the newest first. */
async function versionsOf(shelf: Shelf, folder: string, id: string): Promise<PromptFile[]> {
  const kept = (await readPromptFolder(folder)).flatMap((file) =>
    isBroken(file) || file.prompt.id !== id ? [] : [file],
  );
  const now = shelf.own.get(id) ?? shelf.builtIn.get(id);
  const all = now === undefined ? kept : [now, ...kept.filter((file) => file.sha256 !== now.sha256)];
  return all.toSorted((a, b) => b.prompt.version - a.prompt.version || b.savedAt - a.savedAt);
}

/** "3" is a version, eight characters or more the beginning of a hash. */
function versionNamed(versions: readonly PromptFile[], ref: string, version: string): LibraryPrompt {
  const found = versions.find((file) =>
    /^\d{1,7}$/.test(version)
      ? file.prompt.version === Number(version)
      : version.length >= 8 && file.sha256.startsWith(version),
  );
  if (found !== undefined) return { ...libraryPrompt(found, false), ref };
  const refs = versions.map((file) => `${file.prompt.version} (${pinnedRef(file)})`);
  const there = refs.length === 0 ? 'There is none of that id.' : `There are: ${refs.join(', ')}.`;
  throw new Problem('NOT_FOUND', `There is no version "${ref}" of a judge prompt. ${there}`);
}

function libraryPrompt(file: PromptFile, builtIn: boolean): LibraryPrompt {
  const { prompt, sha256 } = file;
  return { prompt, sha256, builtIn, ref: builtIn ? prompt.id : pinnedRef(file) };
}

function checkBase(shelf: Shelf, id: string, before: PromptFile | null, base: string | null): void {
  if (id === 'default' || shelf.builtIn.has(id)) {
    throw new Problem(
      'CONFLICT',
      `"${id}" is the name of a prompt that came with Assize. Choose another id.`,
    );
  }
  if (shelf.broken.some((file) => file.id === id)) {
    throw new Problem(
      'CONFLICT',
      `A file of the id "${id}" is there that cannot be read. Mend or delete it first.`,
    );
  }
  if (base === null && before !== null) {
    throw new Problem('CONFLICT', `You have a prompt "${id}" already. Choose another id, or edit that one.`);
  }
  if (base !== null && before !== null && before.sha256 !== base) {
    throw new Problem(
      'CONFLICT',
      `"${id}" was changed elsewhere since you opened it. Copy what you wrote, open it anew and put it in there.`,
    );
  }
}

function nextVersion(
  prompt: JudgePrompt,
  before: PromptFile | null,
  versions: readonly PromptFile[],
): number {
  const same = (other: JudgePrompt): boolean =>
    canonicalJudgePrompt({ ...prompt, version: 0 }) === canonicalJudgePrompt({ ...other, version: 0 });
  if (before !== null && same(before.prompt)) return before.prompt.version;
  return Math.max(0, ...versions.map((file) => file.prompt.version)) + 1;
}

function infoOf({ prompt, sha256 }: PromptFile, builtIn: boolean): JudgePromptInfo {
  const { id, title, description, version } = prompt;
  return { id, name: title, description, sha256, builtIn, version, problem: null };
}

function brokenInfo({ id, problem }: BrokenPromptFile): JudgePromptInfo {
  return { id, name: id, description: '', sha256: '', builtIn: false, version: 0, problem };
}

function versionOf({ prompt, sha256, savedAt }: PromptFile): PromptVersion {
  return { version: prompt.version, sha256, savedAt };
}
