import { describe, expect, test } from 'vitest';
import type { Question } from '../../../src-main/domain/dataset.ts';
import { LEXICAL_JUDGES, lexicalVerdict } from '../../../src-main/domain/lexical/judges.ts';
import { multipleChoiceMatch, pickedChoice } from '../../../src-main/domain/lexical/multiple-choice.ts';
import { answerNumber, numbersIn, numericMatch } from '../../../src-main/domain/lexical/numeric.ts';
import { rougeL } from '../../../src-main/domain/lexical/rouge.ts';
import { hasData, records, stringOf } from '../data.ts';

const open = (...gold: string[]): Question => ({
  externalId: null,
  question: 'How many?',
  context: null,
  gold,
  choices: null,
  metadata: {},
});

// Golden values: rouge_score 0.1.2, RougeScorer(['rougeL'], use_stemmer=False).score(gold,
// answer)['rougeL'].fmeasure.
describe('ROUGE-L', () => {
  test.each([
    [
      'the quick brown fox jumps over the lazy dog',
      'the fast brown fox leaps over a lazy dog',
      0.6666666666666666,
    ],
    ['police kill the gunman', 'police killed the gunman', 0.75],
    ['the gunman kill police', 'police killed the gunman', 0.5],
    ["It's 1,000 km (approx.)", '1000 km', 0.25],
    ['Ångström café', 'angstrom cafe', 0],
    ['', 'x', 0],
    ['A B C D E F', 'f e d c b a', 0.16666666666666666],
    ['Paris is the capital of France.', 'The capital of France is Paris.', 0.6666666666666666],
  ])('%j against %j', (answer, gold, score) => {
    expect(rougeL(answer, [gold])).toBeCloseTo(score, 12);
  });

  test('the best alias counts', () => {
    expect(rougeL('police kill the gunman', ['x', 'police killed the gunman', 'y'])).toBe(0.75);
    expect(rougeL('x', [])).toBe(0);
  });
});

describe('numbers', () => {
  test.each([
    ['It costs $1,234.50 in all.', [1234.5]],
    ['from 5-3 to 2–7', [5, 3, 2, 7]], // hyphens between numbers are no minus
    ['-4 and −5 and (-6) and $-7 and -$8', [-4, -5, -6, -7, -8]],
    ['covid-19', [19]],
    ['x2 and v1.5b', []], // parts of names
    ['3/4 of 1/0', [0.75, 1]],
    ['1e3 or 2.5e-1', [1000, 0.25]],
    ['.5 and 18.', [0.5, 18]],
    ['1,2,3 and 1,000,000', [1, 2, 3, 1000000]],
    ['no digits', []],
  ])('%j holds %j', (text, numbers) => {
    expect(numbersIn(text)).toEqual(numbers);
  });

  test.each([
    ['First 3, then 4, so 7', 7],
    ['5 + 6 = 11\n#### 11', 11],
    ['#### 11\nand 3 more words', 11],
    ['#### 1\nno, wait\n#### 2', 2],
    ['12 ####', 12],
    ['\\boxed{42} out of 100', 42],
    ['none', null],
  ])('%j answers %j', (text, number) => {
    expect(answerNumber(text)).toBe(number);
  });

  test('equal numbers in other spellings match, neighbours do not, no number is null', () => {
    expect(numericMatch('It is 51', ['51.0'])).toBe(true);
    expect(numericMatch('1,000', ['999', '1000'])).toBe(true);
    expect(numericMatch('0.75', ['3/4'])).toBe(true);
    expect(numericMatch('52', ['51'])).toBe(false);
    expect(numericMatch('-51', ['51'])).toBe(false);
    expect(numericMatch('many', ['51'])).toBeNull();
    expect(numericMatch('51', ['many'])).toBeNull();
  });

  test.skipIf(!hasData('gsm8k-test.jsonl'))('every GSM8K gold answer gives the number after its ####', () => {
    const rows = records('gsm8k-test.jsonl');
    expect(rows).toHaveLength(1319);
    for (const row of rows) {
      const answer = stringOf(row['answer']);
      expect(answerNumber(answer)).toBe(Number((answer.split('####')[1] ?? '').replaceAll(',', '').trim()));
    }
  });

  test.skipIf(!hasData('svamp.json'))('every SVAMP answer matches itself as text', () => {
    for (const row of records('svamp.json')) {
      const number = Number(row['Answer']);
      expect(numericMatch(`So the answer is ${number}.`, [`${number}.0`.replace(/(\.\d+)\.0$/, '$1')])).toBe(
        true,
      );
    }
  });
});

describe('multiple choice', () => {
  const choices = ['Rome', 'Paris', 'New York', 'New York City'];
  test.each([
    ['B', 1],
    ['b', 1],
    ['(B)', 1],
    ['B. Paris', 1],
    ['B) Paris', 1],
    ['**B**', 1],
    ['B: Paris', 1],
    ['The answer is B', 1],
    ['The correct answer is (B).', 1],
    ['It might be option A. No: the answer is B.', 1], // the last one said
    ['Paris', 1],
    ['paris.', 1],
    ['The capital is Paris, of course', 1],
    ['New York City', 3],
    ['It is New York City', 3], // holds "New York" too
    ['Rome or Paris', null],
    ['A dog barks', null], // an article
    ['The answer is a city', null],
    ['E', null],
    ['', null],
  ])('%j picks %j', (answer, index) => {
    expect(pickedChoice(answer, choices)).toBe(index);
  });

  test('is right, wrong or unread against the gold text', () => {
    const question = { ...open('Paris'), choices };
    expect(multipleChoiceMatch('B', question)).toBe(true);
    expect(multipleChoiceMatch('Rome', question)).toBe(false);
    expect(multipleChoiceMatch('Hm', question)).toBeNull();
    expect(multipleChoiceMatch('B', { ...question, gold: ['Berlin'] })).toBeNull();
  });
});

describe('lexical judges', () => {
  test.each(LEXICAL_JUDGES)('%s skips a question without gold answers', (judge) => {
    expect(lexicalVerdict(judge, { ...open(' '), choices: ['a', 'b'] }, 'A').verdict).toBe('skipped');
  });

  test('what cannot be read is unparsed, never incorrect', () => {
    expect(lexicalVerdict('numeric', open('4'), 'four').verdict).toBe('unparsed');
    expect(lexicalVerdict('multiple-choice', { ...open('a'), choices: ['a', 'b'] }, 'hm').verdict).toBe(
      'unparsed',
    );
    expect(lexicalVerdict('multiple-choice', open('a'), 'A').verdict).toBe('skipped');
  });

  test('overlap keeps its score and counts from one half', () => {
    expect(lexicalVerdict('f1', open('john lennon'), 'lennon')).toMatchObject({
      verdict: 'correct',
      score: 2 / 3,
    });
    expect(lexicalVerdict('rouge-l', open('a b c d e f g'), 'g')).toMatchObject({
      verdict: 'incorrect',
      score: 0.25,
    });
  });

  test('reasoning is no part of the answer', () => {
    expect(lexicalVerdict('contains', open('Oslo'), '<think>Oslo?</think>Bergen').verdict).toBe('incorrect');
    expect(lexicalVerdict('exact-match', open('Oslo'), '<think>Bergen?</think> Oslo.').verdict).toBe(
      'correct',
    );
  });
});
