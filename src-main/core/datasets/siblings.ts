import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { filledText, isRecord, lookup, recordOf, textOf } from '../../domain/datasets/fields.ts';
import type { FileRecord } from '../../domain/datasets/fields.ts';
import { parseJson } from './json-text.ts';

/** Files beside a log are small; a larger one is something else. */
const MAX_SIBLING_BYTES = 64 * 1024 * 1024;

async function smallFile(path: string): Promise<string | null> {
  try {
    const facts = await stat(path);
    return facts.isFile() && facts.size <= MAX_SIBLING_BYTES ? await readFile(path, 'utf8') : null;
  } catch {
    return null;
  }
}

function modelOf(results: FileRecord): string | null {
  const named = filledText(results['model_name']) ?? filledText(lookup(results, 'config.model_name'));
  if (named !== null) return named;
  const given = lookup(results, 'config.model_args');
  if (isRecord(given)) return filledText(given['pretrained']) ?? filledText(given['model']);
  const argument = /(?:^|,)(?:pretrained|model|filename)=([^,]+)/.exec(textOf(given))?.[1];
  return filledText(argument) ?? filledText(lookup(results, 'config.model'));
}

/**
 * The model that answered, from the results file that lm-eval writes beside its samples: the one with the samples'
 * date, else the only one there is. Null without it.
 */
export async function lmEvalModel(samplesPath: string): Promise<string | null> {
  const folder = dirname(samplesPath);
  const date = /_(\d{4}-\d{2}-\d{2}T[\d-]+(?:\.\d+)?)\.jsonl/.exec(basename(samplesPath))?.[1];
  const names = await readdir(folder).catch(() => []);
  const results = names.filter((name) => /^results.*\.json$/.test(name));
  const match =
    results.find((name) => date !== undefined && name.includes(date)) ??
    (results.length === 1 ? results[0] : undefined);
  if (match === undefined) return null;
  const text = await smallFile(join(folder, match));
  const parsed = text === null ? null : parseJson(text);
  return parsed?.ok === true && isRecord(parsed.value) ? modelOf(parsed.value) : null;
}

/** FastChat's questions by id, from question.jsonl beside the answers or one or two folders above; empty without. */
export async function fastchatQuestions(answersPath: string): Promise<FileRecord> {
  const folder = dirname(answersPath);
  for (const place of [folder, dirname(folder), dirname(dirname(folder))]) {
    const text = await smallFile(join(place, 'question.jsonl'));
    if (text === null) continue;
    const questions = text.split('\n').flatMap((line) => {
      const parsed = line.trim() === '' ? null : parseJson(line);
      return parsed?.ok === true && isRecord(parsed.value) ? [parsed.value] : [];
    });
    return recordOf(questions.map((question) => [textOf(question['question_id']), question]));
  }
  return recordOf([]);
}

const spread = 24;

/**
 * The filters of an lm-eval samples file. It holds all documents under one filter, then all under the next, so that
 * lines at evenly spread places find every filter without reading the whole.
 */
export async function lmEvalFilters(
  readAt: (offset: number) => Promise<string>,
  bytes: number,
): Promise<string[]> {
  const found = new Set<string>();
  for (let at = 0; at <= spread; at++) {
    const text = await readAt(Math.floor((bytes * at) / (spread + 1)));
    for (const line of text.split('\n').slice(at === 0 ? 0 : 1)) {
      const parsed = parseJson(line);
      const filter = parsed.ok && isRecord(parsed.value) ? filledText(parsed.value['filter']) : null;
      if (filter !== null) found.add(filter);
    }
  }
  return [...found];
}
