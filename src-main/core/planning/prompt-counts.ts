import type { PromptCounts } from '../../contract/planning.ts';
import type { DatasetInfo } from '../../domain/dataset.ts';
import type { Experiment, JudgeChoice } from '../../domain/experiment.ts';
import type { ModelFile } from '../../domain/model.ts';
import { countTokens, type TokenCounts } from '../../domain/planning/context.ts';
import { findDataset } from '../datasets/find-dataset.ts';
import { replyTokens } from '../experiments/judge-identity.ts';
import { estimatedTokens, promptText } from '../experiments/need.ts';
import { type ModelPrompts, promptsOf, sampleQuestions } from '../experiments/planned-prompts.ts';
import type { RunnerDeps } from '../experiments/types.ts';
import type { LongestQuestions } from './longest-questions.ts';

/** Counted one by one; of larger datasets this many, in the order of the run, and the longest. */
const COUNTED = 4096;
/** English runs near four characters a token: what the middle of an estimate is taken from. */
const USUAL_CHARS_PER_TOKEN = 4;

/** A model of an experiment that is planned, and the file to count with; without a file there is an estimate. */
export interface CountedModel {
  readonly name: string;
  readonly choice: JudgeChoice | null;
  readonly file: ModelFile | null;
  readonly instruct: boolean;
}

export interface CountingDeps extends Pick<RunnerDeps, 'store' | 'judgePrompt' | 'countPrompts'> {
  readonly longestQuestions: (datasetId: number, signal: AbortSignal) => Promise<LongestQuestions>;
}

/** Answers kept: a person moves sliders over a handful of models and datasets. */
const REMEMBERED = 64;
const remembered = new WeakMap<CountingDeps['countPrompts'], Map<string, Promise<PromptCounts>>>();

/**
 * What the dataset's real prompts ask of each model: p50 and p99 of up to 4,096 of them, and the longest of all, in its own
 * tokens. Remembered by all that decides it, so that planning again costs nothing. Throws Problem NOT_FOUND for an unknown
 * dataset or prompt.
 */
export async function promptCounts(
  deps: CountingDeps,
  experiment: Experiment,
  models: readonly CountedModel[],
  signal: AbortSignal,
): Promise<PromptCounts[]> {
  const dataset = await findDataset(deps.store, experiment.dataset);
  const known = remembered.get(deps.countPrompts) ?? new Map<string, Promise<PromptCounts>>();
  remembered.set(deps.countPrompts, known);
  const counts: PromptCounts[] = [];
  for (const model of models) {
    const key = await keyOf(deps, experiment, dataset, model);
    const counting = known.get(key) ?? countsFor(deps, experiment, dataset, model, signal);
    // Used last, kept longest.
    known.delete(key);
    known.set(key, counting);
    // One who left, or a tokenizer that failed, is no answer for the next.
    counting.then(
      ({ how }) => how === 'estimate' && model.file !== null && known.delete(key),
      () => known.delete(key),
    );
    const [oldest] = known.keys();
    if (known.size > REMEMBERED && oldest !== undefined) known.delete(oldest);
    counts.push(
      await counting.catch((error: unknown) => {
        signal.throwIfAborted();
        // Another asked the same and has left: it was given up for them, not for us.
        if (error instanceof Error && error.name === 'AbortError')
          return countsFor(deps, experiment, dataset, model, signal);
        throw error;
      }),
    );
  }
  return counts;
}

/** Datasets do not change; prompts of judges may be edited, files replaced. */
async function keyOf(
  { judgePrompt }: CountingDeps,
  { prompt, decoding, seed, limit, samples }: Experiment,
  { id }: DatasetInfo,
  { name, choice, file, instruct }: CountedModel,
): Promise<string> {
  const asked = choice === null ? null : (await judgePrompt(choice.prompt)).sha256;
  const judge =
    choice === null ? null : [choice.mode, choice.labelOrder, choice.swap, replyTokens(choice), asked];
  const model = [name, instruct, file?.path, file?.fileBytes, file?.modifiedAt];
  return JSON.stringify([id, prompt, decoding.maxTokens, seed, limit, samples, judge, model]);
}

async function countsFor(
  deps: CountingDeps,
  experiment: Experiment,
  dataset: DatasetInfo,
  { name, choice, file, instruct }: CountedModel,
  signal: AbortSignal,
): Promise<PromptCounts> {
  const questions = await sampleQuestions(deps, experiment, dataset.id, COUNTED);
  const of = Math.min(experiment.limit ?? dataset.rows, dataset.rows);
  const longest = questions.length < of ? await deps.longestQuestions(dataset.id, signal) : null;
  const all = [...questions, ...(longest?.questions ?? [])];
  const { prompts, answerTokens, newTokens } = await promptsOf(deps, experiment, all, { choice, instruct });
  const lengths = file === null ? null : await deps.countPrompts(file, prompts, signal);
  const counted = countsOf(prompts, lengths, questions.length);
  const turns = choice?.swap === true ? 2 : 1;
  return {
    role: choice === null ? 'generate' : 'judge',
    model: name,
    counts: scaled(longer(counted, answerTokens), of * experiment.samples * turns),
    newTokens,
    how: lengths === null ? 'estimate' : 'tokenizer',
    counted: questions.length,
    of,
    longestOf: longest === null ? of : Math.min(of, Math.max(longest.seen, questions.length)),
  };
}

/** Of the first `sampled` prompts, and the longest of all of them: behind the sample come the dataset's longest. */
function countsOf(prompts: ModelPrompts, lengths: readonly number[] | null, sampled: number): TokenCounts {
  if (lengths === null) {
    const usual = estimate(prompts.slice(0, sampled));
    return { ...usual, max: estimate(prompts).max };
  }
  return { ...countTokens(lengths.slice(0, sampled)), max: Math.max(0, ...lengths) };
}

/** Counts of prompts to which answers of at most `by` tokens come; half of that is the usual answer. */
function longer(counts: TokenCounts, by: number): TokenCounts {
  const usual = Math.ceil(by / 2);
  return {
    ...counts,
    p50: counts.p50 + usual,
    p99: counts.p99 + by,
    max: counts.max + by,
    total: counts.total + usual * counts.count,
  };
}

/** The same distribution over as many prompts as the run has. */
function scaled(counts: TokenCounts, count: number): TokenCounts {
  const total = counts.count === 0 ? 0 : Math.round((counts.total / counts.count) * count);
  return { ...counts, count, total };
}

function estimate(prompts: ModelPrompts): TokenCounts {
  const chars = prompts.map((prompt) => promptText(prompt).length);
  const usual = countTokens(chars.map((n) => Math.ceil(n / USUAL_CHARS_PER_TOKEN)));
  return { ...usual, max: estimatedTokens(Math.max(0, ...chars)) };
}
