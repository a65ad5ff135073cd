import type { JudgeChoice, ModelChoice } from '../../domain/experiment.ts';
import type { ModelFile } from '../../domain/model.ts';
import type { LoadSettings, PlanPhase } from '../../domain/plan.ts';
import { fits } from '../../domain/planning/plan-model.ts';
import { whyNotJudgeable } from '../../domain/prompts/judge-render.ts';
import type { Run, RunPhase } from '../../domain/run.ts';
import { type JudgeParts, replyTokens } from './judge-identity.ts';
import { judgeTurnOf } from './judge-turns.ts';
import { countWith, createNeedMeter, type NeedMeter } from './need.ts';
import { PAGE, pages } from './pending.ts';
import { renderJudgment, type Shown } from './render-judgment.ts';
import type { PhaseNeed, RunContext } from './types.ts';

/** A judge phase that comes right after another and asks the same model, loaded in the same way. */
export interface Heir {
  readonly seq: number;
  readonly judge: JudgeParts;
}

/**
 * Judge phases right after this one that ask for the same model with the same wishes: other label orders, other prompts, a
 * cascade. A model behind a server has nothing to hand over.
 */
export function heirsOf(run: Run, phase: RunPhase): RunPhase[] {
  const { choice } = judgeTurnOf(run, phase);
  if (choice.api !== undefined) return [];
  const wish = wishOf(choice);
  const after = run.phases.filter(({ role, seq }) => role === 'judge' && seq > phase.seq);
  const other = after.findIndex((next) => wishOf(judgeTurnOf(run, next).choice) !== wish);
  const same = other === -1 ? after : after.slice(0, other);
  return same.slice(0, same.findLastIndex(({ state }) => state !== 'done') + 1);
}

/** Equal for models that one load serves: the same file, loaded with the same wishes. */
export function wishOf({ api, ...choice }: ModelChoice): string {
  const { model, gpuLayers, context, sequences, devices, kvType = null, batch = null } = choice;
  return JSON.stringify([model, api !== undefined, gpuLayers, context, sequences, devices, kvType, batch]);
}

export interface ToShare {
  readonly seq: number;
  readonly file: ModelFile;
  readonly choice: JudgeChoice;
  /** The prompts of the phase that is to load the model. */
  readonly meter: NeedMeter;
  readonly heirs: readonly Heir[];
  readonly plan: (need: PhaseNeed) => Promise<PlanPhase>;
}

/**
 * The plan of a judge phase, large enough for those that can go on with its model where that costs it nothing: no layer on
 * the GPU, no sequence, no card more. Tells the run's resident for whom the model then stays.
 */
export async function planForHeirs(context: RunContext, asked: ToShare): Promise<PlanPhase> {
  const { file, choice, meter, heirs, plan } = asked;
  const meters = await Promise.all(heirs.map(({ judge }) => meterAnswers(context, judge)));
  if (heirs.length > 0) {
    // In one child: what it counted is known to the calls below.
    await context.deps.countPrompts(
      file,
      [meter, ...meters].flatMap((m) => m.longest()),
      context.signal,
    );
  }
  const count = countWith(context, { source: { kind: 'file', file } });
  const own = await meter.counted(replyTokens(choice), count);
  const alone = await plan(own);
  if (heirs.length === 0) return alone;
  const needs = await Promise.all(
    heirs.map(async ({ judge }, index) => meters[index]?.counted(replyTokens(judge.choice), count) ?? own),
  );
  const all = largest([own, ...needs]);
  const shared = all.newTokens === own.newTokens && holds(alone.settings, all) ? alone : await plan(all);
  if (!costsNothing(shared, alone)) return alone;
  context.resident.expect([asked.seq, ...heirs.map(({ seq }) => seq)]);
  return shared;
}

/** All answers of the run as the judge will be shown them, whichever of them it has judged by now. */
export async function meterAnswers(context: RunContext, judge: Shown): Promise<NeedMeter> {
  const meter = createNeedMeter();
  const { deps, run, signal } = context;
  // Under no judge's number nothing is judged yet.
  const every = { runId: run.id, judgeId: 0, repeat: 0, limit: PAGE };
  for await (const page of pages((after) => deps.store.call('runs.pendingJudgments', { ...every, after }))) {
    for (const item of page) {
      if (whyNotJudgeable(judge.prompt, item.row.question) === null)
        meter.add(renderJudgment(judge, item).prompt);
    }
    signal.throwIfAborted();
  }
  return meter;
}

function largest(needs: readonly PhaseNeed[]): PhaseNeed {
  const most = (of: (need: PhaseNeed) => number): number => Math.max(...needs.map(of));
  return {
    promptTokens: most((need) => need.promptTokens),
    newTokens: most((need) => need.newTokens),
    items: most((need) => need.items),
  };
}

/** What a sequence keeps free beyond prompt and reply, at the least. */
const SPARE_TOKENS = 8;

function holds({ contextPerSequence }: LoadSettings, { promptTokens, newTokens }: PhaseNeed): boolean {
  return contextPerSequence >= promptTokens + newTokens + SPARE_TOKENS;
}

function costsNothing(shared: PlanPhase, alone: PlanPhase): boolean {
  return (
    shared.settings.gpuLayers === alone.settings.gpuLayers &&
    shared.settings.backend === alone.settings.backend &&
    shared.settings.sequences >= alone.settings.sequences &&
    shared.devices.length <= alone.devices.length &&
    (fits(shared) || !fits(alone))
  );
}
