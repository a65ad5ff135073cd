import type { JudgeChoice } from '../../domain/experiment.ts';
import type { OfferedLabel, RenderedJudgePrompt } from '../../domain/prompts/judge-render.ts';
import { readGrade } from '../../domain/verdicts/grade.ts';
import { verdictFromDistribution } from '../../domain/verdicts/next-token.ts';
import { readVerdictText, type TextPolicy } from '../../domain/verdicts/text.ts';
import type { Engine, GenerateJob, GenerateResult, ScoreJob, ScoreResult } from '../../engine/engine.ts';
import type { NewJudgment } from '../../store/api.ts';
import { replyTokens } from './judge-identity.ts';

export interface JudgeJob {
  readonly id: string;
  readonly rendered: RenderedJudgePrompt;
}

/** What was read from a judge's reply to one job. */
export type Reading = Pick<
  NewJudgment,
  'verdict' | 'pCorrect' | 'labelMass' | 'raw' | 'reason' | 'note' | 'renderedPrompt' | 'durationMs'
>;

export interface JudgeReply {
  readonly id: string;
  readonly promptTokens: number;
  /** Null when there is an error. */
  readonly reading: Reading | null;
  readonly error: string | null;
  /** Two labels begin with the same token, in every prompt of this judge. */
  readonly conflict: boolean;
}

/** Asks a judge in its mode. The replies come in whatever order they end. */
export async function* askJudge(
  engine: Engine,
  choice: JudgeChoice,
  jobs: AsyncIterable<JudgeJob>,
  signal: AbortSignal,
): AsyncGenerator<JudgeReply, void, undefined> {
  const labels = new Map<string, readonly OfferedLabel[]>();
  const policy = choice.policy ?? 'strict';
  async function* noted<T>(make: (job: JudgeJob) => T): AsyncGenerator<T> {
    for await (const job of jobs) {
      labels.set(job.id, job.rendered.labels);
      yield make(job);
    }
  }
  const take = (id: string): readonly OfferedLabel[] => {
    const offered = labels.get(id) ?? [];
    labels.delete(id);
    return offered;
  };
  if (choice.mode === 'next-token') {
    for await (const result of engine.score(noted(scoreJob), signal)) {
      const offered = take(result.id);
      yield reply(result, result.conflict === true, () => readScore(offered, result, policy));
    }
    return;
  }
  const make = (job: JudgeJob): GenerateJob => generateJob(job, choice);
  for await (const result of engine.generate(noted(make), signal)) {
    const offered = take(result.id);
    yield reply(result, false, () =>
      choice.mode === 'reason' ? readReason(offered, result) : readChoice(offered, result, policy),
    );
  }
}

function reply(
  result: ScoreResult | GenerateResult,
  conflict: boolean,
  read: () => Omit<Reading, 'renderedPrompt' | 'durationMs'>,
): JudgeReply {
  const { id, promptTokens, error, renderedPrompt, durationMs } = result;
  return {
    id,
    promptTokens,
    error,
    conflict,
    reading: error === null ? { ...read(), renderedPrompt, durationMs } : null,
  };
}

function scoreJob({ id, rendered }: JudgeJob): ScoreJob {
  return { id, prompt: rendered.prompt, labels: rendered.labels.map((label) => label.text) };
}

function generateJob({ id, rendered }: JudgeJob, choice: JudgeChoice): GenerateJob {
  const asked = rendered.labels.filter((label) => !label.variant);
  return {
    id,
    prompt: rendered.prompt,
    decoding: { temperature: 0, topP: 1, maxTokens: replyTokens(choice), stop: [] },
    sampleIndex: 0,
    seed: 0,
    ...(choice.mode === 'grammar' ? { choices: asked.map((label) => label.text) } : {}),
  };
}

type Read = Omit<Reading, 'renderedPrompt' | 'durationMs'>;

function readScore(labels: readonly OfferedLabel[], result: ScoreResult, policy: TextPolicy): Read {
  if (result.reply !== undefined) {
    const read = readVerdictText(result.reply, labels, policy);
    const note = read.note ?? 'Read from the reply’s words: the server gives no log-probabilities.';
    return { verdict: read.verdict, pCorrect: null, labelMass: null, raw: result.reply, reason: null, note };
  }
  const { verdict, pCorrect, labelMass, note } = verdictFromDistribution(labels, result);
  return { verdict, pCorrect, labelMass, raw: result.topToken, reason: null, note };
}

const CUT: ReadonlySet<GenerateResult['finishReason']> = new Set(['length', 'context', 'loop']);

/** What a judge that was cut off wrote last may be a label that it only tried out: never a verdict. */
function cutNote(result: GenerateResult): string | null {
  if (!CUT.has(result.finishReason)) return null;
  const tokens = result.tokenCount ?? result.logprobs.length;
  return result.finishReason === 'loop'
    ? 'The judge repeated itself and was stopped before its verdict.'
    : `The reply was cut off after ${tokens} tokens, before it was complete: allow more (maxTokens).`;
}

function readReason(labels: readonly OfferedLabel[], result: GenerateResult): Read {
  const read = readGrade(result.answer, labels);
  const cut = cutNote(result);
  const thoughts = [result.reasoning, read.reason].filter((part) => part !== null && part !== '');
  return {
    verdict: cut === null ? read.verdict : 'unparsed',
    pCorrect: null,
    labelMass: null,
    raw: result.answer,
    reason: thoughts.length === 0 ? null : thoughts.join('\n\n'),
    note: cut ?? read.note,
  };
}

function readChoice(labels: readonly OfferedLabel[], result: GenerateResult, policy: TextPolicy): Read {
  const chosen = labels.find((label) => !label.variant && label.text.trim() === result.answer);
  const base = { pCorrect: null, labelMass: null, raw: result.answer, reason: result.reasoning };
  if (chosen !== undefined) return { ...base, verdict: chosen.verdict, note: null };
  const cut = cutNote(result);
  if (cut !== null) return { ...base, verdict: 'unparsed', note: cut };
  const read = readVerdictText(result.answer, labels, policy);
  const note = read.note ?? 'Read from the reply’s words: the server did not hold it to the labels.';
  return { ...base, verdict: read.verdict, note };
}
