import type { SchemaElement } from 'hyparquet';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { expect, test } from 'vitest';
import { parquetMemory } from '../../../src-main/core/datasets/parquet.ts';
import { file, inspected, read } from './helpers.ts';

/** Questions with lists of numbers, in one row group. */
function table(rows: number, listed: number, offsetIndex: boolean): Buffer {
  const question = Array.from({ length: rows }, (_, at) => `Question ${at}?`);
  const data = question.map((_, at) => Array.from({ length: listed }, (__, step) => at + step));
  const columnData = [
    { name: 'question', data: question, offsetIndex },
    { name: 'answers', data, offsetIndex },
  ];
  const schema: SchemaElement[] = [
    { name: 'root', num_children: 2 },
    { name: 'question', type: 'BYTE_ARRAY', converted_type: 'UTF8', repetition_type: 'REQUIRED' },
    { name: 'answers', num_children: 1, converted_type: 'LIST', repetition_type: 'OPTIONAL' },
    { name: 'list', num_children: 1, repetition_type: 'REPEATED' },
    { name: 'element', type: 'INT32', repetition_type: 'OPTIONAL' },
  ];
  return Buffer.from(parquetWriteBuffer({ columnData, schema, rowGroupSize: rows }));
}

test('a row group with lists and without an index is told before an import with what it takes; others are not', async () => {
  const large = await inspected('lists.parquet', table(30_000, 90, false));
  expect(large.problem).toBeNull();
  expect(large.notices[0]).toMatch(
    /^Reading takes about 1\.\d GB of memory: 30,000 rows with lists are in one row group/,
  );
  const indexed = await inspected('lists.parquet', table(30_000, 90, true));
  expect(indexed.notices.filter((notice) => notice.includes('memory'))).toEqual([]);
});

test('more values take more memory', async () => {
  const bytesOf = async (rows: number, listed: number, index: boolean) =>
    (await parquetMemory(file('t.parquet', table(rows, listed, index))))?.bytes ?? null;
  const few = (await bytesOf(1000, 2, false)) ?? 0;
  expect((await bytesOf(1000, 200, false)) ?? 0).toBeGreaterThan(few + 198_000 * 100);
});

test('a date without a time of day is read as it is written, and what is not there as nothing', async () => {
  const schema: SchemaElement[] = [
    { name: 'root', num_children: 3 },
    { name: 'question', type: 'BYTE_ARRAY', converted_type: 'UTF8', repetition_type: 'REQUIRED' },
    { name: 'answer', type: 'INT32', converted_type: 'DATE', repetition_type: 'OPTIONAL' },
    { name: 'facts', num_children: 1, repetition_type: 'OPTIONAL' },
    { name: 'known', type: 'BOOLEAN', repetition_type: 'OPTIONAL' },
  ];
  const columnData = [
    { name: 'question', data: ['When?', 'And then?'] },
    { name: 'answer', data: [new Date('2026-01-02T00:00:00Z'), null] },
    { name: 'facts', data: [{ known: true }, null] },
  ];
  const { rows } = await read(file('days.parquet', Buffer.from(parquetWriteBuffer({ columnData, schema }))));
  expect(rows.map(({ record }) => record)).toEqual([
    { question: 'When?', answer: '2026-01-02', facts: { known: true } },
    { question: 'And then?', answer: null, facts: null },
  ]);
  expect(rows[0]?.question.gold).toEqual(['2026-01-02']);
});
