import type { JudgeChoice } from '../../domain/experiment.ts';
import type { ModelFile } from '../../domain/model.ts';
import {
  renderJudgePrompt,
  type RenderedJudgePrompt,
  whyNotJudgeable,
} from '../../domain/prompts/judge-render.ts';
import type { JudgePrompt } from '../../domain/prompts/judge-prompt.ts';
import type { RunPhase } from '../../domain/run.ts';
import { verdictFromDistribution } from '../../domain/verdicts/next-token.ts';
import type { Engine, ScoreJob, ScoreResult } from '../../engine/engine.ts';
import type { NewJudge, NewJudgment, PendingJudgment } from '../../store/api.ts';
import { type Batcher, createBatcher } from '../batcher.ts';
import { sha256Of } from '../hash.ts';
import { COMMIT_MS, putFailures } from './generate-phase.ts';
import type { Hand } from './hand.ts';
import { createNeedMeter } from './need.ts';
import { PAGE, pages } from './pending.ts';
import type { PhaseWork } from './phase.ts';
import type { PhaseNeed, RunContext } from './types.ts';

const COMMIT_ITEMS = 512;

/** A judge of a run, with all that its verdicts depend on. */
export interface PreparedJudge {
  readonly judgeId: number;
  readonly repeat: number;
  readonly choice: JudgeChoice;
  readonly prompt: JudgePrompt;
  readonly promptSha256: string;
  readonly model: ModelFile;
  readonly modelSha256: string;
}

/** The judge's identity: model, prompt, label order, mode and decoding. The name is for people. */
export function judgeIdentity(a: {
  readonly choice: JudgeChoice;
  readonly model: ModelFile;
  readonly modelSha256: string;
  readonly prompt: JudgePrompt;
  readonly promptSha256: string;
}): NewJudge {
  const { labelOrder, mode } = a.choice;
  const decoding = { temperature: 0 };
  const order = labelOrder === 'AB' ? '' : `, ${labelOrder}`;
  return {
    sha256: sha256Of({ model: a.modelSha256, prompt: a.promptSha256, labelOrder, mode, decoding }),
    kind: 'model',
    name: `${a.model.name} (${a.prompt.id}${order})`,
    modelSha256: a.modelSha256,
    promptId: a.prompt.id,
    promptSha256: a.promptSha256,
    labelOrder,
    mode,
  };
}

export function judgeWork(context: RunContext, phase: RunPhase, judge: PreparedJudge): PhaseWork {
  let need: PhaseNeed | null = null;
  const render = (item: PendingJudgment): RenderedJudgePrompt =>
    renderJudgePrompt(
      judge.prompt,
      { question: item.row.question, answer: item.answer },
      {
        mode: 'next-token',
        labelOrder: judge.choice.labelOrder,
        instruct: judge.model.facts?.hasChatTemplate ?? false,
      },
    );
  return {
    seq: phase.seq,
    role: 'judge',
    model: judge.model,
    modelSha256: judge.modelSha256,
    extraProvenance: {
      judgePrompt: { id: judge.prompt.id, version: judge.prompt.version, sha256: judge.promptSha256 },
      labelOrder: judge.choice.labelOrder,
      mode: judge.choice.mode,
    },
    async pending() {
      need = await skipAndMeasure(context, phase, judge, render);
      return need.items > 0;
    },
    remaining: () => need?.items ?? 0,
    plan: async (maxGpuLayers) =>
      context.deps.planner.phase({
        role: 'judge',
        model: judge.model,
        choice: judge.choice,
        need: need ?? (await skipAndMeasure(context, phase, judge, render)),
        signal: context.signal,
        ...(maxGpuLayers === undefined ? {} : { maxGpuLayers }),
      }),
    work: (engine, hand, signal) => scoreAll(context, phase, judge, render, engine, hand, signal),
    giveUp: (positions, reason) => putFailures(context, phase.seq, positions, reason),
  };
}

function pendingJudgments(context: RunContext, judgeId: number): AsyncGenerator<readonly PendingJudgment[]> {
  return pages((after) =>
    context.deps.store.call('runs.pendingJudgments', { runId: context.run.id, judgeId, after, limit: PAGE }),
  );
}

