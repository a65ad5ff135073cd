import type { GenerateJob, GenerateResult, ScoreJob, ScoreResult } from './engine.ts';

/** The result of a job that could not be answered; `error` is a sentence. */
export function failedAnswer(job: GenerateJob, error: string): GenerateResult {
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

/** The same for a job that could not be scored: every label has probability 0. */
export function failedScore(job: ScoreJob, error: string): ScoreResult {
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
