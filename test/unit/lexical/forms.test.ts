import { describe, expect, test } from 'vitest';
import { pickedChoice } from '../../../src-main/domain/lexical/multiple-choice.ts';
import { answerNumber, numericMatch } from '../../../src-main/domain/lexical/numeric.ts';

// Numbers and letters in forms that models write, each with what a person reads.
describe('numbers', () => {
  test.each<[text: string, number: number | null]>([
    ['12/5/2020', 2020], // a date is no fraction of 5 and 2020
    ['1/2', 0.5],
    ['so it is 3 1/2', 3.5],
    ['3½ hours', 3.5],
    ['½', 0.5],
    ['in 2020 1/2 of them', 0.5],
    ['-3 1/2', -3.5],
    ['3 5/2', 2.5], // not a mixed number
    ['\\boxed{\\frac{1}{2}} is less than 3', 0.5],
    ['\\dfrac{3}{4}', 0.75],
    ['1_000', 1000],
    ['10\u202f000', 1000 * 10],
    ['３', 3],
    ['-¥500', -500],
    ['₹1,200', 1200],
    ['1e999', null],
    ['H2O', null],
  ])('%j is %d', (text, number) => {
    expect(answerNumber(text)).toBe(number);
  });

  test('whole numbers are not rounded, decimals are', () => {
    expect(numericMatch('1000001', ['1000000'])).toBe(false);
    expect(numericMatch('1000000.0', ['1,000,000'])).toBe(true);
    expect(numericMatch('0.3333333', ['1/3'])).toBe(true);
    expect(numericMatch('0.333', ['1/3'])).toBe(false);
  });
});

describe('choices', () => {
  const choices = ['Paris', 'London', 'New York', 'New York City'];
  test.each<[answer: string, index: number | null]>([
    ['Answer is: $\\boxed{B}$', 1],
    ['\\boxed{\\text{C}}', 2],
    ['$D$', 3],
    ['C is correct.', 2],
    ['B is the answer', 1],
    ['The final answer is B because A is in France', 1],
    ['The answer is A dog', null],
    ['A is a letter', null],
    ['A, B', null],
    ['B, which is in England', 1],
    ['B and C', null],
  ])('%j picks %j', (answer, index) => {
    expect(pickedChoice(answer, choices)).toBe(index);
  });
});
