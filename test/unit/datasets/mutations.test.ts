import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, isAbsolute, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { parse } from 'csv-parse/sync';
import * as fc from 'fast-check';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { describe, expect, it } from 'vitest';
import { inspectFile } from '../../../src-main/core/datasets/inspect-file.ts';
import { DatasetFileError } from '../../../src-main/core/datasets/types.ts';
import { isRecord } from '../../../src-main/domain/datasets/fields.ts';
import { file, fixture, lines, read } from './helpers.ts';
import type { ReadBack } from './helpers.ts';
import { edits, apply } from './edits.ts';
import { zipOf } from './zip.ts';

const RUNS = { numRuns: 1000, seed: 20_261_124 };
const SENTENCE = /[.?!")]$/;

/** Reads a changed file. A refusal is a sentence; anything else that is thrown is a crash and fails the test. */
async function attempt(path: string, look: boolean): Promise<ReadBack | string> {
  const found = look ? await inspectFile(path) : null;
  const said = [found?.why, found?.problem, ...(found?.notices ?? [])];
  if (said.some((text) => !SENTENCE.test(text ?? '.'))) throw new Error(`No sentence: ${said.join(' | ')}`);
  try {
    const back = await read(path);
    if (found !== null && found.problem !== null) throw new Error(`Refused, but read: ${found.problem}`);
    const unplaced = [...back.problems, ...back.remarks].filter(
      ({ line, problem }) => line < 1 || !SENTENCE.test(problem),
    );
    if (unplaced.length > 0) throw new Error(`No sentence with a place: ${JSON.stringify(unplaced[0])}`);
    return back;
  } catch (error) {
    if (error instanceof DatasetFileError && SENTENCE.test(error.message)) return error.message;
    throw error;
  }
}

/** What is wrong with what came out of a changed file; null when nothing is. */
type Verify = (changed: Buffer, result: ReadBack) => string | null;

/** Changes a file in a thousand ways and reads each. Rejects with the smallest change that breaks something. */
async function mutate(original: Buffer, name: string, verify: Verify): Promise<number> {
  const path = isAbsolute(name) ? name : file(name, original);
  let runs = 0;
  await fc.assert(
    fc.asyncProperty(edits, async (changes) => {
      const changed = changes.reduce(apply, original);
      writeFileSync(path, changed);
      // Looking reads the same beginning again: every tenth file is enough to see that both say the same.
      const result = await attempt(path, runs++ % 10 === 0);
      const violation = typeof result === 'string' ? null : verify(changed, result);
      if (violation !== null) throw new Error(violation);
    }),
    RUNS,
  );
  return runs;
}

const count = ({ rows, problems }: ReadBack): number => rows.length + problems.length;
const textOf = (bytes: Buffer): string => bytes.toString('utf8').replace(/^\u{FEFF}/u, '');
const differs = (what: string, found: number, expected: number): string | null =>
  found === expected ? null : `${what}: ${found}, not ${expected}`;

/** Records of a table of so many lines: one is the header, unless it was lost and the first line reads like data. */
const beside = (records: number, lines: number): string | null =>
  records === lines - 1 || records === lines ? null : `${records} records in ${lines} lines`;

function parsedJson(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    return value;
  } catch {
    return undefined;
  }
}

const asks = (record: unknown): boolean =>
  isRecord(record) && typeof record['question'] === 'string' && record['question'].trim() !== '';

const jsonLinesSay: Verify = (changed, back) => {
  const filled = textOf(changed)
    .split('\n')
    .filter((line) => line.trim() !== '');
  // A line that parses and asks something is never lost.
  const good = filled.filter((line) => asks(parsedJson(line)) && !line.includes('\u{FFFD}'));
  if (back.rows.length < good.length) return `${good.length - back.rows.length} good lines lost`;
  return differs('rows and problems', count(back), filled.length);
};

const jsonSays: Verify = (changed, back) => {
  const whole = parsedJson(textOf(changed));
  if (Array.isArray(whole)) return differs('rows and problems', count(back), whole.length);
  return back.problems.length + back.remarks.length > 0 ? null : 'a broken document was read without a word';
};

function strictRows(text: string): string[][] | null {
  try {
    const options = { skip_empty_lines: true, relax_column_count: true, record_delimiter: ['\r\n', '\n'] };
    return parse(text, options);
  } catch {
    return null;
  }
}

const csvSays: Verify = (changed, back) => {
  const strict = strictRows(textOf(changed));
  if (strict !== null) return beside(count(back), strict.length);
  return count(back) + back.remarks.length > 0 ? null : 'a broken table was read without a word';
};

