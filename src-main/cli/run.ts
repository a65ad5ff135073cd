import { existsSync, statSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { basename, parse } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { type Command, Option } from 'commander';
import type { ExperimentInput } from '../contract/experiment.ts';
import type { LaunchInput } from '../contract/runs.ts';
import type { Experiment } from '../domain/experiment.ts';
import type { Run } from '../domain/run.ts';
import { collect, nonNegativeInt, nonNegativeNumber, positiveInt, share } from './arguments.ts';
import { EXIT, ExitWith } from './exit-codes.ts';
import { importFile } from './import.ts';
import { formatSeconds, note, print, printJson } from './output.ts';
import {
  addModelOptions,
  checkedExperiment,
  judgeInputs,
  type ModelFlags,
  modelInput,
  panelInput,
} from './model-flags.ts';
import { followRun } from './run-progress.ts';
import { runSummaryText } from './run-summary.ts';
import { type CliContext, type Session, withSession } from './session.ts';

const KV_TYPES = ['f16', 'q8_0', 'q4_0'] as const;
type KvType = (typeof KV_TYPES)[number];

interface Options extends ModelFlags {
  readonly dataset?: string;
  readonly generator?: string;
  readonly style?: 'short' | 'long';
  readonly fewShot?: number;
  readonly limit?: number;
  readonly seed?: number;
  readonly samples?: number;
  readonly temperature?: number;
  readonly maxTokens?: number;
  readonly gpuLayers?: number;
  readonly ctx?: number;
  readonly sequences?: number;
  readonly device?: string[];
  readonly kv?: KvType;
  readonly name?: string;
  readonly resume?: number;
  readonly continue?: boolean;
  readonly again?: boolean;
  readonly loadAnyway?: boolean;
  readonly together?: boolean;
  readonly minAccuracy?: number;
}

export function runCommand(program: Command, context: CliContext): void {
  const command = program
    .command('run')
    .argument('[experiment]', 'an experiment.yaml; or name its parts with the options below')
    .description('generate answers, unload the generator, judge the answers')
    .option('--dataset <dataset>', 'name or id of a dataset, or a file, which is imported first')
    .option('--generator <model>', 'the model that answers')
    .option('--judge <model>', 'a model that judges; may be given several times', collect)
    .option('--style <style>', 'short or long answers', 'short')
    .option('--few-shot <n>', 'examples before each question', nonNegativeInt)
    .option('-n, --limit <n>', 'how many questions', positiveInt)
    .option('--seed <n>', 'order of the questions (0 keeps the file’s) and seed of sampling', nonNegativeInt)
    .option('--samples <n>', 'answers per question', positiveInt)
    .option('--temperature <t>', '0 is greedy decoding', nonNegativeNumber)
    .option('--max-tokens <n>', 'longest answer', positiveInt)
    .option('--gpu-layers <n>', 'layers on the GPU; as many as fit when left out', nonNegativeInt)
    .option('--ctx <tokens>', 'context of one sequence; from the dataset when left out', positiveInt)
    .option('--sequences <n>', 'sequences in parallel', positiveInt)
    .option('--device <gpu>', 'id or name of a GPU; may be given several times', collect)
    .addOption(
      new Option(
        '--kv <type>',
        'type of the KV cache; smaller ones are experimental and may change answers',
      ).choices(KV_TYPES),
    )
    .option('--name <name>', 'name of the run')
    .option('--resume <run>', 'go on with a run that was cancelled or interrupted', positiveInt)
    .option('--continue', 'go on with the newest run of the same experiment, where there is one')
    .option('--again', 'answer once more what was answered before')
    .option('--together', 'load generator and judges at once, and judge answers as they come')
    .option('--load-anyway', 'start although the plan says no')
    .option('--min-accuracy <share>', 'exit with 100 when a judge finds less', share);
  addModelOptions(command).action(async (file: string | undefined, options: Options, command: Command) => {
    refuseUnused(command, file, options);
    await withSession(context, command, async (session) =>
      finishRun(session, await beginRun(session, file, options), options.minAccuracy),
    );
  });
}

const WITH_FILE = new Set(['dataDir', 'json', 'continue', 'again', 'loadAnyway', 'minAccuracy']);
const WITH_RESUME = new Set(['dataDir', 'json', 'resume', 'minAccuracy']);

/** An option that would say nothing is refused: `run experiment.yaml -n 5` answered every question. Throws ExitWith usage. */
function refuseUnused(command: Command, file: string | undefined, { resume }: Options): void {
  if (resume === undefined && file === undefined) return;
  const used = resume === undefined ? WITH_FILE : WITH_RESUME;
  const unused = command.options
    .filter((option) => command.getOptionValueSource(option.attributeName()) === 'cli')
    .filter((option) => !used.has(option.attributeName()))
    .map((option) => option.long ?? option.flags);
  if (resume !== undefined && file !== undefined) unused.unshift(file);
  if (unused.length === 0) return;
  const why =
    resume === undefined
      ? `${file} says what is run. Write it there`
      : `run ${resume} goes on as it was begun. Start another for that`;
  throw new ExitWith(EXIT.usage, `${unused.join(', ')} would be ignored: ${why}.`);
}

async function beginRun(session: Session, file: string | undefined, options: Options): Promise<number> {
  if (options.resume !== undefined) return resume(session, options.resume);
  const launch = await launchOf(session, file, options);
  const before = options.continue === true ? await sameRun(session, launch) : null;
  return before === null ? start(session, launch) : resume(session, before);
}

async function resume(session: Session, runId: number): Promise<number> {
  await session.client.runs.resume({ runId });
  return runId;
}

const RUNS_LOOKED_AT = 100;

/** The newest run made from an equal experiment on the same dataset; null when there is none. */
async function sameRun(session: Session, launch: LaunchInput): Promise<number | null> {
  const { experiment } = await session.client.runs.plan(launch);
  for (const { id } of await session.client.runs.list({ before: null, limit: RUNS_LOOKED_AT })) {
    const run = await session.client.runs.get({ runId: id });
    if (isDeepStrictEqual(run.experiment, experiment)) return id;
  }
  return null;
}

async function launchOf(session: Session, file: string | undefined, options: Options): Promise<LaunchInput> {
  const flags = { again: options.again ?? false, loadAnyway: options.loadAnyway ?? false };
  if (file !== undefined) {
    const experiment = await readExperiment(session, file);
    return { ...flags, experiment: { ...experiment, dataset: await datasetOf(session, experiment.dataset) } };
  }
  if (options.dataset === undefined) {
    throw new ExitWith(EXIT.usage, 'Name a dataset with --dataset, or give an experiment.yaml.');
  }
  return { ...flags, experiment: await experimentOf(session, options, options.dataset) };
}

/** The experiment in a file. Throws ExitWith with a sentence, for a folder as well. */
export async function readExperiment(session: Session, file: string): Promise<Experiment> {
  if (statSync(file).isDirectory()) {
    const each = `for f in ${file.replace(/\/+$/, '')}/*.yaml; do assize run "$f" --continue; done`;
    throw new ExitWith(
      EXIT.usage,
      `${file} is a folder: name one experiment file, or run each in turn: ${each}`,
    );
  }
  return (await session.client.runs.fromYaml({ yaml: await readFile(file, 'utf8') })).experiment;
}

/** "svamp, SmolLM2-135M-Instruct.Q4_1", as on the page New run: several runs called "run" are hard to tell apart. */
function usualName(dataset: string, generator: string | undefined): string {
  const parts = [parse(dataset).name, ...(generator === undefined ? [] : [basename(generator, '.gguf')])];
  return parts.join(', ');
}

async function experimentOf(session: Session, options: Options, dataset: string): Promise<ExperimentInput> {
  const settings = {
    gpuLayers: options.gpuLayers ?? 'auto',
    context: options.ctx ?? 'auto',
    sequences: options.sequences ?? 'auto',
    devices: options.device ?? 'auto',
    ...(options.kv === undefined ? {} : { kvType: options.kv }),
  } as const;
  const datasetRef = await datasetOf(session, dataset);
  const numbered = (await session.client.datasets.list()).find(({ id }) => String(id) === dataset);
  return checkedExperiment({
    name: options.name ?? usualName(numbered?.name ?? dataset, options.generator),
    dataset: datasetRef,
    limit: options.limit ?? null,
    seed: options.seed ?? 0,
    samples: options.samples ?? 1,
    generator:
      options.generator === undefined ? null : { ...modelInput(options.generator, options), ...settings },
    prompt: { style: options.style ?? 'short', fewShot: options.fewShot ?? 0 },
    decoding: {
      temperature: options.temperature ?? 0,
      maxTokens: options.maxTokens ?? (options.style === 'long' ? 256 : 64),
    },
    judges: judgeInputs(options, settings),
    ...(options.together === true ? { schedule: 'together' as const } : {}),
    ...panelInput(options),
  });
}

/** A dataset by name or id; a path of a file is imported first. */
export async function datasetOf(session: Session, name: string): Promise<string> {
  const datasets = await session.client.datasets.list();
  const known = datasets.some(
    (dataset) => dataset.name === name || String(dataset.id) === name || dataset.sha256.startsWith(name),
  );
  if (known || !existsSync(name)) return name;
  const { dataset } = await importFile(session, name, {});
  return String(dataset.id);
}

/** Says the plan and its warnings, then starts. */
export async function start(session: Session, launch: LaunchInput): Promise<number> {
  const { plan, warnings, estimateSeconds } = await session.client.runs.plan(launch, {
    signal: session.signal,
  });
  for (const phase of plan.phases) {
    const { gpuLayers, sequences, contextPerSequence, backend } = phase.settings;
    const where = backend === 'cpu' ? 'CPU' : `${gpuLayers} of ${phase.totalLayers} layers on the GPU`;
    note(
      `Plan: ${phase.role} with ${phase.modelName}, ${where}, ${sequences} × ${contextPerSequence} tokens of context`,
    );
  }
  for (const text of [...plan.reasons, ...warnings]) note(`Note: ${text}`);
  if (estimateSeconds !== null)
    note(`About ${formatSeconds(estimateSeconds)}, from earlier runs on this machine.`);
  const { runId } = await session.client.runs.start(launch);
  note(`This is run ${runId}. Whatever stops it, it goes on with: assize run --resume ${runId}`);
  return runId;
}

/** Follows a run to its end, prints its numbers, and turns how it ended into an exit code. */
export async function finishRun(
  session: Session,
  runId: number,
  minAccuracy: number | undefined,
): Promise<void> {
  const run = await followRun(session, runId);
  const counts = await session.client.runs.counts({ runId });
  const alarms = await session.client.judging.alarms({ runId });
  const combined = await session.client.judging.combined({ runId });
  if (session.json) printJson({ run, counts, alarms, combined });
  else print(runSummaryText(run, counts, alarms, combined));
  exitFor(run);
  if (minAccuracy === undefined) return;
  for (const { judge, correct, incorrect } of counts.judges) {
    const scored = correct + incorrect;
    if (scored === 0 || correct / scored < minAccuracy) {
      const found = scored === 0 ? 'nothing was scored' : `accuracy ${(correct / scored).toFixed(3)}`;
      throw new ExitWith(EXIT.belowThreshold, `${judge.name}: ${found}, below ${minAccuracy}.`);
    }
  }
}

/** Turns how a run ended into an exit code: nothing when it is done. */
export function exitFor(run: Run): void {
  if (run.status === 'done') return;
  const resumeHint = `Resume with \`assize run --resume ${run.id}\`.`;
  if (run.status === 'cancelled')
    throw new ExitWith(EXIT.interrupted, `Cancelled; what is finished is kept. ${resumeHint}`);
  throw new ExitWith(
    EXIT.error,
    `The run ${run.status === 'failed' ? 'failed' : 'was interrupted'}. ${run.error ?? ''} ${resumeHint}`,
  );
}
