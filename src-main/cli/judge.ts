import type { Command } from 'commander';
import { collect, nonNegativeInt, positiveInt, share } from './arguments.ts';
import {
  addModelOptions,
  checkedExperiment,
  judgeInputs,
  type ModelFlags,
  panelInput,
} from './model-flags.ts';
import { datasetOf, finishRun, start } from './run.ts';
import { EXIT, ExitWith } from './exit-codes.ts';
import { type CliContext, type Session, withSession } from './session.ts';

interface Options extends ModelFlags {
  readonly limit?: number;
  readonly seed?: number;
  readonly system?: string;
  readonly dataset?: string;
  readonly again?: boolean;
  readonly loadAnyway?: boolean;
  readonly minAccuracy?: number;
}

export function judgeCommand(program: Command, context: CliContext): void {
  const command = program
    .command('judge')
    .argument('[run]', 'the run whose answers are judged', positiveInt)
    .description('judge stored answers again, with another judge or another prompt; nothing is overwritten')
    .requiredOption('--judge <model>', 'a model that judges (needed); may be given several times', collect)
    .option('--dataset <dataset>', 'judge the answers that came with a dataset, instead of a run')
    .option('--system <name>', 'of those, only the answers of this system')
    .option('-n, --limit <n>', 'how many answers', positiveInt)
    .option('--seed <n>', 'order in which answers are drawn', nonNegativeInt)
    .option('--again', 'judge once more what this judge has judged before')
    .option('--load-anyway', 'start although the plan says no')
    .option('--min-accuracy <share>', 'exit with 100 when a judge finds less', share);
  addModelOptions(command).action((runId: number | undefined, options: Options, command: Command) =>
    withSession(context, command, async (session) => {
      const source = await sourceOf(session, runId, options);
      const started = await start(session, {
        experiment: checkedExperiment({
          // Of a run that judged already the same answers: its name says so.
          name: `judge ${(options.system ?? source.name).replace(/^judge /, '')}`,
          dataset: source.dataset,
          limit: options.limit ?? null,
          seed: options.seed ?? 0,
          generator: null,
          judges: judgeInputs(options),
          ...panelInput(options),
        }),
        answers: source.answers,
        again: options.again ?? false,
        loadAnyway: options.loadAnyway ?? false,
      });
      await finishRun(session, started, options.minAccuracy);
    }),
  );
}

async function sourceOf(session: Session, runId: number | undefined, options: Options) {
  if (runId !== undefined) {
    if (options.dataset !== undefined || options.system !== undefined)
      throw new ExitWith(
        EXIT.usage,
        '--dataset and --system are for answers that came with a dataset: leave out the run.',
      );
    const run = await session.client.runs.get({ runId });
    return { name: run.name, dataset: String(run.datasetId), answers: { kind: 'run', runId } as const };
  }
  if (options.dataset === undefined) {
    throw new ExitWith(EXIT.usage, 'Name a run, or a dataset that brought answers with --dataset.');
  }
  const dataset = await datasetOf(session, options.dataset);
  return { name: dataset, dataset, answers: { kind: 'imported', system: options.system ?? null } as const };
}
