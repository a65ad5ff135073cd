import { unpackLz4Block } from '../../../src-main/core/datasets/lz4-block.ts';
import { describe, expect, it } from 'vitest';
import { gzipSync } from 'node:zlib';
import { parquetWriteBuffer } from 'hyparquet-writer';
import type { Shape } from '../../../src-main/domain/datasets/shapes.ts';
import { both, inspected, lines } from './helpers.ts';

interface Expected {
  readonly kind: Shape;
  readonly question: string;
  readonly gold: readonly string[];
  readonly id?: string;
  readonly context?: string;
  readonly choices?: readonly string[];
  readonly rows?: number;
}

const messages = [
  { role: 'system', content: 'Answer shortly.' },
  { role: 'user', content: 'Capital of Spain?' },
];
const squadArticle = (answers: unknown[]): object => ({
  title: 'Normans',
  paragraphs: [
    {
      context: 'The Normans lived in Normandy.',
      qas: [
        { id: 'a1', question: 'Where did the Normans live?', answers, is_impossible: answers.length === 0 },
        { id: 'a2', question: 'Who lived there?', answers: [{ text: 'The Normans', answer_start: 0 }] },
      ],
    },
  ],
});

const cases: readonly (readonly [string, string, string, Expected])[] = [
  [
    'SQuAD 1, nested, pretty-printed',
    'train.json',
    JSON.stringify(
      { version: '1.1', data: [squadArticle([{ text: 'Normandy', answer_start: 22 }])] },
      null,
      2,
    ),
    {
      kind: 'squad',
      id: 'a1',
      question: 'Where did the Normans live?',
      context: 'The Normans lived in Normandy.',
      gold: ['Normandy'],
      rows: 2,
    },
  ],
  [
    'SQuAD 2, unanswerable, on one line',
    'dev.json',
    JSON.stringify({ version: 'v2.0', data: [squadArticle([])] }),
    {
      kind: 'squad',
      question: 'Where did the Normans live?',
      context: 'The Normans lived in Normandy.',
      gold: [],
      rows: 2,
    },
  ],
  [
    'SQuAD, flat',
    'squad.jsonl',
    lines({
      id: '5',
      title: 'T',
      context: 'C',
      question: 'Q?',
      answers: { text: ['x', 'y', 'x'], answer_start: [1, 2, 1] },
    }),
    { kind: 'squad', id: '5', question: 'Q?', context: 'C', gold: ['x', 'y'] },
  ],
  [
    "SQuAD, flat, as pandas' to_csv prints it",
    'squad.csv',
    `id,context,question,answers\n5,C,Q?,"{'text': array(['Saint Bernadette', ""l'autre""], dtype=object), 'answer_start': array([515, 3])}"\n`,
    { kind: 'questions', id: '5', question: 'Q?', context: 'C', gold: ['Saint Bernadette', "l'autre"] },
  ],
  [
    'TriviaQA, Hugging Face',
    'tqa.jsonl',
    lines({
      question: 'Who?',
      question_id: 'tc_1',
      answer: {
        value: 'Sinclair Lewis',
        aliases: ['(Harry) Sinclair Lewis', 'Lewis'],
        normalized_aliases: ['lewis'],
      },
    }),
    {
      kind: 'triviaqa',
      id: 'tc_1',
      question: 'Who?',
      gold: ['Sinclair Lewis', '(Harry) Sinclair Lewis', 'Lewis'],
    },
  ],
  [
    'TriviaQA, original',
    'qa.json',
    JSON.stringify({
      Data: [
        {
          Question: 'Who?',
          QuestionId: 'tc_2',
          Answer: { Value: 'A', Aliases: ['A', 'B'], NormalizedAliases: ['a'] },
        },
      ],
      Domain: 'Web',
      VerifiedEval: false,
    }),
    { kind: 'triviaqa', id: 'tc_2', question: 'Who?', gold: ['A', 'B'] },
  ],
  [
    'TruthfulQA, CSV',
    'TruthfulQA.csv',
    'Type,Category,Question,Best Answer,Correct Answers,Incorrect Answers,Source\nAdversarial,Misc,Seeds?,They pass,They pass; Nothing happens,They grow; You die,http://x\n',
    { kind: 'truthfulqa', question: 'Seeds?', gold: ['They pass', 'Nothing happens'] },
  ],
  [
    'TruthfulQA, multiple choice',
    'mc.jsonl',
    lines({
      question: 'Seeds?',
      mc1_targets: { choices: ['They pass', 'They grow'], labels: [1, 0] },
      mc2_targets: { choices: ['a'], labels: [1] },
    }),
    { kind: 'truthfulqa', question: 'Seeds?', gold: ['They pass'], choices: ['They pass', 'They grow'] },
  ],
  [
    'BioASQ, a list and a summary',
    'bioasq.json',
    JSON.stringify({
      questions: [
        {
          body: 'Which genes?',
          type: 'list',
          id: 'x1',
          exact_answer: [['ENPP1', 'PC-1'], ['ABCC6']],
          ideal_answer: ['ENPP1 and ABCC6 do.'],
        },
        { body: 'What is it?', type: 'summary', id: 'x2', ideal_answer: ['It is this.'] },
      ],
    }),
    { kind: 'bioasq', id: 'x1', question: 'Which genes?', gold: ['ENPP1', 'PC-1', 'ABCC6'], rows: 2 },
  ],
  [
    'SimpleQA',
    'simple_qa_test_set.csv',
    `metadata,problem,answer\n"{'topic': 'Art', 'urls': ['https://x']}","Who, in 2010, won?",Michio Sugeno\n`,
    { kind: 'simpleqa', question: 'Who, in 2010, won?', gold: ['Michio Sugeno'] },
  ],
  [
    'openai/evals with messages',
    'samples.jsonl',
    lines({ input: messages, ideal: ['Madrid', 'madrid'] }),
    { kind: 'openai-evals', question: 'Capital of Spain?', gold: ['Madrid', 'madrid'] },
  ],
  [
    'MT-bench, the reference of the first turn only',
    'question.jsonl',
    lines({ question_id: 101, category: 'math', turns: ['First?', 'Second?'], reference: ['one', 'two'] }),
    { kind: 'mt-bench', id: '101', question: 'First?', gold: ['one'] },
  ],
  [
    'MMLU, Hugging Face: an index from 0',
    'mmlu.jsonl',
    lines(
      { question: 'Q?', subject: 's', choices: ['w', 'x', 'y', 'z'], answer: 0 },
      { question: 'R?', subject: 's', choices: ['1', '2', '3', '4'], answer: 3 },
    ),
    { kind: 'multiple-choice', question: 'Q?', gold: ['w'], choices: ['w', 'x', 'y', 'z'], rows: 2 },
  ],
  [
    'ARC: labels that are digits',
    'arc.jsonl',
    lines({
      id: 'NYSEDREGENTS_1',
      question: 'Q?',
      choices: { text: ['a', 'b', 'c'], label: ['1', '2', '3'] },
      answerKey: '3',
    }),
    { kind: 'multiple-choice', id: 'NYSEDREGENTS_1', question: 'Q?', gold: ['c'], choices: ['a', 'b', 'c'] },
  ],
  [
    'OpenBookQA',
    'obqa.jsonl',
    lines({
      id: '7',
      question_stem: 'The sun causes',
      choices: { text: ['light', 'rain'], label: ['A', 'B'] },
      answerKey: 'A',
    }),
    { kind: 'multiple-choice', question: 'The sun causes', gold: ['light'], choices: ['light', 'rain'] },
  ],
  [
    'HellaSwag: a label as text',
    'hellaswag.jsonl',
    lines({ ind: 4, ctx: 'A man sits', endings: ['and stands', 'and sings', 'on it', 'down'], label: '3' }),
    {
      kind: 'multiple-choice',
      question: 'A man sits',
      gold: ['down'],
      choices: ['and stands', 'and sings', 'on it', 'down'],
    },
  ],
  [
    'columns A to D with a letter',
    'exam.csv',
    'question,A,B,C,D,answer\nQ?,red,blue,green,,B\n',
    { kind: 'multiple-choice', question: 'Q?', gold: ['blue'], choices: ['red', 'blue', 'green'] },
  ],
  [
    'WinoGrande: options counted from 1',
    'wg.jsonl',
    lines({
      sentence: 'Sarah was better than Maria so _ got easy cases.',
      option1: 'Sarah',
      option2: 'Maria',
      answer: '2',
    }),
    {
      kind: 'multiple-choice',
      question: 'Sarah was better than Maria so _ got easy cases.',
      gold: ['Maria'],
      choices: ['Sarah', 'Maria'],
    },
  ],
  [
    'Social IQa: answers A to C, labels from 1',
    'siqa.jsonl',
    lines({
      context: 'Cameron had a party.',
      question: 'Why?',
      answerA: 'x',
      answerB: 'y',
      answerC: 'z',
      label: '1',
    }),
    {
      kind: 'multiple-choice',
      question: 'Why?',
      context: 'Cameron had a party.',
      gold: ['x'],
      choices: ['x', 'y', 'z'],
    },
  ],
  [
    'AQuA: letters written into the choices',
    'aqua.jsonl',
    lines({ question: 'Speed?', options: ['A)21', 'B)21.5', 'C)22'], rationale: 'so', correct: 'B' }),
    { kind: 'multiple-choice', question: 'Speed?', gold: ['21.5'], choices: ['21', '21.5', '22'] },
  ],
  [
    'MedQA: an object of options',
    'medqa.jsonl',
    lines({
      question: 'Which drug?',
      answer: 'Nitrofurantoin',
      options: { A: 'Ampicillin', B: 'Nitrofurantoin' },
      answer_idx: 'B',
    }),
    {
      kind: 'multiple-choice',
      question: 'Which drug?',
      gold: ['Nitrofurantoin'],
      choices: ['Ampicillin', 'Nitrofurantoin'],
    },
  ],
  [
    'GPQA: the correct and the incorrect in columns',
    'gpqa.csv',
    'Question,Correct Answer,Incorrect Answer 1,Incorrect Answer 2\nQ?,c,i,j\n',
    { kind: 'multiple-choice', question: 'Q?', gold: ['c'], choices: ['c', 'i', 'j'] },
  ],
  [
    'BoolQ',
    'boolq.jsonl',
    lines({ question: 'is it so', passage: 'It is so.', answer: true }),
    { kind: 'questions', question: 'is it so', context: 'It is so.', gold: ['yes', 'true'] },
  ],
  [
    'langfuse',
    'items.json',
    JSON.stringify([{ id: 'i1', input: { question: 'Q?' }, expectedOutput: 'A' }]),
    { kind: 'questions', id: 'i1', question: 'Q?', gold: ['A'] },
  ],
  [
    "pandas' columns",
    'frame.json',
    '{"question":{"0":"Q?","1":"R?"},"answer":{"0":"a","1":"b"}}',
    { kind: 'questions', question: 'Q?', gold: ['a'], rows: 2 },
  ],
  [
    'a list a column',
    'lists.json',
    '{"question":["Q?","R?","S?"],"answer":["a","b","c"]}',
    { kind: 'questions', question: 'Q?', gold: ['a'], rows: 3 },
  ],
  [
    'questions by id',
    'byid.json',
    JSON.stringify({ q1: { question: 'Q?', answer: 'a' }, q2: { question: 'R?', answer: 'b' } }),
    { kind: 'questions', id: 'q1', question: 'Q?', gold: ['a'], rows: 2 },
  ],
  [
    "rows of Hugging Face's viewer",
    'rows.json',
    JSON.stringify({
      features: [{ name: 'question' }],
      rows: [{ row_idx: 0, row: { question: 'Q?', answer: 'a' }, truncated_cells: [] }],
    }),
    { kind: 'questions', id: '0', question: 'Q?', gold: ['a'] },
  ],
  [
    'semicolons, a byte order mark and a list in a cell',
    'liste.csv',
    '\u{FEFF}id;question;answers\r\n1;"Q; really?";"[""a"", ""b""]"\r\n2;R?;"[\'c\']"\r\n',
    { kind: 'questions', id: '1', question: 'Q; really?', gold: ['a', 'b'], rows: 2 },
  ],
  ['one column', 'list.csv', 'question\nQ?\nR?\n', { kind: 'questions', question: 'Q?', gold: [], rows: 2 }],
  [
    'floats of CSV',
    'svamp.csv',
    'ID,Body,Question,Equation,Answer\nc1,Ann has 3.,How many?,( 3.0 ),51.0\n',
    { kind: 'svamp', id: 'c1', question: 'How many?', context: 'Ann has 3.', gold: ['51'] },
  ],
];