function committer(
  context: RunContext,
  phase: RunPhase,
  after: (n: readonly NewJudgment[]) => void,
): Batcher<NewJudgment> {
  return createBatcher<NewJudgment>({
    maxItems: COMMIT_ITEMS,
    maxMs: COMMIT_MS,
    flush: async (judgments) => {
      const { token } = context;
      await context.deps.store.call('runs.putJudgments', {
        runId: context.run.id,
        token,
        seq: phase.seq,
        judgments,
      });
      after(judgments);
    },
  });
}

/** Marks what cannot be judged (no gold answer) as skipped, with the reason, and measures the rest. */
async function skipAndMeasure(
  context: RunContext,
  phase: RunPhase,
  judge: PreparedJudge,
  render: (item: PendingJudgment) => RenderedJudgePrompt,
): Promise<PhaseNeed> {
  const meter = createNeedMeter();
  const batcher = committer(context, phase, () => undefined);
  for await (const page of pendingJudgments(context, judge.judgeId)) {
    for (const item of page) {
      const reason = whyNotJudgeable(judge.prompt, item.row.question);
      if (reason === null) meter.add(render(item).prompt);
      else await batcher.add({ ...emptyJudgment(item, judge), verdict: 'skipped', reason });
    }
    context.signal.throwIfAborted();
  }
  await batcher.drain();
  return meter.need(1);
}

async function scoreAll(
  context: RunContext,
  phase: RunPhase,
  judge: PreparedJudge,
  render: (item: PendingJudgment) => RenderedJudgePrompt,
  engine: Engine,
  hand: Hand,
  signal: AbortSignal,
): Promise<void> {
  const inHand = new Map<
    string,
    { readonly item: PendingJudgment; readonly rendered: RenderedJudgePrompt }
  >();
  const positions = new Map<number, number>();
  const tokens = new Map<number, number>();
  const batcher = committer(context, phase, (judgments) => {
    for (const { answerId } of judgments) {
      const position = positions.get(answerId);
      if (position !== undefined) hand.finished(position, tokens.get(answerId) ?? 0);
      positions.delete(answerId);
      tokens.delete(answerId);
    }
  });
  async function* jobs(): AsyncGenerator<ScoreJob> {
    for await (const page of pendingJudgments(context, judge.judgeId)) {
      for (const item of page) {
        if (!(await hand.take(item.position))) continue;
        const rendered = render(item);
        const id = String(item.position);
        inHand.set(id, { item, rendered });
        positions.set(item.answerId, item.position);
        yield { id, prompt: rendered.prompt, labels: rendered.labels.map((label) => label.text) };
      }
    }
  }
  try {
    for await (const result of engine.score(jobs(), signal)) {
      const job = inHand.get(result.id);
      if (job === undefined) continue;
      inHand.delete(result.id);
      tokens.set(job.item.answerId, result.promptTokens);
      if (result.error === null) await batcher.add(newJudgment(job.item, judge, job.rendered, result));
      else {
        await putFailures(context, phase.seq, [job.item.position], result.error);
        hand.finished(job.item.position, 0);
        context.event('warning', `Answer ${job.item.position + 1} could not be judged: ${result.error}`);
      }
    }
  } finally {
    await batcher.drain();
  }
}

function emptyJudgment(item: PendingJudgment, judge: PreparedJudge): Omit<NewJudgment, 'verdict'> {
  return {
    answerId: item.answerId,
    judgeId: judge.judgeId,
    repeat: judge.repeat,
    pCorrect: null,
    labelMass: null,
    raw: null,
    reason: null,
    note: null,
    renderedPrompt: null,
    labelOrder: judge.choice.labelOrder,
    mode: judge.choice.mode,
    durationMs: null,
    error: null,
  };
}

function newJudgment(
  item: PendingJudgment,
  judge: PreparedJudge,
  rendered: RenderedJudgePrompt,
  result: ScoreResult,
): NewJudgment {
  const reading = verdictFromDistribution(rendered.labels, result);
  return {
    ...emptyJudgment(item, judge),
    verdict: reading.verdict,
    pCorrect: reading.pCorrect,
    labelMass: reading.labelMass,
    raw: result.topToken,
    note: reading.note,
    renderedPrompt: result.renderedPrompt,
    durationMs: result.durationMs,
  };
}