const tsvSays: Verify = (changed, back) => {
  const filled = textOf(changed)
    .split('\n')
    .filter((line) => line.replace(/\r$/, '') !== '');
  const quoted = filled.some((line) => line.startsWith('"') || line.includes('\t"'));
  return quoted ? null : beside(count(back), filled.length);
};

const allOrSaid =
  (expected: number): Verify =>
  (_, { rows, problems }) => {
    if (rows.length > expected + 1) return `${rows.length} rows out of ${expected} records`;
    return rows.length < expected && problems.length === 0 ? 'records lost without a word' : null;
  };

const anything: Verify = () => null;

function tableOf(rows: number): Buffer {
  const line = (at: number): string => {
    if (at % 3 === 0) return `${at},"Is ""${at}"" odd,\nor even?",${at}\n`;
    return at % 3 === 1 ? `${at},Plain ${at}?,"a, b"\n` : `${at},Other?,x\r\n`;
  };
  return Buffer.from(`id,question,answer\n${Array.from({ length: rows }, (_, at) => line(at)).join('')}`);
}

function logOf(samples: number): Buffer {
  const sample = (id: number): string => {
    const choices = [{ message: { role: 'assistant', content: `a${id}` } }];
    return JSON.stringify({ id, epoch: 1, input: `q${id}`, target: 'a', output: { choices }, scores: {} });
  };
  const entries = Array.from({ length: samples }, (_, id): [string, string] => [
    `samples/${id}_epoch_1.json`,
    sample(id),
  ]);
  return zipOf([['header.json', '{"version":2,"eval":{"model":"m"}}'], ...entries], 'zstd');
}

function parquetOf(rows: number): Buffer {
  const data = Array.from({ length: rows }, (_, at) => `Question ${at}?`);
  const columnData = ['question', 'answer'].map((name) => ({ name, data, type: 'STRING' as const }));
  return Buffer.from(parquetWriteBuffer({ columnData, rowGroupSize: 20 }));
}

const ten = <T>(make: (at: number) => T): T[] => Array.from({ length: 10 }, (_, at) => make(at));

const fastchatAnswer = (at: number): object => ({
  question_id: at,
  model_id: 'm',
  prompt: `Question ${at}?`,
  choices: [{ index: 0, turns: [`said ${at}`, 'more'] }],
});

/** FastChat's judgments beside the answers that they judge. */
function judgmentsFile(): string {
  const answers = join(dirname(file('x', '')), 'model_answer', 'm.jsonl');
  const judgments = join(dirname(dirname(answers)), 'model_judgment', 'gpt_single.jsonl');
  for (const path of [answers, judgments]) mkdirSync(dirname(path), { recursive: true });
  writeFileSync(answers, lines(...ten(fastchatAnswer)));
  return judgments;
}

const OTHERS: readonly [string, string | (() => string), () => string | Buffer][] = [
  ['gzipped JSON Lines', 'q.jsonl.gz', () => gzipSync(readFileSync(fixture('nq-open-20.jsonl')))],
  ['CSV in UTF-16', 'q.csv', () => Buffer.from(`\u{FEFF}${tableOf(20).toString('utf8')}`, 'utf16le')],
  [
    'JSON objects one after another',
    'q.jsonl',
    () => ten((at) => JSON.stringify({ question: `Q${at}?`, answer: [`${at}`] }, null, 2)).join('\n'),
  ],
  [
    'JSON by columns',
    'q.json',
    () => JSON.stringify({ question: ten((at) => `Q${at}?`), answer: ten(String) }),
  ],
  [
    'SQuAD',
    's.json',
    () =>
      JSON.stringify({
        version: '1.1',
        data: ten((at) => {
          const qas = [{ id: `${at}`, question: `Q${at}?`, answers: [{ text: 'a', answer_start: 0 }] }];
          return { title: 't', paragraphs: [{ context: 'a c', qas }] };
        }),
      }),
  ],
  [
    'BioASQ',
    'b.json',
    () =>
      JSON.stringify({
        questions: ten((at) => ({ id: `${at}`, body: `Q${at}?`, exact_answer: [['a', 'b']] })),
      }),
  ],
  [
    'AlpacaEval',
    'a.json',
    () => JSON.stringify(ten((at) => ({ instruction: `Q${at}`, output: 'o', generator: 'g', dataset: 'd' }))),
  ],
  ['FastChat answers', 'm.jsonl', () => lines(...ten(fastchatAnswer))],
  [
    'FastChat judgments',
    judgmentsFile,
    () =>
      lines(
        ...ten((at) => ({
          question_id: at,
          model: 'm',
          judge: ['gpt', 'single-v1'],
          judgment: 'good [[7]]',
          score: 7,
          turn: 1,
        })),
      ),
  ],
  [
    'deepeval',
    'd.json',
    () => {
      const metricsData = [{ name: 'c', success: true, score: 1, reason: 'r' }];
      return JSON.stringify({
        testCases: ten((at) => ({ input: `Q${at}?`, actualOutput: 'o', expectedOutput: 'e', metricsData })),
      });
    },
  ],
  [
    'our own lines',
    'run.jsonl',
    () =>
      lines(
        ...ten((at) => ({
          schema: 'assize/answer@1',
          row_id: `${at}`,
          question: `Q${at}?`,
          gold: ['a'],
          answer: 'a',
          token_logprobs: [-0.5],
          judgments: [
            { schema: 'assize/judgment@1', judge: { name: 'j' }, verdict: 'correct', human: false },
          ],
        })),
      ),
  ],
];

