import type { Command } from 'commander';
import { collect, positiveInt } from './arguments.ts';
import { EXIT, ExitWith } from './exit-codes.ts';
import { print, printJson } from './output.ts';
import { type CliContext, withSession } from './session.ts';

interface Options {
  readonly run?: number[];
  readonly dataset?: string[];
}

export function removeCommand(program: Command, context: CliContext): void {
  program
    .command('remove')
    .description('remove runs, and datasets of which there are no runs; for good, and nothing is asked')
    .option('--run <run>', 'number of a run; may be given several times', (text, before?: number[]) => [
      ...(before ?? []),
      positiveInt(text),
    ])
    .option('--dataset <dataset>', 'name or id of a dataset; may be given several times', collect)
    .action((options: Options, command: Command) =>
      withSession(context, command, async ({ client, json }) => {
        const { run: runs = [], dataset: named = [] } = options;
        if (runs.length === 0 && named.length === 0)
          throw new ExitWith(EXIT.usage, 'Name what to remove: --run 3, --dataset NAME.');
        // All of it is looked up first: a name mistyped removes nothing.
        await Promise.all(runs.map((runId) => client.runs.get({ runId })));
        const datasets = await Promise.all(named.map((dataset) => client.datasets.get({ dataset })));
        for (const runId of runs) await client.runs.remove({ runId });
        for (const { id } of datasets) await client.datasets.remove({ datasetId: id });
        if (json) printJson({ runs, datasets: datasets.map(({ id }) => id) });
        else
          print(
            `Removed: ${[...runs.map((id) => `run ${id}`), ...datasets.map(({ name }) => `dataset ${name}`)].join(', ')}.`,
          );
      }),
    );
}
