import type { Question } from '../../domain/dataset.ts';
import type { Experiment, JudgeChoice } from '../../domain/experiment.ts';
import { generatorPrompt } from '../../domain/prompts/generator.ts';
import { renderJudgePrompt } from '../../domain/prompts/judge-render.ts';
import type { ModelPrompt } from '../../domain/prompts/model-prompt.ts';
import { replyTokens } from './judge-identity.ts';
import type { RunnerDeps } from './types.ts';

export type ModelPrompts = readonly ModelPrompt[];

/** A model's prompts before a run is made: what its context is sized from. */
export interface PlannedPrompts {
  readonly prompts: ModelPrompts;
  /** Tokens that answers, which are not written yet, add to a judge's prompts. */
  readonly answerTokens: number;
  /** Tokens the model may write for each. */
  readonly newTokens: number;
}

/** Another model's tokenizer may cut an answer into more pieces than the one that wrote it. */
const OTHER_TOKENIZER = 1.5;

/** Questions of a dataset in the order in which a run with this seed takes them, at most `most`. */
export async function sampleQuestions(
  { store }: Pick<RunnerDeps, 'store'>,
  { seed, limit }: Experiment,
  datasetId: number,
  most: number,
): Promise<Question[]> {
  const wanted = Math.min(limit ?? most, most);
  const rows = await store.call('datasets.sample', { datasetId, limit: wanted, seed, excludeRowId: null });
  return rows.map((row) => row.question);
}

/**
 * The prompts of these questions as a model of the experiment gets them; a judge's without an answer, for which the longest
 * that may be written is added.
 * @param choice the judge; null for the generator.
 */
export async function promptsOf(
  deps: Pick<RunnerDeps, 'judgePrompt'>,
  experiment: Experiment,
  questions: readonly Question[],
  { choice, instruct }: { readonly choice: JudgeChoice | null; readonly instruct: boolean },
): Promise<PlannedPrompts> {
  const { maxTokens } = experiment.decoding;
  if (choice === null) {
    const examples = questions.slice(0, experiment.prompt.fewShot);
    const prompts = questions.map((q) => generatorPrompt(q, experiment.prompt, examples, instruct).prompt);
    return { prompts, answerTokens: 0, newTokens: maxTokens };
  }
  const { prompt } = await deps.judgePrompt(choice.prompt);
  const mode = choice.mode === 'reason' ? 'reason' : 'next-token';
  const options = { mode, labelOrder: choice.labelOrder, instruct } as const;
  return {
    prompts: questions.map((question) => renderJudgePrompt(prompt, { question, answer: '' }, options).prompt),
    answerTokens: Math.ceil(OTHER_TOKENIZER * maxTokens),
    newTokens: replyTokens(choice),
  };
}
