import type { Question } from '../../domain/dataset.ts';
import type { Decoding } from '../../domain/decoding.ts';
import { chooseExamples, exampleCandidates, generatorPrompt } from '../../domain/prompts/generator.ts';
import type { RunPhase } from '../../domain/run.ts';
import type { ModelPrompt } from '../../domain/prompts/model-prompt.ts';
import type { Engine, GenerateJob, GenerateResult } from '../../engine/engine.ts';
import type { AnswerKey, NewAnswer, PendingAnswer } from '../../store/api.ts';
import { createBatcher } from '../batcher.ts';
import { sha256Of } from '../hash.ts';
import { cacheOf } from './judge-identity.ts';
import { textFacts } from '../judging/text-facts.ts';
import type { Hand } from './hand.ts';
import { countWith, createNeedMeter } from './need.ts';
import { PAGE, pages } from './pending.ts';
import type { PhaseModel } from './phase-model.ts';
import type { PhaseWork } from './phase.ts';
import type { PhaseNeed, RunContext } from './types.ts';

/** Answers are committed at least this often, and shown as done only then. */
export const COMMIT_MS = 50;
const COMMIT_ITEMS = 512;
/** Enough to find k examples that are not the question itself, few enough to read at once. */
const EXAMPLE_POOL = 512;

interface Prepared {
  readonly prompt: ModelPrompt;
  readonly decoding: Decoding;
  readonly key: AnswerKey;
}

type Prepare = (item: PendingAnswer) => Prepared;

/** The generator's phase of a run: what is pending, its prompts, and how results become rows. */
export async function generateWork(
  context: RunContext,
  phase: RunPhase,
  model: PhaseModel,
): Promise<PhaseWork> {
  const choice = context.run.experiment.generator;
  if (choice === null) throw new Error('a generate phase needs a generator');
  const prepare = await prompter(context, phase, model);
  let need: PhaseNeed | null = null;
  return {
    seq: phase.seq,
    role: 'generate',
    model,
    extraProvenance: () => ({ prompt: context.run.experiment.prompt }),
    async pending() {
      need = await reuseAndMeasure(context, phase, model, prepare);
      return need.items > 0;
    },
    remaining: () => need?.items ?? 0,
    plan: async (file, maxGpuLayers) =>
      context.deps.planner.phase({
        role: 'generate',
        model: file,
        choice,
        need: need ?? (await reuseAndMeasure(context, phase, model, prepare)),
        signal: context.signal,
        ...(maxGpuLayers === undefined ? {} : { maxGpuLayers }),
      }),
    work: (engine, hand, signal) => generateAll(context, phase, prepare, engine, hand, signal),
    giveUp: (positions, reason) => putFailures(context, phase.seq, positions, reason),
  };
}

/** Notes positions that could not be done, all for one reason; a resume tries them again. */
export async function putFailures(
  context: RunContext,
  seq: number,
  positions: readonly number[],
  reason: string,
): Promise<void> {
  if (positions.length === 0) return;
  await context.deps.store.call('runs.putFailures', {
    runId: context.run.id,
    token: context.token,
    seq,
    failures: positions.map((position) => ({ position, reason })),
  });
}

/** Renders prompts and keys; few-shot examples are drawn once. */
async function prompter(context: RunContext, phase: RunPhase, model: PhaseModel): Promise<Prepare> {
  const { experiment } = context.run;
  const candidates = await exampleQuestions(context);
  const greedy = experiment.decoding.temperature === 0;
  const decodings = new Map<string, { readonly decoding: Decoding; readonly sha256: string }>();
  const decodingWith = (
    stop: readonly string[],
  ): { readonly decoding: Decoding; readonly sha256: string } => {
    const key = JSON.stringify(stop);
    const known = decodings.get(key);
    if (known !== undefined) return known;
    const decoding = { ...experiment.decoding, stop: [...new Set([...experiment.decoding.stop, ...stop])] };
    const made = { decoding, sha256: sha256Of({ ...decoding, ...cacheOf(experiment.generator) }) };
    decodings.set(key, made);
    return made;
  };
  return (item) => {
    const { question } = item.row;
    const examples = chooseExamples(candidates, question, experiment.prompt.fewShot);
    const { prompt, stop } = generatorPrompt(question, experiment.prompt, examples, model.instruct);
    const { decoding, sha256: decodingSha256 } = decodingWith(stop);
    return {
      prompt,
      decoding,
      key: {
        promptSha256: sha256Of(prompt),
        modelSha256: model.sha256,
        decodingSha256,
        // A repeat that was asked for takes the sample numbers after those of the runs before it.
        sampleIndex: item.sampleIndex + phase.repeat * experiment.samples,
        // Greedy decoding draws nothing: one seed for all, so that equal answers are shared.
        seed: greedy ? 0 : experiment.seed,
      },
    };
  };
}

