import { gzipSync } from 'node:zlib';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { describe, expect, test } from 'vitest';
import { inspectFile } from '../../../src-main/core/datasets/inspect-file.ts';
import { both, file, inspected, read } from './helpers.ts';
import { zipOf } from './zip.ts';

/** A number as Thrift's compact protocol writes it. */
function varint(value: bigint): Buffer {
  const bytes: number[] = [];
  for (let rest = value * 2n; ; rest >>= 7n) {
    if (rest < 128n) return Buffer.from([...bytes, Number(rest)]);
    bytes.push(Number(rest & 127n) | 128);
  }
}

/** A Parquet file whose table of contents says that it has `claimed` rows wherever it said `rows`. */
function claiming(rows: number, claimed: bigint): Buffer {
  const data = Array.from({ length: rows }, (_, at) => `Question ${at}?`);
  const bytes = Buffer.from(
    parquetWriteBuffer({ columnData: [{ name: 'question', data }], rowGroupSize: rows }),
  );
  const length = bytes.readUInt32LE(bytes.length - 8);
  const footer = bytes.subarray(bytes.length - 8 - length, bytes.length - 8).toString('latin1');
  const parts = footer.split(varint(BigInt(rows)).toString('latin1'));
  expect(parts.length).toBeGreaterThan(2);
  const changed = Buffer.from(parts.join(varint(claimed).toString('latin1')), 'latin1');
  const size = Buffer.alloc(4);
  size.writeUInt32LE(changed.length);
  return Buffer.concat([bytes.subarray(0, bytes.length - 8 - length), changed, size, Buffer.from('PAR1')]);
}

describe('files that are meant to harm, or look so', () => {
  test.each([2n ** 52n, 2n ** 40n, 60_000_000n])(
    'a Parquet file that claims %d rows in a group is one problem',
    async (claimed) => {
      const path = file('claims.parquet', claiming(12_345, claimed));
      const { problem } = await inspectFile(path);
      expect(problem).toMatch(/cannot be decoded|damaged/);
    },
  );

  test('a line of 100 MB that unpacks from 100 kB is left out and named, those about it are read', async () => {
    const line = (question: string): string => `{"question":"${question}","answer":"a"}\n`;
    const packed = gzipSync(Buffer.from(line('first?') + line('x'.repeat(100_000_000)) + line('last?')));
    expect(packed.length).toBeLessThan(200_000);
    const { rows, problems } = await both('bomb.jsonl.gz', packed);
    expect(rows.map(({ question }) => question.question)).toEqual(['first?', 'last?']);
    expect(problems).toMatchObject([{ line: 2, problem: expect.stringContaining('64 MiB') }]);
  });

  test('a sample of an archive that unpacks to 70 MB of brackets is left out, those about it are read', async () => {
    const sample = (id: number, messages: string): string =>
      `{"id":${id},"epoch":1,"input":"Question ${id}?","target":"a","messages":${messages}}`;
    const packed = zipOf([
      ['header.json', '{"version":2,"eval":{"task":"t","model":"m"}}'],
      ['samples/1_epoch_1.json', sample(1, '[]')],
      // Six times as much, from 1.7 MB, ended the program after minutes: each pair of brackets becomes an object.
      ['samples/2_epoch_1.json', sample(2, `[${'[],'.repeat(23_000_000)}[]]`)],
      ['samples/3_epoch_1.json', sample(3, '[]')],
    ]);
    expect(packed.length).toBeLessThan(500_000);
    const { rows, problems } = await both('bomb.eval', packed);
    expect(rows.map(({ question }) => question.question)).toEqual(['Question 1?', 'Question 3?']);
    expect(problems).toMatchObject([{ line: 2, problem: expect.stringContaining('64 MiB') }]);
  });

  test('a cell of five megabytes comes through whole, and the preview shows its beginning', async () => {
    const long = 'Größe “x” '.repeat(500_000);
    const csv = `question,context,answer\n"Q?","${long}",a\n`;
    const { found, rows } = await both('long.csv', csv);
    expect(rows[0]?.question.context === long).toBe(true);
    expect(JSON.stringify(found.sample).length).toBeLessThan(100_000);
  });

  test('looking at a packed file that never comes to an end of its line can be stopped', async () => {
    const packed = gzipSync(Buffer.from(`{"question":"${'y'.repeat(60_000_000)}`));
    const stop = new AbortController();
    setImmediate(() => stop.abort(new Error('enough')));
    await expect(inspectFile(file('endless.jsonl.gz', packed), { signal: stop.signal })).rejects.toThrow(
      'enough',
    );
  });
});

describe('names of columns', () => {
  test('that are empty, equal, or differ in case alone are all kept', async () => {
    const csv = 'question,,Note,note,note,a.b,"x|y", padded \nQ?,1,2,3,4,5,6,7\n';
    const { columns } = await inspected('t.csv', csv);
    expect(columns.map(({ name }) => name)).toEqual([
      'question',
      'column 2',
      'Note',
      'note',
      'note (2)',
      'a.b',
      'x|y',
      'padded',
    ]);
    const { rows } = await read(file('t.csv', csv));
    expect(rows[0]?.question.metadata).toEqual({
      'column 2': '1',
      Note: '2',
      note: '3',
      'note (2)': '4',
      'a.b': '5',
      'x|y': '6',
      padded: '7',
    });
  });

  test.each(['a.b', 'x|y', 'a[0]', 'ünï', '__proto__', 'constructor', 'a "b"'])(
    '%s can be the question',
    async (name) => {
      const path = file('t.jsonl', `{${JSON.stringify(name)}:"Q?","answer":"A"}\n`);
      const mapping = {
        id: null,
        question: name,
        context: null,
        gold: 'answer',
        choices: null,
        goldSeparator: null,
        goldForm: 'text' as const,
        answers: [],
      };
      const { rows } = await read(path, { mapping });
      expect(rows.map(({ question }) => [question.question, question.gold, question.metadata])).toEqual([
        ['Q?', ['A'], {}],
      ]);
    },
  );

  test('a title made for an equal one is no second title: "note (2)" beside two "note"', async () => {
    const { columns, sample } = await inspected('t.csv', 'question,note,note (2),note\nQ?,1,2,3\n');
    expect(new Set(columns.map(({ name }) => name)).size).toBe(4);
    expect(Object.values(sample[0]?.record ?? {})).toEqual(['Q?', '1', '2', '3']);
    const made = await inspected('t.csv', 'question,,column 2\nQ?,1,2\n');
    expect(made.columns.map(({ name }) => name)).toEqual(['question', 'column 2 (2)', 'column 2']);
  });
});
