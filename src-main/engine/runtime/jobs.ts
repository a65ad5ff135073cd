/** Jobs of the protocol to tasks of a decoder, and back. */
import { failedAnswer, failedScore } from '../failed-results.ts';
import { createHash } from 'node:crypto';
import type { LlamaModel } from 'node-llama-cpp';
import type { ModelPrompt } from '../../domain/prompts/model-prompt.ts';
import type { GenerateJob, GenerateResult, ScoreJob, ScoreResult } from '../engine.ts';
import { createAnswerWriter } from './answer.ts';
import { choose } from './choose.ts';
import type { PreparedPrompt, Prompter } from './prompt.ts';
import { asToken } from './public-loop.ts';
import { piecesOf } from './task.ts';
import type { Decoder } from './task.ts';
import { createTokenText } from './token-text.ts';

/** A file that is broken, or kernels that are: nothing that follows from such numbers is an answer or a verdict. */
const NOT_NUMBERS =
  'The model gave probabilities that are no numbers (NaN): its file is damaged, or it does not run right on this backend. Try another backend, quantization or copy of the file.';

function areNumbers(probabilities: readonly number[]): boolean {
  return probabilities.every((probability) => Number.isFinite(probability));
}

/** What labelTokens gives for a text without tokens. */
const NO_TOKEN = -1;

export interface JobRunner {
  generate(stream: number, job: GenerateJob, reply: (result: GenerateResult) => void): void;
  score(stream: number, job: ScoreJob, reply: (result: ScoreResult) => void): void;
  countTokens(prompts: readonly ModelPrompt[]): number[];
}

export interface JobRunnerOptions {
  readonly model: LlamaModel;
  readonly prompter: Prompter;
  readonly decoder: Decoder;
  readonly contextPerSequence: number;
  readonly batch: number;
}

/** 32 bits of seed from all that makes an answer its own; two questions with the same seed draw independently. */
function seedOf(job: GenerateJob, prompt: PreparedPrompt): number {
  const digest = createHash('sha256').update(`${job.seed}/${job.sampleIndex}/`).update(prompt.text).digest();
  return digest.readUInt32LE(0);
}

/** Throws a sentence when the prompt cannot be evaluated. */
function prepare(options: JobRunnerOptions, prompt: ModelPrompt): PreparedPrompt {
  const prepared = options.prompter.prepare(prompt);
  const { length } = prepared.tokens;
  if (length === 0) throw new Error('The prompt is empty.');
  if (length >= options.contextPerSequence) {
    throw new Error(
      `The prompt has ${length} tokens and each sequence holds ${options.contextPerSequence}: ` +
        'load the model with a larger context or shorten the prompt.',
    );
  }
  return prepared;
}

