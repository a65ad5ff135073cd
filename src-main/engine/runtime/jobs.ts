/** Jobs of the protocol to tasks of a decoder, and back. */
import { createHash } from 'node:crypto';
import type { LlamaModel } from 'node-llama-cpp';
import type { EnginePrompt, GenerateJob, GenerateResult, ScoreJob, ScoreResult } from '../engine.ts';
import { createAnswerWriter } from './answer.ts';
import type { PreparedPrompt, Prompter } from './prompt.ts';
import { asToken } from './public-loop.ts';
import { piecesOf } from './task.ts';
import type { Decoder } from './task.ts';
import { createTokenText } from './token-text.ts';

export interface JobRunner {
  generate(stream: number, job: GenerateJob, reply: (result: GenerateResult) => void): void;
  score(stream: number, job: ScoreJob, reply: (result: ScoreResult) => void): void;
  countTokens(prompts: readonly EnginePrompt[]): number[];
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
function prepare(options: JobRunnerOptions, prompt: EnginePrompt): PreparedPrompt {
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
      decoder.submit({
        kind: 'generate',
        stream,
        tokens,
        pieces: piecesOf(tokens.length, prompt.cuts, batch),
        sampling: temperature === 0 ? null : { temperature, topP, seed: seedOf(job, prompt) },
        started: () => {
          startedAt = performance.now();
        },
        token: (token, logprob) => writer.push(token, logprob),
        finished: () =>
          reply({
            id: job.id,
            sampleIndex: job.sampleIndex,
            seed: job.seed,
            renderedPrompt: prompt.text,
            promptTokens: tokens.length,
            error: null,
            durationMs: performance.now() - startedAt,
            ...writer.result(),
          }),
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
        scored: (probabilities, top) =>
          reply({
            id: job.id,
            probabilities,
            labelTokens: labels,
            topToken: model.detokenize([asToken(top)], true, Array.from(prompt.tokens.subarray(-2), asToken)),
            renderedPrompt: prompt.text,
            promptTokens: prompt.tokens.length,
            error: null,
            durationMs: performance.now() - startedAt,
          }),
      });
    },
  };
}

function failedAnswer(job: GenerateJob, error: string): GenerateResult {
  return {
    id: job.id,
    sampleIndex: job.sampleIndex,
    seed: job.seed,
    answer: '',
    reasoning: null,
    renderedPrompt: '',
    promptTokens: 0,
    tokenIds: new Int32Array(0),
    logprobs: new Float32Array(0),
    tokenTexts: [],
    reasoningTokens: 0,
    eogLogprob: null,
    finishReason: 'error',
    error,
    durationMs: 0,
  };
}

function failedScore(job: ScoreJob, error: string): ScoreResult {
  return {
    id: job.id,
    probabilities: job.labels.map(() => 0),
    labelTokens: [],
    topToken: '',
    renderedPrompt: '',
    promptTokens: 0,
    error,
    durationMs: 0,
  };
}
