import type { JudgeChoice } from '../../domain/experiment.ts';
import { whyNotJudgeable } from '../../domain/prompts/judge-render.ts';
import type { PlanPhase } from '../../domain/plan.ts';
import type { RunPhase } from '../../domain/run.ts';
import type { Engine } from '../../engine/engine.ts';
import type { NewJudgment, PendingJudgment } from '../../store/api.ts';
import { type Batcher, createBatcher } from '../batcher.ts';
import { COMMIT_MS, putFailures } from './generate-phase.ts';
import type { Hand } from './hand.ts';
import { askJudge, type JudgeJob } from './judge-ask.ts';
import { type PreparedJudge, replyTokens } from './judge-identity.ts';
import { createNeedMeter, type NeedMeter } from './need.ts';
import { PAGE, pages } from './pending.ts';
import type { PhaseWork } from './phase.ts';
import { renderJudgment } from './render-judgment.ts';
import { type Heir, planForHeirs } from './shared-load.ts';
import type { PhaseNeed, RunContext } from './types.ts';
import type { Upstream } from './upstream.ts';

const COMMIT_ITEMS = 512;

export interface JudgeTask {
  readonly judge: PreparedJudge;
  /** Judges whose disagreement sends an answer to this one; empty for every answer. */
  readonly unsettledBy: readonly number[];
  /** The generator that still writes answers while this judge works; null when all of them are there. */
  readonly upstream: Upstream | null;
  /** Phases that can go on with this one's model. */
  readonly heirs: readonly Heir[];
  /** Names the same judge with letters in place of words, and says why. */
  useLetters(judge: PreparedJudge): Promise<PreparedJudge>;
}

/** A judge's phase of a run: what is pending, its prompts, and how replies become verdicts. */
export function judgeWork(context: RunContext, phase: RunPhase, task: JudgeTask): PhaseWork {
  const { unsettledBy, upstream } = task;
  const { choice, model } = task.judge;
  let { judge } = task;
  let meter: NeedMeter | null = null;
  let waitedMs = 0;
  const measure = async (): Promise<NeedMeter> => {
    meter = await skipAndMeter(context, phase, judge, unsettledBy);
    return meter;
  };
  return {
    seq: phase.seq,
    role: 'judge',
    model,
    extraProvenance: () => judgeProvenance(judge),
    async pending() {
      if (upstream?.isOver() === false) return true;
      const items = (await measure()).items();
      if (unsettledBy.length > 0 && items > 0) {
        context.event(
          'info',
          `${items.toLocaleString('en')} answers go to ${model.name}: on these the judges before it do not agree.`,
        );
      }
      return items > 0;
    },
    ...(unsettledBy.length > 0 ? { whyNothing: ': the judges before it agree, or it was done before' } : {}),
    remaining: () => meter?.items() ?? Math.max(0, phase.total - phase.done),
    async plan(file, maxGpuLayers) {
      const plan = (asked: Sized): Promise<PlanPhase> =>
        context.deps.planner.phase({
          role: 'judge',
          model: file,
          ...asked,
          signal: context.signal,
          ...(maxGpuLayers === undefined ? {} : { maxGpuLayers }),
        });
      if (meter === null && upstream?.isOver() === false) return plan(asLaunched(phase, choice));
      return planForHeirs(context, {
        seq: phase.seq,
        file,
        choice,
        meter: meter ?? (await measure()),
        heirs: upstream === null ? task.heirs : [],
        plan: (need) => plan({ choice, need }),
      });
    },
    async work(engine, hand, signal) {
      const failed = new Set<number>();
      waitedMs = 0;
      for (;;) {
        // Asked before what is pending is read: what comes after that is read in the next turn.
        const last = upstream?.isOver() ?? true;
        while (
          (await judgeAll(context, phase, { judge, unsettledBy, failed }, engine, hand, signal)) ===
          'conflict'
        ) {
          judge = await task.useLetters(judge);
        }
        if (last || signal.aborted) return;
        const at = Date.now();
        await upstream?.more(signal);
        waitedMs += Date.now() - at;
      }
    },
    waitedMs: () => waitedMs,
    giveUp: (positions, reason) => putFailures(context, phase.seq, positions, reason),
  };
}

interface Sized {
  readonly choice: JudgeChoice;
  readonly need: PhaseNeed;
}

/** With the answers still to come, what the launch saw of the questions decides the size. */
function asLaunched({ plan }: RunPhase, choice: JudgeChoice): Sized {
  const size =
    plan === null ? {} : { context: plan.settings.contextPerSequence, sequences: plan.settings.sequences };
  return {
    choice: { ...choice, ...size },
    need: { promptTokens: 0, newTokens: replyTokens(choice), items: 1 },
  };
}

