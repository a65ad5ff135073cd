import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it, test } from 'vitest';
import { both, file, inspected, read } from './helpers.ts';

const NO_TABLE =
  /^This is (?:a text to read, not a table|text, but neither JSON nor a table).*CSV, TSV, JSON, JSONL or Parquet/;

describe('texts to read are no datasets', () => {
  test.each([
    ['notes.md', '# Title\n\nHello, world. This is a note.\n\n- one, two\n- three, four\n'],
    ['todo.md', '- [ ] first task, soon\n- [x] second task, done\n- [ ] third task, later\n'],
    ['front.md', '---\ntitle: a, b\n---\nText, more text\nLine, and line\n'],
    ['mail.txt', 'Dear all,\nplease find attached the questions, thanks.\nBest,\nAnn\n'],
    ['two.txt', 'Hello, world.\nFoo, bar.\n'],
    ['code.js', 'const a = [1, 2];\nfunction f(a, b) {\n  return g(a, b);\n}\nexport { a, f };\n'],
    ['copyright', 'Format: text\n\tset in\n\tand more\n\tand more\n'],
    ['list.md', 'Settings, all:\n\n| option | default |\n|---|---|\n| a | 1 |\n| b | 2 |\n'],
  ])('%s is refused with what Assize reads', async (name, text) => {
    expect(await inspected(name, text)).toMatchObject({
      kind: null,
      preview: [],
      problem: expect.stringMatching(NO_TABLE),
    });
  });

  test("the project's own documents are refused, all of them", async () => {
    const documents = ['README.md', 'CONTRIBUTING.md', 'LICENSE'];
    documents.push(...readdirSync('docs').flatMap((name) => (name.endsWith('.md') ? [`docs/${name}`] : [])));
    for (const path of documents) {
      const { problem } = await inspected('dropped.csv', readFileSync(path));
      expect(`${path}: ${problem}`).toMatch(/neither JSON nor a table|a text to read/);
    }
  });

  test.each([
    ['sentences in two columns', 'question,answer\n"Who, then, wrote it?",Ann.\n', 1],
    ['no header', 'What is the capital of France?, Paris\nWho wrote Hamlet?, Shakespeare\n', 2],
    ['unknown names, ragged', 'kysymys;vastaus\nWas ist das?;Ein Ei.\nUnd das?;Ein Ei; zwei.\n', 1],
    ['unknown names, sentences', 'kysymys;vastaus\nWas ist das?;Ein Ei.\nUnd das?;Kein Ei.\n', 2],
    ['quoted sentences', 'kysymys, vastaus\n"Was, bitte, ist das?", "Ein Ei."\n"Und das?", "Kein Ei."\n', 2],
    ['empty last cells', 'kysymys;vastaus;\nWas ist das?;Ein Ei;\nUnd das?;Kein Ei;\n', 2],
    ['lists in cells', 'prompt,answer\n"- one\n- two\n# three",x\n"## a, b\n- c, d",y\n', 2],
  ])('a table stays one: %s', async (_, text, rows) => {
    const { kind, sample } = await inspected('t.csv', text);
    expect(kind).toBe('questions');
    expect(sample).toHaveLength(rows);
  });
});

describe('a table in Markdown', () => {
  const TABLE = `# Questions

Some of them, with their answers.

| Question | Answer | Topic |
|:---------|:------:|------:|
| What is 2 \\| 2? | 2 | logic |
| Two<br>lines? | yes | |
| Short row? | no |

| Option | Default |
|---|---|
| a | b |

\`\`\`
| Question | Answer | Topic |
|---|---|---|
| In code? | no | code |
\`\`\`

| Question | Answer | Topic |
|---|---|---|
| Goes on? | yes | end |
`;

  it('is read out of the text around it: bars in cells, missing cells, a second part', async () => {
    const { found, rows, problems } = await both('q.md', TABLE);
    expect(found).toMatchObject({ kind: 'questions', container: 'markdown', problem: null });
    expect(found.why).toContain('a table in Markdown');
    expect(problems).toEqual([]);
    expect(rows.map(({ line, question }) => [line, question.question, question.gold])).toEqual([
      [7, 'What is 2 | 2?', ['2']],
      [8, 'Two\nlines?', ['yes']],
      [9, 'Short row?', ['no']],
      [23, 'Goes on?', ['yes']],
    ]);
    expect(rows[2]?.question.metadata).toEqual({ Topic: null });
  });

  it('alone in its file brings no row of dashes', async () => {
    const { rows } = await read(file('t.txt', '| question | answer |\n|---|---|\n| A? | a |\n'));
    expect(rows.map(({ question }) => question.question)).toEqual(['A?']);
  });

  it('that a text begins with is read under any names', async () => {
    const { columns, sample } = await inspected('t.md', '| Frage | Antwort |\n|---|---|\n| Was? | Das. |\n');
    expect(columns.map(({ name }) => name)).toEqual(['Frage', 'Antwort']);
    expect(sample.map(({ record }) => record)).toEqual([{ Frage: 'Was?', Antwort: 'Das.' }]);
  });

  it('in the cells of a CSV stays text', async () => {
    const csv = 'question,answer\n"| question | answer |\n|---|---|\n| x | y |",z\n';
    const { found, rows } = await both('q.csv', csv);
    expect(found.container).toBe('csv');
    expect(rows[0]?.question.gold).toEqual(['z']);
  });

  it('that was cut within its last row says so, and brings no half of a question', async () => {
    const { rows, problems } = await read(
      file('t.md', '| question | answer |\n|---|---|\n| A? | a |\n| Who wro'),
    );
    expect(rows).toHaveLength(1);
    expect(problems).toEqual([{ line: 4, problem: 'The row on line 4 is cut off: it was left out.' }]);
  });

  it('written without bars at the edges, and with line ends of Windows', async () => {
    const { rows } = await read(file('t.md', 'question | answer\r\n--- | ---\r\nA? | a\r\nB? | b\r\n'));
    expect(rows.map(({ question }) => question.gold)).toEqual([['a'], ['b']]);
  });
});
