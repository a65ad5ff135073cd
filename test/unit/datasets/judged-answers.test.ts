import { expect, test } from 'vitest';
import { guessMapping } from '../../../src-main/domain/datasets/guess-mapping.ts';

test('answers of systems called a and b, each with its judge, are no choices; SocialIQA’s answerA to answerC are', () => {
  const judged = {
    question: 'Who was number 1?',
    golden_answer: 'Person 1',
    answer_a: 'Nobody',
    judge_a: false,
    answer_b: 'Person 1',
    judge_b: true,
  };
  const mapping = guessMapping(Object.keys(judged), [judged]);
  expect(mapping.choices).toBeNull();
  expect(mapping.answers.map(({ system }) => system)).toEqual(['a', 'b']);
  const social = {
    context: 'x',
    question: 'Why?',
    answerA: 'one',
    answerB: 'two',
    answerC: 'three',
    label: 'A',
  };
  expect(guessMapping(Object.keys(social), [social]).choices).toBe('answerA|answerB|answerC');
});
