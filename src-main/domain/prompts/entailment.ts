import type { Question } from '../dataset.ts';
import { questionText } from './choices.ts';
import type { RenderedJudgePrompt } from './judge-render.ts';
import { stripReasoning } from './untrusted.ts';
import { yesNoPrompt } from './yes-no.ts';

const SYSTEM = `You compare two answers to one question. Decide whether the first answer, taken as an answer to the question, implies what the second one says. Other words, more detail in the first, or another order make no difference; another name, number, date or place does.
Reply with yes or no and nothing else.`;

/**
 * Asks whether the first answer implies the second, for clusters of meaning: two answers mean the same when
 * each implies the other, so a pair takes two prompts. Read it with verdictFromDistribution: "correct"
 * stands for yes. Constant text first, then the question and the first answer, so that pairs with one first
 * answer share their beginning.
 */
export function entailmentPrompt(
  question: Question,
  first: string,
  second: string,
  instruct: boolean,
): RenderedJudgePrompt {
  const blocks = [
    ['question', questionText(question)],
    ['first', stripReasoning(first)],
    ['second', stripReasoning(second)],
  ] as const;
  return yesNoPrompt(SYSTEM, blocks, 'Does the first answer imply the second', instruct);
}
