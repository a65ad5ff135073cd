import { createWriteStream } from 'node:fs';
import { once } from 'node:events';
import { finished } from 'node:stream/promises';
import { autoSchemaElement, fileWriter, ParquetWriter } from 'hyparquet-writer';
import { zipDirectory, zipEntry } from '../unit/datasets/zip.ts';

export const FORMATS = ['jsonl', 'csv', 'json', 'parquet', 'eval'] as const;
export type BenchFormat = (typeof FORMATS)[number];

const WORDS =
  'which river city year author bridge island river treaty comet engine painter valley under over near'.split(
    ' ',
  );

/** A sentence that differs from row to row and repeats for the same row, so that two runs write the same bytes. */
function sentence(row: number, words: number): string {
  const parts: string[] = [];
  for (let at = 0; at < words; at++)
    parts.push(WORDS[(row * 7 + at * 13 + ((row >> 3) ^ at)) % WORDS.length] ?? '');
  return parts.join(' ');
}

function record(row: number): { id: string; question: string; answer: string[]; context: string } {
  return {
    id: `row-${row}`,
    question: `In row ${row}, ${sentence(row, 12)}?`,
    answer: [`answer ${row}`, `alias "${row % 97}"`],
    context: `${sentence(row + 1, 40)}.\nSecond line é ${row}, with a comma.`,
  };
}

const quoted = (text: string): string => `"${text.replaceAll('"', '""')}"`;

function text(format: BenchFormat, row: number): string {
  const { id, question, answer, context } = record(row);
  if (format === 'csv')
    return `${id},${quoted(question)},${quoted(JSON.stringify(answer))},${quoted(context)}\n`;
  const line = JSON.stringify({ id, question, answer, context });
  return format === 'jsonl' ? `${line}\n` : `${row === 0 ? '[\n' : ',\n'}${line}`;
}

async function generateText(path: string, format: BenchFormat, bytes: number): Promise<number> {
  const out = createWriteStream(path, { highWaterMark: 4 * 1024 * 1024 });
  let written = 0;
  let rows = 0;
  let piece = format === 'csv' ? 'id,question,answer,context\n' : '';
  while (written < bytes) {
    while (piece.length < 1024 * 1024 && written + piece.length < bytes) piece += text(format, rows++);
    if (!out.write(piece)) await once(out, 'drain');
    written += Buffer.byteLength(piece);
    piece = '';
  }
  out.end(format === 'json' ? '\n]\n' : '');
  await finished(out);
  return rows;
}

const GROUP_ROWS = 50_000;

/** Parquet in groups of 50,000 rows. Its bytes are those before compression: this text packs well. */
async function generateParquet(path: string, bytes: number): Promise<number> {
  const rows = Math.ceil(bytes / 480);
  const names = ['id', 'question', 'answer', 'context'] as const;
  const schema = [
    { name: 'root', num_children: names.length },
    ...names.map((name) => autoSchemaElement(name, ['text'])),
  ];
  const writer = new ParquetWriter({ writer: fileWriter(path), schema });
  for (let start = 0; start < rows; start += GROUP_ROWS) {
    const group = Array.from({ length: Math.min(GROUP_ROWS, rows - start) }, (_, at) => record(start + at));
    const columnData = names.map((name) => ({
      name,
      data: group.map((row) => (name === 'answer' ? JSON.stringify(row.answer) : row[name])),
    }));
    await writer.write({ columnData });
  }
  await writer.finish();
  return rows;
}

/** An archive's directory holds so many entries without its 64-bit form. */
const MAX_SAMPLES = 65_000;

/** An Inspect log packed with zstd, each sample with an answer, a score and some events to skip over. */
async function generateLog(path: string, bytes: number): Promise<number> {
  const out = createWriteStream(path);
  const centrals: Buffer[] = [];
  let offset = 0;
  let unpacked = 0;
  let rows = 0;
  const add = async (name: string, json: unknown): Promise<void> => {
    const content = JSON.stringify(json);
    const { local, central } = zipEntry(name, content, 'zstd', offset);
    centrals.push(central);
    offset += local.length;
    unpacked += content.length;
    if (!out.write(local)) await once(out, 'drain');
  };
  await add('header.json', { version: 2, eval: { model: 'bench/model' } });
  while (unpacked < bytes && rows < MAX_SAMPLES) {
    const { question, answer, context } = record(rows++);
    const choices = [{ message: { role: 'assistant', content: answer[0] } }];
    const events = Array.from({ length: 8 }, (_, at) => ({ event: 'info', data: sentence(rows + at, 60) }));
    const scores = { match: { value: rows % 3 === 0 ? 'I' : 'C' } };
    const sample = {
      id: rows,
      epoch: 1,
      input: `${context} ${question}`,
      target: answer,
      output: { choices },
      scores,
      events,
    };
    await add(`samples/${rows}_epoch_1.json`, sample);
  }
  out.end(zipDirectory(centrals, offset));
  await finished(out);
  return rows;
}

/**
 * Writes a dataset of about `bytes` bytes (before compression): a question, two gold answers and a context of two
 * lines a row, about 480 bytes each. Returns how many rows it has.
 */
export function generate(path: string, format: BenchFormat, bytes: number): Promise<number> {
  if (format === 'parquet') return generateParquet(path, bytes);
  return format === 'eval' ? generateLog(path, bytes) : generateText(path, format, bytes);
}