const LM_EVAL = 'lm-eval/samples_tiny_gen_2026-11-24T08-22-06.287005.jsonl';

describe('a thousand changed files of each kind: no crash, no silent wrong count', () => {
  it.each<[string, string, () => Buffer, Verify]>([
    ['JSON Lines', 'q.jsonl', () => readFileSync(fixture('nq-open-20.jsonl')), jsonLinesSay],
    ['JSON', 'q.json', () => readFileSync(fixture('evouna-tq-20.json')), jsonSays],
    ['CSV', 'q.csv', () => tableOf(40), csvSays],
    ['TSV with quotes as characters', 'q.tsv', () => readFileSync(fixture('nq301-20.tsv')), tsvSays],
    ['Inspect archives', 'log.eval', () => logOf(12), allOrSaid(12)],
    ['Parquet', 'q.parquet', () => parquetOf(60), allOrSaid(60)],
    ['Inspect JSON', 'log.json', () => readFileSync(fixture('inspect/edited.json')), anything],
    ['promptfoo', 'r.json', () => readFileSync(fixture('promptfoo/results.json')), anything],
    ['lm-eval', 's.jsonl', () => readFileSync(fixture(LM_EVAL)), anything],
  ])('%s', { timeout: 300_000 }, async (_, name, original, verify) => {
    await expect(mutate(original(), name, verify)).resolves.toBeGreaterThanOrEqual(RUNS.numRuns);
  });
});

describe('a thousand changed files of every other form: no crash, a sentence with its place for what is lost', () => {
  it.each(OTHERS)('%s', { timeout: 300_000 }, async (_, name, original) => {
    const path = typeof name === 'string' ? name : name();
    await expect(mutate(Buffer.from(original()), path, anything)).resolves.toBeGreaterThanOrEqual(
      RUNS.numRuns,
    );
  });
});

describe('texts that survive', () => {
  const cell = fc
    .string({ unit: 'grapheme', maxLength: 30 })
    .filter((text) => text.trim() !== '' && !/^nan$/i.test(text) && !text.includes('\r'));
  const quoted = (text: string): string => `"${text.replaceAll('"', '""')}"`;

  it('any question comes back from CSV as it was written', async () => {
    const path = file('q.csv', '');
    await fc.assert(
      fc.asyncProperty(fc.array(cell, { minLength: 1, maxLength: 8 }), async (texts) => {
        const lines = texts.map((text, at) => `${at},${quoted(text)},x\n`);
        writeFileSync(path, `id,question,answer\n${lines.join('')}`);
        const { rows, problems } = await read(path);
        expect(problems).toEqual([]);
        expect(rows.map(({ record }) => record['question'])).toEqual(texts);
      }),
      { numRuns: 200, seed: RUNS.seed },
    );
  });

  it('any record comes back from JSON Lines and from a JSON list, minified or pretty', async () => {
    const [jsonl, json] = [file('q.jsonl', ''), file('q.json', '')];
    // Integers beyond 2^53 come back as texts, on purpose.
    const value = fc.jsonValue({ maxDepth: 3 }).filter((inner) => !/\d{16}/.test(JSON.stringify(inner)));
    const pairs = fc.array(fc.tuple(cell, value), { minLength: 2, maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(pairs, fc.constantFrom(0, 1, 4), async (given, indent) => {
        const records = given.map(([question, extra]) => ({ question, extra, answer: 'x' }));
        writeFileSync(jsonl, records.map((record) => `${JSON.stringify(record)}\n`).join(''));
        writeFileSync(json, JSON.stringify(records, null, indent));
        const expected: unknown = JSON.parse(JSON.stringify(records));
        for (const path of [jsonl, json]) {
          const { rows, problems } = await read(path, { kind: 'questions' });
          expect(problems).toEqual([]);
          expect(rows.map(({ record }) => record)).toEqual(expected);
        }
      }),
      { numRuns: 200, seed: RUNS.seed },
    );
  });
});
