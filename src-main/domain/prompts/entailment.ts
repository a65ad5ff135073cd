import type { Question } from '../dataset.ts';
import { questionText } from './choices.ts';
import type { RenderedJudgePrompt } from './judge-render.ts';
import type { ModelPrompt } from './model-prompt.ts';
import { delimitersOf, neutralise, stripReasoning } from './untrusted.ts';
import { yesNoLabels } from './yes-no.ts';

const SYSTEM = `You compare two answers to one question. Decide whether the first answer, taken as an answer to the question, implies what the second one says. Other words, more detail in the first, or another order make no difference; another name, number, date or place does.
Reply with yes or no and nothing else.`;

const TEMPLATE = '<question></question><first></first><second></second>';

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
  const delimiters = delimitersOf(TEMPLATE);
  const block = (tag: string, value: string): string =>
    `<${tag}>\n${neutralise(value.trim(), delimiters)}\n</${tag}>`;
  const user = [
    block('question', questionText(question)),
    block('first', stripReasoning(first)),
    block('second', stripReasoning(second)),
    '\nDoes the first answer imply the second (yes or no):',
  ].join('\n');
  const prompt: ModelPrompt = instruct
    ? { kind: 'chat', system: SYSTEM, user }
    : { kind: 'text', text: `${SYSTEM}\n\n${user}` };
  return { prompt, labels: yesNoLabels(instruct) };
}
