import { basename, extname, resolve } from 'node:path';
import type { Command } from 'commander';
import { analysisInput, type AnalysisFlags, whereOption } from './analysis-options.ts';
import { cardText } from './card-text.ts';
import { collect, nonNegativeInt, positiveInt } from './arguments.ts';
import { EXIT, ExitWith } from './exit-codes.ts';
import { moveTo } from './export.ts';
import { runOf } from './analyse.ts';
import { note, print, printJson } from './output.ts';
import { datasetOf, exitFor, start } from './run.ts';
import { followRun } from './run-progress.ts';
import { type CliContext, type Session, withSession } from './session.ts';

interface Options extends AnalysisFlags {
  readonly judge?: string[];
  readonly prompt: string;
  readonly run?: number;
  readonly system?: string;
  readonly limit?: number;
  readonly draw?: number;
  readonly swap?: boolean;
  readonly again?: boolean;
  readonly loadAnyway?: boolean;
  readonly output?: string;
}

export function cardCommand(program: Command, context: CliContext): void {
  const command = program
    .command('card')
    .argument('[dataset]', 'a dataset whose answers people have labelled; opening them adds a run, once')
    .description('report card: judges against people on labelled answers, with bias, flips, speed')
    .option('--judge <model>', 'a model to judge a sample with; may be given several times', collect)
    .option('--run <run>', 'the card of a run that is there, instead of judging', positiveInt)
    .option('--prompt <id>', "the judges' prompt", 'default')
    .option('--system <name>', 'only the answers of this system')
    .option('-n, --limit <n>', 'how many answers', positiveInt)
    .option('--draw <seed>', 'seed of the sample; 0 takes the first of the file', nonNegativeInt)
    .option('--swap', 'judge with the labels in the other order too, and count the flips')
    .option('--again', 'judge once more what a judge has judged before')
    .option('--load-anyway', 'start although the plan says no')
    .option(
      '-o, --output <file>',
      'also as a file: .html with charts, methods and provenance, .json or .csv',
    );
  whereOption(command).action((dataset: string | undefined, options: Options, invoked: Command) =>
    withSession(context, invoked, async (session) => {
      const format = options.output === undefined ? null : formatOf(options.output);
      const runId = await cardRun(session, dataset, options);
      const input = analysisInput(runId, options);
      const card = await session.client.analysis.card(input);
      if (options.output !== undefined && format !== null) {
        const { path } = await session.client.analysis.cardFile({ ...input, format });
        note(`Also in ${await moveTo(path, resolve(options.output))}`);
      }
      if (session.json) printJson(card);
      else print(cardText(card));
    }),
  );
}

function formatOf(file: string): 'html' | 'json' | 'csv' {
  const extension = extname(file).slice(1).toLowerCase();
  if (extension === 'html' || extension === 'json' || extension === 'csv') return extension;
  throw new ExitWith(EXIT.usage, `A card is written as .html, .json or .csv, not as "${basename(file)}".`);
}

/** The default draw is a sample by content, not the head of the file. */
const DEFAULT_DRAW = 1;

async function cardRun(session: Session, dataset: string | undefined, options: Options): Promise<number> {
  if (options.run !== undefined) return options.run;
  if (dataset === undefined) throw new ExitWith(EXIT.usage, 'Name a dataset, or a run with --run.');
  if (options.judge === undefined) {
    return runOf(session, undefined, {
      dataset,
      ...(options.system === undefined ? {} : { system: options.system }),
    });
  }
  const named = await datasetOf(session, dataset);
  const orders = options.swap === true ? (['AB', 'BA'] as const) : (['AB'] as const);
  const runId = await start(session, {
    experiment: {
      name: `card on ${(await session.client.datasets.get({ dataset: named })).name}`,
      dataset: named,
      limit: options.limit ?? null,
      seed: options.draw ?? DEFAULT_DRAW,
      generator: null,
      judges: options.judge.flatMap((model) =>
        orders.map((labelOrder) => ({ model, prompt: options.prompt, labelOrder })),
      ),
    },
    answers: { kind: 'imported', system: options.system ?? null },
    again: options.again ?? false,
    loadAnyway: options.loadAnyway ?? false,
  });
  exitFor(await followRun(session, runId));
  return runId;
}