describe('shapes of question files', () => {
  it.each(cases)('%s', async (_, name, text, expected) => {
    const { found, rows, problems } = await both(name, text);
    expect([found.kind, found.problem, problems]).toEqual([expected.kind, null, []]);
    expect(rows).toHaveLength(expected.rows ?? 1);
    const first = rows[0]?.question;
    expect({ question: first?.question, gold: first?.gold }).toEqual({
      question: expected.question,
      gold: expected.gold,
    });
    expect(first?.externalId ?? undefined).toBe(expected.id ?? first?.externalId ?? undefined);
    expect(first?.context ?? undefined).toBe(expected.context);
    expect(first?.choices ?? undefined).toEqual(expected.choices);
    // What the import page shows is what an import brings.
    expect(found.preview.filter((row) => !('problem' in row))).toEqual(rows.slice(0, 10));
  });

  it('numbers the columns of a table without header, to be mapped by hand', async () => {
    // MMLU as its authors publish it.
    const text =
      '"Find the degree of the extension, over Q, of the field that is asked about here?",0,4,2,6,B\n' +
      'Is it so that every group is?,yes,no,maybe,never,C\n';
    const found = await inspected('abstract_algebra_test.csv', text);
    expect(found.columns.map((column) => column.name)).toEqual(
      [1, 2, 3, 4, 5, 6].map((at) => `column ${at}`),
    );
    expect(found.notices[0]).toContain('reads like data');
  });

  it('reads the second row of MMLU by index although the choices are digits', async () => {
    const [, name, text] = cases.find(([title]) => title.startsWith('MMLU, Hugging')) ?? ['', '', ''];
    const { rows } = await both(name, text);
    expect(rows[1]?.question.gold).toEqual(['4']);
  });

  it('takes the ideal answer of a BioASQ summary', async () => {
    const [, name, text] = cases.find(([title]) => title.startsWith('BioASQ')) ?? ['', '', ''];
    const { rows } = await both(name, text);
    expect(rows[1]?.question.gold).toEqual(['It is this.']);
  });

  it('remarks a letter that names no choice and keeps the row', async () => {
    const { rows, remarks } = await both('q.csv', 'question,A,B,answer\nQ?,x,y,E\n');
    expect(rows[0]?.question).toMatchObject({ gold: ['E'], choices: ['x', 'y'] });
    expect(remarks[0]?.problem).toContain('none of the choices');
  });

  it('keeps unmapped columns as they were', async () => {
    const { rows } = await both(
      'q.jsonl',
      lines({ question: 'Q?', answer: 'a', level: 3, tags: ['x'], __proto__x: null }),
    );
    expect(rows[0]?.question.metadata).toEqual({ level: 3, tags: ['x'], __proto__x: null });
    expect(rows[0]?.record).toEqual({ question: 'Q?', answer: 'a', level: 3, tags: ['x'], __proto__x: null });
  });

  it('keeps integers beyond 2^53 as written, so that ids stay different', async () => {
    const { rows } = await both(
      'q.jsonl',
      '{"id": 9007199254740993, "question": "a"}\n{"id": 9007199254740992, "question": "b"}\n',
    );
    expect(rows.map(({ question }) => question.externalId)).toEqual(['9007199254740993', '9007199254740992']);
  });
});