async function exampleQuestions(context: RunContext): Promise<Question[]> {
  const { experiment, datasetId } = context.run;
  if (experiment.prompt.fewShot === 0) return [];
  const pool = await context.deps.store.call('datasets.sample', {
    datasetId,
    limit: EXAMPLE_POOL,
    seed: experiment.seed,
    excludeRowId: null,
  });
  return exampleCandidates(
    pool.map((row) => row.question),
    experiment.seed,
  );
}

function pendingAnswers(context: RunContext): AsyncGenerator<readonly PendingAnswer[]> {
  return pages((after) =>
    context.deps.store.call('runs.pendingAnswers', { runId: context.run.id, after, limit: PAGE }),
  );
}

/** Links answers that exist already and measures the prompts of those that do not. */
async function reuseAndMeasure(
  context: RunContext,
  phase: RunPhase,
  model: PhaseModel,
  prepare: Prepare,
): Promise<PhaseNeed> {
  const meter = createNeedMeter();
  for await (const page of pendingAnswers(context)) {
    const prepared = page.map((item) => ({ item, ...prepare(item) }));
    const keys = prepared.map(({ item, key }) => ({
      ...key,
      position: item.position,
      rowId: item.row.rowId,
    }));
    const filled = new Set(
      await context.deps.store.call('runs.reuseAnswers', {
        runId: context.run.id,
        token: context.token,
        seq: phase.seq,
        keys,
      }),
    );
    for (const { item, prompt } of prepared) {
      if (!filled.has(item.position)) meter.add(prompt);
    }
    context.signal.throwIfAborted();
  }
  return meter.counted(context.run.experiment.decoding.maxTokens, countWith(context, model));
}

async function generateAll(
  context: RunContext,
  phase: RunPhase,
  prepare: Prepare,
  engine: Engine,
  hand: Hand,
  signal: AbortSignal,
): Promise<void> {
  const inHand = new Map<string, { readonly item: PendingAnswer; readonly prepared: Prepared }>();
  const batcher = createBatcher<NewAnswer>({
    maxItems: COMMIT_ITEMS,
    maxMs: COMMIT_MS,
    flush: async (answers) => {
      await context.deps.store.call('runs.putAnswers', {
        runId: context.run.id,
        token: context.token,
        seq: phase.seq,
        answers,
      });
      for (const answer of answers) {
        hand.finished(answer.position, answer.tokenCount ?? answer.tokenIds.length);
      }
    },
  });
  async function* jobs(): AsyncGenerator<GenerateJob> {
    for await (const page of pendingAnswers(context)) {
      for (const item of page) {
        if (!(await hand.take(item.position))) continue;
        const prepared = prepare(item);
        const id = String(item.position);
        inHand.set(id, { item, prepared });
        const { key, prompt, decoding } = prepared;
        yield { id, prompt, decoding, sampleIndex: key.sampleIndex, seed: key.seed };
      }
    }
  }
  try {
    for await (const result of engine.generate(jobs(), signal)) {
      const job = inHand.get(result.id);
      if (job === undefined) continue;
      inHand.delete(result.id);
      if (result.error !== null) {
        await putFailures(context, phase.seq, [job.item.position], result.error);
        hand.finished(job.item.position, 0);
        context.event('warning', `Question ${job.item.position + 1} could not be answered: ${result.error}`);
      } else {
        await batcher.add(
          newAnswer(job.item, job.prepared, result, context.run.phases[phase.seq]?.modelName ?? ''),
        );
      }
    }
  } finally {
    await batcher.drain();
  }
}

function newAnswer(
  item: PendingAnswer,
  prepared: Prepared,
  result: GenerateResult,
  system: string,
): NewAnswer {
  return {
    ...prepared.key,
    position: item.position,
    rowId: item.row.rowId,
    system,
    text: result.answer,
    reasoning: result.reasoning,
    renderedPrompt: result.renderedPrompt,
    promptTokens: result.promptTokens,
    tokenIds: result.tokenIds,
    logprobs: result.logprobs,
    tokenTexts: result.tokenTexts,
    tokenCount: result.tokenCount,
    reasoningTokens: result.reasoningTokens,
    eogLogprob: result.eogLogprob,
    finishReason: result.finishReason,
    durationMs: result.durationMs,
    ...textFacts(result.answer, item.row.question.gold),
  };
}
