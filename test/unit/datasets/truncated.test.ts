import { parquetWriteBuffer } from 'hyparquet-writer';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { inspectFile } from '../../../src-main/core/datasets/inspect-file.ts';
import { DatasetFileError } from '../../../src-main/core/datasets/types.ts';
import { file, read } from './helpers.ts';

const RECORDS = Array.from({ length: 200 }, (_, at) => ({
  id: `r${at}`,
  question: `Größe, 東京 "№ ${at}"?`,
  answer: `a${at}`,
}));
const columns = (['id', 'question', 'answer'] as const).map((name) => ({
  name,
  data: RECORDS.map((record) => record[name]),
}));

const jsonl = RECORDS.map((record) => `${JSON.stringify(record)}\n`).join('');
const csv = (delimiter: string, newline: string): string =>
  [
    ['id', 'question', 'answer'].join(delimiter),
    ...RECORDS.map(({ id, question, answer }) =>
      [id, `"${question.replaceAll('"', '""')}"`, answer].join(delimiter),
    ),
  ].join(newline);
const markdown = [
  '# Questions\n',
  '| id | question | answer |',
  '|---|---|---|',
  ...RECORDS.map(({ id, question, answer }) => `| ${id} | ${question} | ${answer} |`),
].join('\n');

const FILES: readonly (readonly [string, Buffer])[] = [
  ['a.jsonl', Buffer.from(jsonl)],
  ['b.json', Buffer.from(JSON.stringify(RECORDS, null, 1))],
  ['c.json', Buffer.from(JSON.stringify({ version: 1, data: RECORDS }))],
  ['d.csv', Buffer.from(csv(',', '\r\n'))],
  ['e.tsv', Buffer.from(csv('\t', '\n'))],
  ['f.csv', Buffer.from(`\u{FEFF}${csv(';', '\r\n')}`, 'utf16le')],
  ['g.md', Buffer.from(markdown)],
  ['h.jsonl.gz', gzipSync(jsonl, { level: 0 })],
  ['i.parquet', Buffer.from(parquetWriteBuffer({ columnData: columns, rowGroupSize: 50 }))],
];

test.each(FILES)(
  '%s cut at every kilobyte: rows before the cut are whole, what was cut is told',
  async (name, bytes) => {
    for (let end = 512; end < bytes.length; end += 512) {
      const path = file(name, bytes.subarray(0, end));
      const { problem } = await inspectFile(path);
      const found = await read(path).catch((error: unknown) => {
        expect(error).toBeInstanceOf(DatasetFileError);
        return null;
      });
      if (found === null) {
        expect(problem).toMatch(/[.?]$/);
        continue;
      }
      const wanted = RECORDS.slice(0, found.rows.length);
      expect(found.rows.map(({ question: { externalId, question } }) => [externalId, question])).toEqual(
        wanted.map(({ id, question }) => [id, question]),
      );
      // The last may have lost the end of its answer: a table cannot tell.
      expect(found.rows.slice(0, -1).map(({ question }) => question.gold)).toEqual(
        wanted.slice(0, -1).map(({ answer }) => [answer]),
      );
    }
  },
);