describe('Parquet', () => {
  const table = (rows: number): Buffer =>
    Buffer.from(
      parquetWriteBuffer({
        columnData: [
          { name: 'id', data: Array.from({ length: rows }, (_, at) => BigInt(at)), type: 'INT64' },
          {
            name: 'question',
            data: Array.from({ length: rows }, (_, at) => `Question ${at}?`),
            type: 'STRING',
          },
          {
            name: 'answer',
            data: Array.from({ length: rows }, (_, at) => (at % 10 === 9 ? null : `gold ${at}`)),
            type: 'STRING',
            nullable: true,
          },
        ],
        rowGroupSize: 1000,
      }),
    );

  it('reads every row of every row group in order, with nulls as missing', async () => {
    const { found, rows, remarks, problems } = await both('train-00000-of-00001.parquet', table(2500));
    expect([found.container, found.kind, problems]).toEqual(['parquet', 'questions', []]);
    expect(rows.map(({ question }) => question.externalId)).toEqual(
      Array.from({ length: 2500 }, (_, at) => `${at}`),
    );
    expect(rows[2499]).toMatchObject({ line: 2500, question: { question: 'Question 2499?', gold: [] } });
    expect(remarks.filter(({ problem }) => problem.includes('No gold'))).toHaveLength(250);
  });

  it('reports a damaged row group by its records and reads the others', async () => {
    const bytes = table(2500);
    bytes.fill(0xee, 20, 4000);
    const { rows, problems } = await both('damaged.parquet', bytes);
    expect(rows.length).toBe(1500);
    expect(problems).toEqual([{ line: 1, problem: expect.stringContaining('Records 1 to 1000') }]);
  });

  it('unpacks LZ4 blocks: overlapping matches, long lengths, an end without literals; refuses damaged ones', () => {
    const block = (...bytes: (number | string)[]): Buffer =>
      Buffer.concat(
        bytes.map((part) => (typeof part === 'string' ? Buffer.from(part) : Buffer.from([part]))),
      );
    const text = (packed: Buffer, length: number): string =>
      Buffer.from(unpackLz4Block(packed, length)).toString();
    expect(text(block(0x30, 'abc'), 3)).toBe('abc');
    // Three literals, then eight bytes from three before: an overlap. The last sequence has no literals.
    expect(text(block(0x34, 'abc', 3, 0, 0), 11)).toBe('abcabcabcab');
    expect(text(block(0xf0, 5, 'x'.repeat(20)), 20)).toBe('x'.repeat(20));
    expect(text(block(0), 0)).toBe('');
    for (const broken of [block(0x30, 'ab'), block(0x34, 'abc', 4, 0, 0), block(0x34, 'abc', 0, 0, 0)])
      expect(() => unpackLz4Block(broken, 11)).toThrow(RangeError);
  });

  it('says that a cut-off file is damaged, and that Parquet is not to be gzipped', async () => {
    const cut = await both('cut.parquet', table(100).subarray(0, 900)).catch((error: unknown) => error);
    expect(cut).toHaveProperty('message', expect.stringContaining('damaged'));
    const packed = await both('p.parquet.gz', gzipSync(table(10))).catch((error: unknown) => error);
    expect(packed).toHaveProperty('message', expect.stringContaining('unpack it once'));
  });
});
