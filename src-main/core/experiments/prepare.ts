import type { JudgeChoice } from '../../domain/experiment.ts';
import type { RunPhase } from '../../domain/run.ts';
import { Problem } from '../problem.ts';
import { generateWork } from './generate-phase.ts';
import { judgeIdentity, type JudgeParts, type PreparedJudge, withLetters } from './judge-identity.ts';
import { judgeWork } from './judge-phase.ts';
import { judgeTurnOf, judgeTurns } from './judge-turns.ts';
import type { PhaseWork } from './phase.ts';
import { phaseModel } from './phase-model.ts';
import { type Heir, heirsOf } from './shared-load.ts';
import type { RunContext } from './types.ts';
import type { Upstream } from './upstream.ts';

/** The generator's work. Throws Problem, also when the file is not the one that the run began with. */
export async function prepareGenerator(context: RunContext, phase: RunPhase): Promise<PhaseWork> {
  const choice = context.run.experiment.generator;
  if (choice === null) throw new Error('a generate phase without a generator');
  const model = await phaseModel(context, choice);
  const before = textIn(phase.provenance?.['model'], 'sha256');
  if (before !== null && before !== model.sha256) {
    throw new Problem(
      'CONFLICT',
      `${model.name} is not the file this run began with (its SHA-256 differs). Put the old file back, or start a new run.`,
    );
  }
  return generateWork(context, phase, model);
}

function textIn(value: unknown, key: string): string | null {
  if (typeof value !== 'object' || value === null) return null;
  const found = Object.entries(value).find(([name]) => name === key)?.[1];
  return typeof found === 'string' ? found : null;
}

/** A judge's work: the judge is named in the store, with the letters it needed before. Throws Problem. */
export async function prepareJudge(
  context: RunContext,
  phase: RunPhase,
  upstream: Upstream | null,
): Promise<PhaseWork> {
  const { choice } = judgeTurnOf(context.run, phase);
  const unsettledBy = await membersOf(context, choice);
  const model = await phaseModel(context, choice);
  const { prompt, sha256: promptSha256 } = await context.deps.judgePrompt(choice.prompt);
  const severalAnswers = await hasSeveralAnswers(context);
  const words: JudgeParts = { choice, prompt, promptSha256, model, letters: false, severalAnswers };
  const judge = await nameJudge(context, phase, asNeeded(phase, words));
  return judgeWork(context, phase, {
    judge,
    unsettledBy,
    upstream,
    heirs: await prepareHeirs(context, phase, words),
    async useLetters(judge) {
      const named = await nameJudge(context, phase, withLetters(judge));
      context.event(
        'warning',
        `Two labels of the prompt "${prompt.id}" begin with the same token under ${model.name}: it is offered letters instead, and is another judge by that.`,
      );
      await rememberLetters(context, phase);
      return named;
    },
  });
}

/** From this many answers a question on, evaluating the question apart is paid back. */
const SEVERAL = 1.3;

/** Of samples, or of several models in an imported file: the same on every resume of the run. */
export async function hasSeveralAnswers({ deps, run }: RunContext): Promise<boolean> {
  if (run.experiment.samples > 1) return true;
  const dataset = await deps.store.call('datasets.get', { dataset: run.datasetId });
  const questions = Math.min(dataset?.rows ?? Infinity, run.experiment.limit ?? Infinity);
  return run.total >= SEVERAL * questions;
}

async function nameJudge(context: RunContext, phase: RunPhase, parts: JudgeParts): Promise<PreparedJudge> {
  const named = await context.deps.store.call('runs.setPhaseJudge', {
    runId: context.run.id,
    token: context.token,
    seq: phase.seq,
    judge: judgeIdentity(parts),
  });
  return { ...parts, ...named };
}

/** Judges of the phases that can go on with this one's model; not named in the store before it is their turn. */
async function prepareHeirs(context: RunContext, phase: RunPhase, words: JudgeParts): Promise<Heir[]> {
  const heirs: Heir[] = [];
  for (const next of heirsOf(context.run, phase)) {
    const { choice } = judgeTurnOf(context.run, next);
    // A prompt that has gone since the launch is that phase's trouble, not this one's.
    const found = await context.deps.judgePrompt(choice.prompt).catch(() => null);
    if (found === null) break;
    const { prompt, sha256: promptSha256 } = found;
    heirs.push({ seq: next.seq, judge: asNeeded(next, { ...words, choice, prompt, promptSha256 }) });
  }
  return heirs;
}

function asNeeded(phase: RunPhase, words: JudgeParts): JudgeParts {
  return neededLetters(phase) ? withLetters(words) : words;
}

function neededLetters(phase: RunPhase): boolean {
  const prompt = phase.provenance?.['judgePrompt'];
  return typeof prompt === 'object' && prompt !== null && 'letters' in prompt && prompt.letters === true;
}

/** So that a resume begins with the judge that it ended with. */
async function rememberLetters(context: RunContext, phase: RunPhase): Promise<void> {
  const { id: runId } = context.run;
  const run = await context.deps.store.call('runs.get', { runId });
  const provenance = run?.phases.find((p) => p.seq === phase.seq)?.provenance ?? {};
  const prompt = provenance['judgePrompt'];
  const known = typeof prompt === 'object' && prompt !== null ? prompt : {};
  await context.deps.store.call('runs.patchPhase', {
    runId,
    token: context.token,
    seq: phase.seq,
    patch: { provenance: { ...provenance, judgePrompt: { ...known, letters: true } } },
  });
}

/** Judge ids that a cascade's members judged under. Throws Problem REFUSED when one of them did not finish. */
async function membersOf(context: RunContext, choice: JudgeChoice): Promise<number[]> {
  const { cascadeOf } = choice;
  if (cascadeOf === undefined) return [];
  const run = await context.deps.store.call('runs.get', { runId: context.run.id });
  const phases = run?.phases.filter((phase) => phase.role === 'judge') ?? [];
  const members = judgeTurns(context.run.experiment.judges).flatMap((turn, index) =>
    cascadeOf.includes(turn.index) ? (phases[index] ?? []) : [],
  );
  return members.map(({ state, judgeId, modelName }) => {
    if (state === 'done' && judgeId !== null) return judgeId;
    throw new Problem(
      'REFUSED',
      `This judge decides where others disagree, but ${modelName} did not finish. Resume the run once that is mended.`,
    );
  });
}
