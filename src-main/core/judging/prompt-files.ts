import { mkdir, readdir, readFile, rm, stat } from 'node:fs/promises';
import { extname, join } from 'node:path';
import writeFileAtomic from 'write-file-atomic';
import { parse, stringify } from 'yaml';
import {
  canonicalJudgePrompt,
  type JudgePrompt,
  parseJudgePrompt,
} from '../../domain/prompts/judge-prompt.ts';
import { sha256 } from '../hash.ts';

/** A prompt as it lies in a folder. */
export interface PromptFile {
  readonly path: string;
  readonly savedAt: number;
  readonly prompt: JudgePrompt;
  /** Over everything that decides a verdict; title and description may change without it. */
  readonly sha256: string;
}

/** A file that is no prompt, with a sentence. */
export interface BrokenPromptFile {
  readonly path: string;
  /** The file's name without its ending: what the prompt would be asked for by. */
  readonly id: string;
  readonly problem: string;
}

export const isBroken = (file: PromptFile | BrokenPromptFile): file is BrokenPromptFile => 'problem' in file;

/** Every prompt file of a folder, by name; none where there is no such folder. */
export async function readPromptFolder(folder: string): Promise<(PromptFile | BrokenPromptFile)[]> {
  const names = await readdir(folder).catch(() => []);
  const files = names.filter((name) => ['.yaml', '.yml', '.json'].includes(extname(name))).toSorted();
  return Promise.all(files.map((name) => readPromptFile(folder, name)));
}

async function readPromptFile(folder: string, name: string): Promise<PromptFile | BrokenPromptFile> {
  const path = join(folder, name);
  const broken = (why: string): BrokenPromptFile => ({
    path,
    id: name.slice(0, -extname(name).length),
    problem: `The judge prompt ${path} ${why}`,
  });
  let raw: unknown;
  let savedAt: number;
  try {
    raw = parse(await readFile(path, 'utf8'), { maxAliasCount: 100, logLevel: 'error' });
    savedAt = Math.round((await stat(path)).mtimeMs);
  } catch (error) {
    return broken(`is not YAML: ${error instanceof Error ? error.message : ''}`);
  }
  const parsed = parseJudgePrompt(raw);
  if (!parsed.ok) return broken(`cannot be used: ${parsed.problems.join(' ')}`);
  return { path, savedAt, prompt: parsed.prompt, sha256: sha256(canonicalJudgePrompt(parsed.prompt)) };
}

/** Characters of a hash that name a version: as many as nobody's prompts will ever share. */
const HASH_CHARS = 12;

/** "strict-2@4f0c9e2b71aa": exactly this content, whatever is saved under the id later. */
export function pinnedRef({ prompt, sha256: hash }: Pick<PromptFile, 'prompt' | 'sha256'>): string {
  return `${prompt.id}@${hash.slice(0, HASH_CHARS)}`;
}

/** Writes a prompt, whole or not at all. What is derived (needsGold) is not written. */
export async function writePromptFile(path: string, prompt: JudgePrompt): Promise<void> {
  const { needsGold: _, labels, ...fields } = prompt;
  const written = {
    ...fields,
    labels: labels.map(({ text, verdict, meaning, score }) => ({
      text,
      verdict,
      ...(meaning === '' ? {} : { meaning }),
      ...(score === null ? {} : { score }),
    })),
  };
  await writeFileAtomic(path, stringify(written, { lineWidth: 110 }), { mode: 0o600 });
}

/** Keeps a content under its pinned name, once: what judged is never lost to an edit. */
export async function archivePrompt(folder: string, file: PromptFile): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const path = join(folder, `${pinnedRef(file)}.yaml`);
  const known = await stat(path).catch(() => null);
  if (known === null) await writePromptFile(path, file.prompt);
}

/** One that is not there is removed already. Its versions stay. */
export async function removePromptFile(path: string): Promise<void> {
  await rm(path, { force: true });
}
