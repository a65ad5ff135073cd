import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { normaliseAnswer } from '../../../src-main/domain/lexical/normalise.ts';
import { stringOf, stringsOf } from '../data.ts';

const lines = readFileSync(
  new URL('../../../resources/datasets/general-knowledge.jsonl', import.meta.url),
  'utf8',
)
  .trimEnd()
  .split('\n')
  .map((line): Record<string, unknown> => Object.fromEntries(Object.entries(JSON.parse(line))));

test('the built-in dataset has at least 60 different questions, each with usable answers and a topic', () => {
  const questions = lines.map((row) => normaliseAnswer(stringOf(row['question'])));
  expect(new Set(questions).size).toBe(lines.length);
  expect(lines.length).toBeGreaterThanOrEqual(60);
  expect(new Set(lines.map((row) => row['id'])).size).toBe(lines.length);
  for (const row of lines) {
    expect(stringsOf(row['answers']).map(normaliseAnswer)).not.toContain('');
    expect(stringsOf(row['answers'])).not.toEqual([]);
    expect(stringOf(row['topic'])).not.toBe('');
  }
});

test('no question of the built-in dataset gives its own answer away', () => {
  const telling = lines.filter((row) => {
    const question = ` ${normaliseAnswer(stringOf(row['question']))} `;
    return stringsOf(row['answers']).some((answer) => question.includes(` ${normaliseAnswer(answer)} `));
  });
  expect(telling.map((row) => row['question'])).toEqual([]);
});
