import { readdir, readFile } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { parse } from 'yaml';
import type { JudgePromptInfo } from '../../domain/app.ts';
import {
  canonicalJudgePrompt,
  type JudgePrompt,
  parseJudgePrompt,
} from '../../domain/prompts/judge-prompt.ts';
import { sha256 } from '../hash.ts';
import { Problem } from '../problem.ts';

export interface LibraryPrompt {
  readonly prompt: JudgePrompt;
  /** Over everything that decides a verdict; title and description may change without it. */
  readonly sha256: string;
  readonly builtIn: boolean;
}

/** Judge prompts as files: those that came with Assize, and the user's own in the data directory, which win under the same id. */
export interface PromptLibrary {
  list(): Promise<JudgePromptInfo[]>;
  /** "default" is the strict one. Throws Problem NOT_FOUND naming the ids there are, or REFUSED with what is wrong in the file. */
  get(id: string): Promise<LibraryPrompt>;
}

/** What "default" stands for. */
const DEFAULT_PROMPT = 'strict';

export function createPromptLibrary(builtInFolder: string, ownFolder: string): PromptLibrary {
  const load = async (): Promise<Map<string, LibraryPrompt>> => {
    const prompts = new Map<string, LibraryPrompt>();
    for (const [folder, builtIn] of [
      [builtInFolder, true],
      [ownFolder, false],
    ] as const) {
      for (const prompt of await readFolder(folder, builtIn)) prompts.set(prompt.prompt.id, prompt);
    }
    return prompts;
  };
  return {
    async list() {
      return [...(await load()).values()].map(({ prompt, sha256, builtIn }) => ({
        id: prompt.id,
        name: prompt.title,
        description: prompt.description,
        sha256,
        builtIn,
      }));
    },
    async get(id) {
      const prompts = await load();
      const found = prompts.get(id === 'default' ? DEFAULT_PROMPT : id);
      if (found === undefined) {
        throw new Problem(
          'NOT_FOUND',
          `There is no judge prompt "${id}". There are: ${[...prompts.keys()].toSorted().join(', ')}.`,
        );
      }
      return found;
    },
  };
}

async function readFolder(folder: string, builtIn: boolean): Promise<LibraryPrompt[]> {
  const names = await readdir(folder).catch(() => []);
  const files = names.filter((name) => ['.yaml', '.yml', '.json'].includes(extname(name))).toSorted();
  return Promise.all(files.map((name) => readPrompt(join(folder, name), builtIn)));
}

async function readPrompt(path: string, builtIn: boolean): Promise<LibraryPrompt> {
  const text = await readFile(path, 'utf8');
  let raw: unknown;
  try {
    raw = parse(text);
  } catch (error) {
    throw new Problem(
      'REFUSED',
      `The judge prompt ${path} is not YAML: ${error instanceof Error ? error.message : ''}`,
    );
  }
  const parsed = parseJudgePrompt(raw);
  if (!parsed.ok)
    throw new Problem('REFUSED', `The judge prompt ${path} cannot be used: ${parsed.problems.join(' ')}`);
  return { prompt: parsed.prompt, sha256: sha256(canonicalJudgePrompt(parsed.prompt)), builtIn };
}
