import { expect, test } from 'vitest';
import { numericMatch } from '../../../src-main/domain/lexical/numeric.ts';

// The last lines of the first eight questions' solutions in openai/grade-school-math (MIT), example_model_solutions.jsonl, with the
// is_correct that comes with them: 6b_finetuning, 6b_verification, 175b_finetuning, 175b_verification.
const ROWS: readonly (readonly [gold: string, ...(readonly [string, boolean])[]])[] = [
  ['A: 18', ['A: 26', false], ['A: 224', false], ['A: 4', false], ['A: 18', true]],
  ['A: 3', ['A: 3', true], ['3.0 bolts altogether.\nA: 3', true], ['A: 250', false], ['A: 3', true]],
  ['A: 70000', ['A: 90,000', false], ['A: 115000', false], ['A: -129025', false], ['A: 65000', false]],
  ['A: 540', ['A: 60', false], ['A: 540', true], ['A: 540', true], ['A: 540', true]],
  [
    'A: 20',
    ['266.6666666666667 cups of feed.\nA: 266', false],
    ['A: 20', true],
    ['A: 43', false],
    ['A: 800', false],
  ],
  // One was cut off before it answered: its last number is not its answer, and is not the right one either.
  ['A: 64', ['A: 77', false], ['A: 128', false], ['needs to pay 13 * 5 * 1', false], ['A: 32', false]],
  ['A: 260', ['A: 15', false], ['A: 260', true], ['A: 260', true], ['A: 260', true]],
  ['A: 160', ['A: 140', false], ['A: 60', false], ['A: 40', false], ['A: 160', true]],
];

test('the number rule calls correct what the data set calls correct', () => {
  const said = ROWS.map(([gold, ...solutions]) => solutions.map(([text]) => numericMatch(text, [gold])));
  expect(said).toEqual(ROWS.map(([, ...solutions]) => solutions.map(([, isCorrect]) => isCorrect)));
  const counts = [0, 1, 2, 3].map((model) => said.filter((row) => row[model] === true).length);
  expect(counts).toEqual([1, 4, 2, 5]);
});