function judgeProvenance(judge: PreparedJudge): Record<string, unknown> {
  const { prompt, promptSha256, choice, letters, severalAnswers } = judge;
  return {
    judgePrompt: {
      id: prompt.id,
      version: prompt.version,
      sha256: promptSha256,
      letters,
      questionShared: severalAnswers,
    },
    labelOrder: choice.labelOrder,
    mode: choice.mode,
    policy: choice.policy ?? 'strict',
    replyTokens: replyTokens(choice),
  };
}

function pendingJudgments(
  context: RunContext,
  judge: PreparedJudge,
  unsettledBy: readonly number[],
): AsyncGenerator<readonly PendingJudgment[]> {
  const asked = {
    runId: context.run.id,
    judgeId: judge.judgeId,
    repeat: judge.repeat,
    limit: PAGE,
    unsettledBy,
  };
  return pages((after) => context.deps.store.call('runs.pendingJudgments', { ...asked, after }));
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

/** Marks what cannot be judged (no gold answer) as skipped, with the reason, and meters the rest. */
async function skipAndMeter(
  context: RunContext,
  phase: RunPhase,
  judge: PreparedJudge,
  unsettledBy: readonly number[],
): Promise<NeedMeter> {
  const meter = createNeedMeter();
  const batcher = committer(context, phase, () => undefined);
  for await (const page of pendingJudgments(context, judge, unsettledBy)) {
    for (const item of page) {
      const reason = whyNotJudgeable(judge.prompt, item.row.question);
      if (reason === null) meter.add(renderJudgment(judge, item).prompt);
      else await batcher.add(skipped(item, judge, reason));
    }
    context.signal.throwIfAborted();
  }
  await batcher.drain();
  return meter;
}

interface Judging {
  readonly judge: PreparedJudge;
  readonly unsettledBy: readonly number[];
  /** Positions that this engine could not judge: pending still, and for a resume of the run to try again. */
  readonly failed: Set<number>;
}

/** Judges what is pending. Stops with 'conflict', before anything is stored, where the labels cannot be told apart. */
async function judgeAll(
  context: RunContext,
  phase: RunPhase,
  { judge, unsettledBy, failed }: Judging,
  engine: Engine,
  hand: Hand,
  signal: AbortSignal,
): Promise<'done' | 'conflict'> {
  const inHand = new Map<string, PendingJudgment>();
  let conflict = false;
  const letGo = (): void => {
    for (const { position } of inHand.values()) hand.letGo(position);
  };
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
  async function* jobs(): AsyncGenerator<JudgeJob> {
    for await (const page of pendingJudgments(context, judge, unsettledBy)) {
      for (const item of page) {
        if (failed.has(item.position)) continue;
        // Of an answer that came while the judge works nobody has asked this yet.
        const reason = whyNotJudgeable(judge.prompt, item.row.question);
        if (reason !== null) {
          await batcher.add(skipped(item, judge, reason));
          continue;
        }
        if (!(await hand.take(item.position))) continue;
        const id = String(item.position);
        inHand.set(id, item);
        positions.set(item.answerId, item.position);
        yield { id, rendered: renderJudgment(judge, item) };
      }
    }
  }
  try {
    for await (const reply of askJudge(engine, judge.choice, jobs(), signal)) {
      const item = inHand.get(reply.id);
      if (item === undefined) continue;
      if (reply.conflict && judge.prompt.labelStyle === 'words') {
        conflict = true;
        // Under suspicion items go one at a time: the next would wait for this one, and the end of this loop for it.
        letGo();
        return 'conflict';
      }
      inHand.delete(reply.id);
      tokens.set(item.answerId, reply.promptTokens);
      if (reply.reading !== null) {
        await batcher.add({ ...emptyJudgment(item, judge), ...reply.reading });
        continue;
      }
      const reason = reply.error ?? 'The judge gave no reply.';
      failed.add(item.position);
      await putFailures(context, phase.seq, [item.position], reason);
      hand.finished(item.position, 0);
      context.event('warning', `Answer ${item.position + 1} could not be judged: ${reason}`);
    }
    return 'done';
  } finally {
    if (conflict) letGo();
    await batcher.drain();
  }
}

function skipped(item: PendingJudgment, judge: PreparedJudge, reason: string): NewJudgment {
  return { ...emptyJudgment(item, judge), verdict: 'skipped', reason };
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
