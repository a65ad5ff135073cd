import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { filledText, isRecord, lookup, recordOf, textOf } from '../../domain/datasets/fields.ts';
import type { FileRecord } from '../../domain/datasets/fields.ts';
import { fastchatKey } from '../../domain/datasets/adapt/fastchat.ts';
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

async function records(path: string): Promise<FileRecord[]> {
  const text = (await smallFile(path)) ?? '';
  return text.split('\n').flatMap((line) => {
    const parsed = line.trim() === '' ? null : parseJson(line);
    return parsed?.ok === true && isRecord(parsed.value) ? [parsed.value] : [];
  });
}

async function recordsIn(folder: string): Promise<FileRecord[]> {
  const names = await readdir(folder).catch(() => []);
  const files = names.filter((name) => name.endsWith('.jsonl')).toSorted();
  const read = await Promise.all(files.map((name) => records(join(folder, name))));
  return read.flat();
}

/** question.jsonl beside the file or one or two folders above. */
async function fastchatQuestions(folder: string): Promise<FileRecord[]> {
  for (const place of [folder, dirname(folder), dirname(dirname(folder))]) {
    const found = await records(join(place, 'question.jsonl'));
    if (found.length > 0) return found;
  }
  return [];
}

/** Under which answers and judgments of one model to one question are kept. */
const modelKey = (record: FileRecord, model: string): string =>
  fastchatKey(textOf(record[model]), textOf(record['question_id']));

function grouped(found: readonly FileRecord[], keyOf: (record: FileRecord) => string): FileRecord {
  const groups = new Map<string, FileRecord[]>();
  for (const record of found) groups.set(keyOf(record), [...(groups.get(keyOf(record)) ?? []), record]);
  return recordOf(groups);
}

/**
 * What lies about a file of FastChat's folder of a benchmark: `questions` by id, and by model and question the lists of
 * `answers` (for a file of judgments) and `judgments` (all that lie beside the answers, or the file's own). Empty where there are
 * none.
 */
export async function fastchatSiblings(path: string, what: 'answers' | 'judgments'): Promise<FileRecord> {
  const folder = dirname(path);
  const beside = join(dirname(folder), what === 'answers' ? 'model_judgment' : 'model_answer');
  const questions = await fastchatQuestions(folder);
  const others = await recordsIn(beside);
  const answers = what === 'answers' ? [] : others;
  const judgments = what === 'answers' ? others : await records(path);
  return {
    questions: recordOf(questions.map((question) => [textOf(question['question_id']), question])),
    answers: grouped(answers, (record) => modelKey(record, 'model_id')),
    judgments: grouped(judgments, (record) => modelKey(record, 'model')),
  };
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
