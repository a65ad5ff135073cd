import { mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { inspectFile } from '../../../src-main/core/datasets/inspect-file.ts';
import { readRows } from '../../../src-main/core/datasets/read-rows.ts';
import { DatasetFileError } from '../../../src-main/core/datasets/types.ts';
import { both, file, lines, read } from './helpers.ts';
import { zipOf } from './zip.ts';

const utf16 = (text: string): Buffer => Buffer.from(`\u{FEFF}${text}`, 'utf16le');

/** What a refused file is refused with: the same whether it is looked at or read, and no row of it comes out. */
async function sentence(name: string, content: string | Uint8Array): Promise<string> {
  const path = file(name, content);
  const { problem, kind, preview } = await inspectFile(path);
  const refusal = await read(path).then(
    () => null,
    (error: unknown) => error,
  );
  expect(preview).toEqual([]);
  expect(kind).toBeNull();
  expect(refusal).toBeInstanceOf(DatasetFileError);
  expect(refusal).toHaveProperty('message', problem);
  return problem ?? '';
}

describe('files that are no dataset', () => {
  it('says what to do with an Excel workbook, whatever it is called', async () => {
    const book = zipOf([
      ['[Content_Types].xml', '<Types/>'],
      ['xl/workbook.xml', '<workbook/>'],
    ]);
    expect(await sentence('questions.xlsx', book)).toBe(
      'This is an Excel workbook. Open it and save the sheet as "CSV UTF-8".',
    );
    expect(await sentence('questions.csv', book)).toContain('Excel');
  });

  it('names an image, a model, a database, a pickle and a web page', async () => {
    const png = Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex');
    expect(await sentence('plot.png', png)).toBe(
      'This is a PNG image. Datasets are CSV, TSV, JSON, JSONL or Parquet files.',
    );
    expect(await sentence('data.csv', png)).toContain('PNG');
    expect(await sentence('db.sqlite', 'SQLite format 3\0rest')).toContain('Export the table as CSV');
    expect(await sentence('data.pkl', Buffer.from('80049500', 'hex'))).toContain('pickle');
    expect(await sentence('gsm8k.jsonl', '<!DOCTYPE html><html>')).toContain('web page');
    expect(
      await sentence('gsm8k.parquet', 'version https://git-lfs.github.com/spec/v1\noid sha256:0\n'),
    ).toContain('git lfs pull');
    const model = Buffer.concat([Buffer.from('GGUF'), Buffer.alloc(64)]);
    expect(await inspectFile(file('m.gguf', model))).toMatchObject({
      kind: 'gguf',
      problem: expect.stringContaining('Models'),
    });
  });

  it('says that an empty file is empty, also when only spaces or gzip are in it', async () => {
    expect(await sentence('a.csv', '')).toContain('empty');
    expect(await sentence('b.jsonl', ' \n\n')).toContain('empty');
    expect(await sentence('c.csv.gz', gzipSync(''))).toContain('empty');
    expect(await sentence('d.json', '[]')).toContain('no records');
    expect(await sentence('e.csv', 'question,answer\n')).toContain('no records');
  });

  it('refuses noise, prose, a missing file and a damaged gzip with a sentence each', async () => {
    const noise = Buffer.from(Array.from({ length: 4000 }, (_, at) => (at * 7919 + 13 * (at >> 3)) % 251));
    expect(await sentence('noise.csv', noise)).toContain('binary');
    expect(await sentence('readme.md', '# Title\n\nSome words here\nand there\n')).toContain(
      'no comma, tab or semicolon',
    );
    expect((await inspectFile('/nowhere/at/all.csv')).problem).toContain('does not exist');
    expect(
      await sentence('cut.jsonl.gz', gzipSync(lines({ question: 'a', answer: 'b' })).subarray(0, 20)),
    ).toContain('damaged');
  });

  it('takes a folder for a folder', async () => {
    const folder = join(dirname(file('x', 'x')), 'folder');
    mkdirSync(folder);
    expect(await inspectFile(folder)).toMatchObject({
      kind: 'folder',
      problem: expect.stringContaining('folder'),
    });
  });

  it("tells other programs' side files from their answers", async () => {
    const results = JSON.stringify({
      results: { gsm8k: {} },
      versions: {},
      'n-samples': {},
      config: {},
      date: 1.5,
    });
    expect(await sentence('results_2026.json', results)).toContain('samples_');
    const judgments = lines({ question_id: 1, model: 'm', judge: ['gpt-4'], judgment: 'x', score: 3 });
    expect(await sentence('gpt-4_single.jsonl', judgments)).toContain('model_answer');
    const pairs = lines({ question_id: 1, model_1: 'm', model_2: 'n', g1_winner: 'tie', judge: ['gpt-4'] });
    expect(await sentence('gpt-4_pair.jsonl', pairs)).toContain('model_answer');
  });
});

describe('encodings', () => {
  const text = 'question,answer\n"Où est Orléans ?",France\n"Wo liegt Köln?",Deutschland\n';

  it.each([
    ['UTF-8', Buffer.from(text)],
    ['UTF-8 BOM', Buffer.from(`\u{FEFF}${text}`)],
    ['UTF-16 LE', utf16(text)],
    ['UTF-16 BE', Buffer.from(utf16(text)).swap16()],
    ['Windows-1252', Buffer.from(text, 'latin1')],
  ])('%s comes through with its accents', async (encoding, bytes) => {
    const { found, rows, problems } = await both('q.csv', bytes);
    expect(found.encoding).toBe(encoding);
    expect(problems).toEqual([]);
    expect(rows.map(({ question }) => question.question)).toEqual(['Où est Orléans ?', 'Wo liegt Köln?']);
    expect(found.mapping?.question).toBe('question');
    expect(found.notices.some((notice) => notice.includes('Latin-1'))).toBe(encoding === 'Windows-1252');
  });

  it('reads UTF-16 without a mark', async () => {
    const { found, rows } = await both('q.csv', Buffer.from(text, 'utf16le'));
    expect([found.encoding, rows.length]).toEqual(['UTF-16 LE', 2]);
  });

  it('leaves out a Latin-1 row deep in a UTF-8 file, names it, and keeps its neighbours', async () => {
    const row = (at: number): string => `${at},Frage ${at} ${'x'.repeat(90)},Antwort\n`;
    const many = Array.from({ length: 15_000 }, (_, at) => row(at)).join('');
    const bytes = Buffer.concat([
      Buffer.from(`id,question,answer\n${many}`),
      Buffer.from('15000,Köln?,ja\n', 'latin1'),
      Buffer.from(row(15_001)),
    ]);
    const { rows, problems } = await read(file('q.csv', bytes));
    expect(rows).toHaveLength(15_001);
    expect(problems).toEqual([{ line: 15_002, problem: expect.stringContaining('not valid UTF-8') }]);
  });
});

describe('broken records', () => {
  it('reports a quote that is never closed and reads the lines it would have swallowed', async () => {
    const text = 'id,question,answer\n1,"What is this,foo\n2,"Another one?",bar\n3,Plain?,baz\n';
    const { rows, problems } = await both('q.csv', text);
    expect(rows.map(({ line, question }) => [line, question.externalId])).toEqual([
      [3, '2'],
      [4, '3'],
    ]);
    expect(problems).toEqual([{ line: 2, problem: expect.stringContaining('quote') }]);
  });

  it('counts lines inside quoted fields, with either line break', async () => {
    const text = 'question,answer\r\n"two\r\nlines",a\r\n"three\n\nlines",b\r\nshort\r\nlast,c\r\n';
    const { rows, problems } = await both('q.csv', text);
    expect(rows.map(({ line }) => line)).toEqual([2, 4, 8]);
    expect(problems.map(({ line }) => line)).toEqual([7]);
  });

  it('names rows with too many or too few columns', async () => {
    const { rows, problems } = await both('q.csv', 'question,answer\na,1\nb,1,2\nc\nd,4\ne,5,\n');
    expect(rows.map(({ question }) => question.question)).toEqual(['a', 'd', 'e']);
    expect(problems.map(({ line }) => line)).toEqual([3, 4]);
  });

  it('keeps the good lines of JSON Lines and numbers the bad ones', async () => {
    const good = (at: number): string => JSON.stringify({ question: `q${at}`, answer: 'a' });
    const text = [
      good(1),
      '{"question": "q2", ',
      '',
      good(3),
      '[1, 2]',
      '"text"',
      '{"answer": "no question"}',
      good(7),
    ].join('\n');
    const { rows, problems } = await both('q.jsonl', text);
    expect(rows.map(({ line }) => line)).toEqual([1, 4, 8]);
    expect(problems.map(({ line }) => line)).toEqual([2, 5, 6, 7]);
  });

  it('loses one record of a JSON list to a missing quote, a missing brace or a bad value, not the rest', async () => {
    const text = `[
 {"question": "one", "answer": "1"},
 {"question": "two, "answer": "2"},
 {"question": "three
", "answer": "3"},
 {"question": "four", "answer": 4e},
 {"question": "five", "answer": "5"},
 {"question": "six", "answer": "6"}
]`;
    const { rows, problems } = await both('q.json', text);
    expect(rows.map(({ question }) => question.question)).toEqual(['one', 'five', 'six']);
    expect(problems.map(({ line }) => line)).toEqual([3, 4, 6]);
  });

  it('reads JSON objects one after another, each over many lines or ended by a carriage return', async () => {
    const records = [1, 2, 3].map((at) => ({ question: `q${at}`, answer: 'a' }));
    const pretty = records.map((record) => JSON.stringify(record, null, 2)).join('\n');
    const first = await both('q.jsonl', pretty);
    expect(first.rows.map(({ line }) => line)).toEqual([1, 5, 9]);
    expect([first.problems, first.remarks]).toEqual([[], []]);
    const old = await both('q.jsonl', records.map((record) => `${JSON.stringify(record)}\r`).join(''));
    expect(old.rows.map(({ question }) => question.question)).toEqual(['q1', 'q2', 'q3']);
  });

  it('loses one record that is nested too deeply, not the file', async () => {
    const deep = `{"question":"q1","answer":${'['.repeat(50_000)}${']'.repeat(50_000)}}`;
    const { rows, problems } = await both('q.jsonl', `${deep}\n${lines({ question: 'q2', answer: 'a' })}`);
    expect(rows.map(({ question }) => question.question)).toEqual(['q2']);
    expect(problems).toEqual([{ line: 1, problem: expect.stringContaining('nested too deeply') }]);
  });

  it.each(['q.jsonl', 'q.txt'])(
    'reads %s whose first line is longer than what is looked at',
    async (name) => {
      const long = { question: 'q1', answer: 'a', context: 'x'.repeat(20_000_000) };
      const { rows, problems } = await both(name, lines(long, { question: 'q2', answer: 'b' }));
      expect([rows.map(({ question }) => question.question), problems]).toEqual([['q1', 'q2'], []]);
    },
  );

  it('loses one record to a cell without end, once, and goes on at the next line', async () => {
    const { rows, problems } = await both(
      'q.csv',
      `question,answer\nq1,a\nq2,"${'x'.repeat(40_000_000)}"\nq3,c\n`,
    );
    expect(rows.map(({ line }) => line)).toEqual([2, 4]);
    expect(problems).toEqual([{ line: 3, problem: expect.stringContaining('not closed within 16 MiB') }]);
  });

  it("takes Excel's line for the separator and quotes behind a space for what they mean", async () => {
    const excel = await both('q.csv', 'sep=;\r\nquestion;answer\r\nWas, bitte?;1\r\n');
    expect(excel.rows.map(({ line, question }) => [line, question.question])).toEqual([[3, 'Was, bitte?']]);
    const spaced = await both('q.csv', 'question, answer\n"A, b?", "1"\n"C?", "2, 3"\n');
    expect(spaced.rows.map(({ question }) => question.gold)).toEqual([['1'], ['2, 3']]);
  });

  it('says that a list of JSON was cut off, after giving its whole records', async () => {
    const { rows, problems, remarks } = await both(
      'q.json',
      '[{"question": "a", "answer": "1"}, {"question": "b", "ans',
    );
    expect(rows).toHaveLength(1);
    expect(problems[0]?.problem).toContain('the file ends in the middle of it');
    expect(remarks[0]?.problem).toContain('cut off');
  });

  it('stops with a sentence at the end of a cut-off gzip, rows before it given', async () => {
    const text = Array.from({ length: 60_000 }, (_, at) =>
      lines({ id: `${at}-${Math.sin(at)}`, question: `q${at}`, answer: `${Math.cos(at)}` }),
    ).join('');
    const packed = gzipSync(text);
    const path = file('q.jsonl.gz', packed.subarray(0, packed.length - 20_000));
    let rows = 0;
    const reading = async (): Promise<void> => {
      for await (const row of readRows(path, { mapping: null, signal: new AbortController().signal }))
        if (!('problem' in row)) rows++;
    };
    await expect(reading()).rejects.toThrow('compressed data end early');
    expect(rows).toBeGreaterThan(10_000);
  });
});

describe('what is missing or doubled', () => {
  it('keeps a row without gold and says so', async () => {
    const { found, rows, problems, remarks } = await both('q.csv', 'question,answer\na,1\nb,\n');
    expect([rows.length, problems]).toEqual([2, []]);
    expect(rows[1]?.question.gold).toEqual([]);
    expect(remarks).toEqual([{ line: 3, kept: true, problem: expect.stringContaining('No gold answer') }]);
    expect(found.notices).toContain('1 of the first 2 records has no gold answer.');
  });

  it('leaves out a row without question', async () => {
    const { rows, problems } = await both('q.csv', 'question,answer\n,1\n" ",2\nc,3\n');
    expect(rows).toHaveLength(1);
    expect(problems.map(({ line }) => line)).toEqual([2, 3]);
  });

  it('keeps rows with the same id and mentions it once', async () => {
    const { rows, remarks } = await both('q.csv', 'id,question,answer\n7,a,1\n8,b,2\n7,c,3\n7,d,4\n');
    expect(rows).toHaveLength(4);
    expect(remarks).toHaveLength(1);
    expect(remarks[0]).toMatchObject({ line: 4, problem: expect.stringContaining('2 records repeat an id') });
  });

  it('asks for the question column where none is known, and reads when told', async () => {
    const path = file('q.csv', 'kysymys,vastaus\nWo?,Hier\nWann?,Jetzt\n');
    const found = await inspectFile(path);
    expect(found.problem).toBeNull();
    expect(found.notices[0]).toContain('choose one');
    await expect(read(path)).rejects.toThrow('choose one in the column mapping');
    const mapping =
      found.mapping === null ? null : { ...found.mapping, question: 'kysymys', gold: 'vastaus' };
    expect((await read(path, { mapping })).rows).toHaveLength(2);
  });
});

describe('cancelling', () => {
  it('stops between pieces with the reason given, and closes the file', async () => {
    const text = Array.from({ length: 80_000 }, (_, at) =>
      lines({ question: `q${at}`, answer: 'a'.repeat(40) }),
    ).join('');
    const stop = new AbortController();
    let rows = 0;
    const reading = async (): Promise<void> => {
      const onBytes = (done: number): void => {
        if (done > 2_000_000) stop.abort(new Error('cancelled by hand'));
      };
      for await (const _ of readRows(file('q.jsonl', text), { mapping: null, signal: stop.signal, onBytes }))
        rows++;
    };
    await expect(reading()).rejects.toThrow('cancelled by hand');
    expect(rows).toBeGreaterThan(0);
    expect(rows).toBeLessThan(80_000);
  });
});

describe('UTF-8 that is damaged', () => {
  const rows = Array.from({ length: 40 }, (_, at) => ({ question: `Größe Nr. ${at}?`, answer: `ä${at}` }));
  const bytes = Buffer.from(lines(...rows));

  it('cut within a letter stays UTF-8: only the last record is lost', async () => {
    const cut = bytes.subarray(0, bytes.lastIndexOf(Buffer.from('ä')) + 1);
    const { found, rows: read40, problems } = await both('q.jsonl', cut);
    expect(found.encoding).toBe('UTF-8');
    expect(read40.map(({ question }) => question.question)).toEqual(
      rows.slice(0, -1).map(({ question }) => question),
    );
    expect(problems).toMatchObject([{ line: 40 }]);
  });

  it('one bad byte costs its record, not the letters of all the others', async () => {
    const bad = Buffer.from(bytes);
    bad[bad.indexOf(Buffer.from('ß'))] = 0xff;
    const { found, rows: left, problems } = await both('q.jsonl', bad);
    expect(found.encoding).toBe('UTF-8');
    expect(left).toHaveLength(39);
    expect(problems).toMatchObject([{ line: 1, problem: expect.stringContaining('UTF-8') }]);
  });

  it('a text in Latin-1 that ends with an accent stays Windows-1252', async () => {
    const latin = Buffer.from('question,answer\nOù ?,café', 'latin1');
    const {
      found,
      rows: [row],
    } = await both('q.csv', latin);
    expect(found.encoding).toBe('Windows-1252');
    expect(row?.question).toMatchObject({ question: 'Où ?', gold: ['café'] });
  });
});
