import { createWriteStream } from 'node:fs';
import { once } from 'node:events';
import { finished } from 'node:stream/promises';

export type BenchFormat = 'jsonl' | 'csv' | 'json';

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

/**
 * Writes a dataset of about `bytes` bytes: a question, two gold answers and a context of two lines a row, about 480
 * bytes each. Returns how many rows it has.
 */
export async function generate(path: string, format: BenchFormat, bytes: number): Promise<number> {
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
