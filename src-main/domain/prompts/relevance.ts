import type { Question } from '../dataset.ts';
import { questionText } from './choices.ts';
import type { RenderedJudgePrompt } from './judge-render.ts';
import type { ModelPrompt } from './model-prompt.ts';
import { delimitersOf, neutralise, stripReasoning } from './untrusted.ts';
import { yesNoLabels } from './yes-no.ts';

const SYSTEM = `You are given a question, an answer to it, and the same answer with something left out. Decide whether the shortened answer still says the same, taken as an answer to the question. It does when what was left out is filler; it does not when a name, number, date, place, negation or anything else that decides the answer is gone.
Reply with yes or no and nothing else.`;

const TEMPLATE = '<question></question><answer></answer><shortened></shortened>';

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
  const delimiters = delimitersOf(TEMPLATE);
  const block = (tag: string, value: string): string =>
    `<${tag}>\n${neutralise(value.trim(), delimiters)}\n</${tag}>`;
  const user = [
    block('question', questionText(question)),
    block('answer', stripReasoning(answer)),
    block('shortened', shortened),
    '\nDoes the shortened answer still say the same (yes or no):',
  ].join('\n');
  const prompt: ModelPrompt = instruct
    ? { kind: 'chat', system: SYSTEM, user }
    : { kind: 'text', text: `${SYSTEM}\n\n${user}` };
  return { prompt, labels: yesNoLabels(instruct) };
}
