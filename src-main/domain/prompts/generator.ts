import type { Question } from '../dataset.ts';
import type { PromptChoice } from '../experiment.ts';
import { normaliseAnswer } from '../lexical/normalise.ts';
import { seededOrder } from '../statistics/random.ts';
import { choiceLetter, questionText, rightChoices } from './choices.ts';
import type { ModelPrompt } from './model-prompt.ts';

/** A generator's prompt, with the stop strings it needs (added to the user's own). */
export interface GeneratorPrompt {
  readonly prompt: ModelPrompt;
  /**
   * Empty for chat models, which end their own turn; a base model would go on and ask itself the next
   * question.
   */
  readonly stop: readonly string[];
}

const INSTRUCTIONS = {
  short: 'Answer the question as briefly as possible: only the answer, a few words, no explanation.',
  long: 'Answer the question in one complete sentence.',
  choice: 'Answer the question by writing only the letter of the right choice.',
} as const;

const CONTEXT_HINT = 'Use the context given with it.';

/**
 * What the model is told before a question: the same for all questions of a run that have a context, so
 * that prompts share their beginning.
 */
function generatorInstruction(choice: PromptChoice, multipleChoice: boolean, hasContext: boolean): string {
  const own = choice.instruction?.trim();
  if (own) return own;
  const base = multipleChoice ? INSTRUCTIONS.choice : INSTRUCTIONS[choice.style];
  return hasContext ? `${base} ${CONTEXT_HINT}` : base;
}

/**
 * Questions that can serve as examples (with a gold answer, each text once), in the order of the seed.
 * Computed once a run; the order depends on the questions' texts, not on where they stand in the file.
 */
export function exampleCandidates(pool: readonly Question[], seed: number): Question[] {
  const seen = new Set<string>();
  const usable = pool.filter((question) => {
    const key = normaliseAnswer(question.question);
    if (key === '' || exampleAnswer(question, 'short') === null || seen.has(key)) return false;
    seen.add(key);
    return true;
  });
  return seededOrder(usable, (question) => question.question, seed);
}

/**
 * The first k candidates that are not the question itself (nor the same text in another row), of the same
 * kind (multiple choice or open). Nearly all questions get the same examples, so that an engine evaluates
 * them once. Fewer than k when there are not enough.
 */
export function chooseExamples(candidates: readonly Question[], question: Question, k: number): Question[] {
  const own = normaliseAnswer(question.question);
  const chosen: Question[] = [];
  for (const candidate of candidates) {
    if (chosen.length >= k) break;
    const sameKind = (candidate.choices === null) === (question.choices === null);
    if (sameKind && normaliseAnswer(candidate.question) !== own) chosen.push(candidate);
  }
  return chosen;
}

/** How an example is answered in a style, or null when its gold answer gives nothing to write. */
function exampleAnswer(example: Question, style: PromptChoice['style']): string | null {
  if (example.choices !== null) {
    const right = rightChoices(example)[0];
    return right === undefined ? null : choiceLetter(right);
  }
  const gold = example.gold
    .find((text) => text.trim() !== '')
    ?.trim()
    .replaceAll(/\s+/g, ' ');
  if (gold === undefined) return null;
  if (style === 'short') return gold;
  // An example in the long style has to be a sentence, or a base model copies the short form.
  return /[.!?]$/.test(gold) ? `The answer is ${gold}` : `The answer is ${gold}.`;
}

function questionBlock(question: Question, useContext: boolean): string {
  const context = useContext ? question.context?.trim() : undefined;
  const asked = `Question: ${questionText(question)}`;
  return context ? `Context: ${context}\n${asked}` : asked;
}

/**
 * The prompt for one question. `examples` come from {@link chooseExamples}. `instruct` is false for base
 * models, which get plain text that ends in "Answer:" and stop strings: the end of the line for short
 * answers and letters, a blank line or the next question for long ones. Chat models get the instruction as
 * the system text and the rest as the user's turn, the question last.
 */
export function generatorPrompt(
  question: Question,
  choice: PromptChoice,
  examples: readonly Question[],
  instruct: boolean,
): GeneratorPrompt {
  const multipleChoice = question.choices !== null;
  const hasContext = choice.useContext && (question.context ?? '').trim() !== '';
  const instruction = generatorInstruction(choice, multipleChoice, hasContext);
  const shown = examples.slice(0, choice.fewShot).flatMap((example) => {
    const answer = exampleAnswer(example, choice.style);
    return answer === null ? [] : [`${questionBlock(example, choice.useContext)}\nAnswer: ${answer}`];
  });
  const asked = `${questionBlock(question, choice.useContext)}\nAnswer:`;
  if (!instruct) {
    const oneLine = choice.style === 'short' || multipleChoice;
    const head = [instruction, ...shown, ''].join('\n\n');
    return {
      prompt: { kind: 'text', text: `${head}${asked}`, shared: [head.length] },
      stop: oneLine ? ['\n'] : ['\n\n', '\nQuestion:', '\nContext:'],
    };
  }
  // Without examples or context the bare question is what chat models were trained on.
  const bare = shown.length === 0 && !(choice.useContext && question.context?.trim());
  if (bare) return { prompt: { kind: 'chat', system: instruction, user: questionText(question) }, stop: [] };
  const head = shown.map((example) => `${example}\n\n`).join('');
  const shared = head === '' ? {} : { shared: [head.length] };
  return { prompt: { kind: 'chat', system: instruction, user: `${head}${asked}`, ...shared }, stop: [] };
}
