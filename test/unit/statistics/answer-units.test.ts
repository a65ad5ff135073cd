import { expect, test } from 'vitest';
import { answerUnits } from '../../../src-main/domain/statistics/answer-units.ts';

test.each([
  // A piece of a word is never left out alone, and the end of a sentence weighs nothing with its last word.
  [
    ['Par', 'is', ',', ' in', ' Fr', 'ance', '.'],
    ['0+1', '2', '3', '4+5', '6'],
  ],
  // Some tokenizers end a word with its white space.
  [
    ['the ', 'Sei', 'ne'],
    ['0', '1+2'],
  ],
  // A sign or a point inside a number belongs to it.
  [
    ['-', '4', '.', '5', ' km'],
    ['0+1+2+3', '4'],
  ],
  [['.', '.'], ['0+1']],
  [[], []],
])('%j is left out as %j', (texts, units) => {
  expect(answerUnits(texts).map(({ tokens }) => tokens.join('+'))).toEqual(units);
});

test('what is left keeps its order and its spaces', () => {
  const [, second] = answerUnits([' Par', 'is', ' or', ' Rome']);
  expect(second?.without).toBe(' Paris Rome');
});
