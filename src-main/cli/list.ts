import type { Command } from 'commander';
import type { DatasetInfo } from '../domain/dataset.ts';
import type { RunSummary } from '../domain/run.ts';
import { print, printJson, table } from './output.ts';
import { type CliContext, withSession } from './session.ts';

const RUNS_SHOWN = 100;

export function listCommand(program: Command, context: CliContext): void {
  program
    .command('list')
    .alias('ls')
    .description('datasets and runs, newest first')
    .action((_options: unknown, command: Command) =>
      withSession(context, command, async ({ client, json }) => {
        const datasets = await client.datasets.list();
        const runs = await client.runs.list({ before: null, limit: RUNS_SHOWN });
        if (json) return printJson({ datasets, runs });
        print(
          datasets.length === 0
            ? 'No datasets yet: `assize import FILE`.'
            : table<DatasetInfo>(datasets, [
                { head: 'dataset', cell: (dataset) => String(dataset.id), right: true },
                { head: 'name', cell: (dataset) => dataset.name, max: 40 },
                { head: 'kind', cell: (dataset) => dataset.kind },
                { head: 'questions', cell: (dataset) => dataset.rows.toLocaleString('en'), right: true },
                { head: 'without gold', cell: (dataset) => String(dataset.withoutGold), right: true },
                { head: 'answers of', cell: (dataset) => dataset.systems.join(', '), max: 40 },
              ]),
        );
        return print(
          runs.length === 0
            ? 'No runs yet: `assize run --dataset NAME --generator MODEL --judge MODEL`.'
            : table<RunSummary>(runs, [
                { head: 'run', cell: (run) => String(run.id), right: true },
                { head: 'name', cell: (run) => run.name, max: 40 },
                { head: 'dataset', cell: (run) => run.datasetName, max: 30 },
                { head: 'status', cell: (run) => run.status },
                { head: 'answered', cell: (run) => `${run.answered}/${run.total}`, right: true },
                {
                  head: 'started',
                  cell: (run) => new Date(run.createdAt).toISOString().slice(0, 16).replace('T', ' '),
                },
              ]),
        );
      }),
    );
}
