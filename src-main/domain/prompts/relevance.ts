import type { Question } from '../dataset.ts';
import { questionText } from './choices.ts';
import type { RenderedJudgePrompt } from './judge-render.ts';
import { stripReasoning } from './untrusted.ts';
import { yesNoPrompt } from './yes-no.ts';

const SYSTEM = `You are given a question, an answer to it, and the same answer with something left out. Decide whether the shortened answer still says the same, taken as an answer to the question. It does when what was left out is filler; it does not when a name, number, date, place, negation or anything else that decides the answer is gone.
Reply with yes or no and nothing else.`;

/**
 * Asks whether an answer still says the same with a part left out: 1 − P(yes) is how much that part matters. Read it with
 * verdictFromDistribution: "correct" stands for yes. The question and the whole answer come first, so that all parts of one answer
 * share their beginning.
 */
export function relevancePrompt(
  question: Question,
  answer: string,
  shortened: string,
  instruct: boolean,
): RenderedJudgePrompt {
  const blocks = [
    ['question', questionText(question)],
    ['answer', stripReasoning(answer)],
    ['shortened', shortened],
  ] as const;
  return yesNoPrompt(SYSTEM, blocks, 'Does the shortened answer still say the same', instruct);
}