function sentence(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

export function createJobRunner(options: JobRunnerOptions): JobRunner {
  const { model, decoder, batch } = options;
  const cache = new Map<number, string>();
  const isEog = (token: number): boolean => model.isEogToken(asToken(token));
  return {
    countTokens: (prompts) => prompts.map((prompt) => options.prompter.prepare(prompt).tokens.length),
    generate(stream, job, reply) {
      let prompt: PreparedPrompt;
      try {
        prompt = prepare(options, job.prompt);
      } catch (error) {
        reply(failedAnswer(job, sentence(error)));
        return;
      }
      if (job.choices !== undefined) {
        chooseAnswer(options, stream, job, prompt, job.choices, reply);
        return;
      }
      const { tokens } = prompt;
      const writer = createAnswerWriter({
        decoding: job.decoding,
        isEog,
        text: createTokenText(model, tokens, cache),
        startsInReasoning: prompt.startsInReasoning,
        room: options.contextPerSequence - tokens.length,
      });
      const { temperature, topP } = job.decoding;
      let startedAt = 0;
      let isNumber = true;
      decoder.submit({
        kind: 'generate',
        stream,
        tokens,
        pieces: piecesOf(tokens.length, prompt.cuts, batch),
        sampling: temperature === 0 ? null : { temperature, topP, seed: seedOf(job, prompt) },
        started: () => {
          startedAt = performance.now();
        },
        token: (token, logprob) => {
          isNumber = Number.isFinite(logprob);
          return isNumber && writer.push(token, logprob);
        },
        finished: () => {
          if (!isNumber) {
            reply(failedAnswer(job, NOT_NUMBERS));
            return;
          }
          reply({
            id: job.id,
            sampleIndex: job.sampleIndex,
            seed: job.seed,
            renderedPrompt: prompt.text,
            promptTokens: tokens.length,
            error: null,
            durationMs: performance.now() - startedAt,
            ...writer.result(),
          });
        },
      });
    },
    score(stream, job, reply) {
      let prompt: PreparedPrompt;
      let labels: number[];
      try {
        prompt = prepare(options, job.prompt);
        labels = options.prompter.labelTokens(prompt, job.labels);
      } catch (error) {
        reply(failedScore(job, sentence(error)));
        return;
      }
      if (labels.includes(NO_TOKEN)) {
        reply(
          failedScore(
            job,
            'A label of this judge is empty: every label needs a text that the model can write.',
          ),
        );
        return;
      }
      if (new Set(labels).size < labels.length) {
        const named = job.labels.map((label) => JSON.stringify(label)).join(', ');
        const why = `The labels ${named} begin with the same token under this model: choose labels that differ in their first token.`;
        reply({ ...failedScore(job, why), conflict: true });
        return;
      }
      let startedAt = 0;
      decoder.submit({
        kind: 'score',
        stream,
        tokens: prompt.tokens,
        pieces: piecesOf(prompt.tokens.length, prompt.cuts, batch),
        labels,
        started: () => {
          startedAt = performance.now();
        },
        scored: (probabilities, top) => {
          if (!areNumbers(probabilities)) {
            reply(failedScore(job, NOT_NUMBERS));
            return;
          }
          reply({
            id: job.id,
            probabilities,
            labelTokens: labels,
            topToken: model.detokenize([asToken(top)], true, Array.from(prompt.tokens.subarray(-2), asToken)),
            renderedPrompt: prompt.text,
            promptTokens: prompt.tokens.length,
            error: null,
            durationMs: performance.now() - startedAt,
          });
        },
      });
    },
  };
}

/** Writes one of the job's choices. Only the forks between them are evaluated, so no token has a probability of its own. */
function chooseAnswer(
  options: JobRunnerOptions,
  stream: number,
  job: GenerateJob,
  prompt: PreparedPrompt,
  choices: readonly string[],
  reply: (result: GenerateResult) => void,
): void {
  const { model, decoder, batch, contextPerSequence } = options;
  const paths = options.prompter.continuations(prompt, choices);
  const longest = Math.max(0, ...paths.map((path) => path.length));
  const end = model.tokens.eot ?? model.tokens.eos;
  if (end === null || paths.some((path) => path.length === 0)) {
    reply(failedAnswer(job, 'There must be texts to choose from, none of them empty.'));
    return;
  }
  if (prompt.tokens.length + longest > contextPerSequence) {
    reply(
      failedAnswer(
        job,
        'The prompt leaves no room for the longest choice: load the model with a larger context.',
      ),
    );
    return;
  }
  let startedAt: number | null = null;
  choose({
    paths,
    end,
    weigh(prefix, labels, done) {
      const tokens = Uint32Array.from([...prompt.tokens, ...prefix]);
      const cuts = prefix.length === 0 ? prompt.cuts : [...prompt.cuts, prompt.tokens.length];
      decoder.submit({
        kind: 'score',
        stream,
        tokens,
        pieces: piecesOf(tokens.length, cuts, batch),
        labels,
        started: () => {
          startedAt ??= performance.now();
        },
        scored: (probabilities) => {
          if (areNumbers(probabilities)) done(probabilities);
          else reply(failedAnswer(job, NOT_NUMBERS));
        },
      });
    },
    chosen: (index) =>
      reply({
        ...failedAnswer(job, ''),
        answer: choices[index]?.trim() ?? '',
        renderedPrompt: prompt.text,
        promptTokens: prompt.tokens.length,
        finishReason: 'eog',
        error: null,
        durationMs: startedAt === null ? 0 : performance.now() - startedAt,
        tokenCount: paths[index]?.length ?? 0,
      }),
  });
}
