import type { Command } from 'commander';
import { addAnalysisOptions, type AnalysisFlags, analysisInput } from './analysis-options.ts';
import { positiveInt } from './arguments.ts';
import { handOver } from './export.ts';
import { count } from './numbers.ts';
import { type CliContext, withSession } from './session.ts';

interface Options extends AnalysisFlags {
  readonly output?: string;
}

export function reportCommand(program: Command, context: CliContext): void {
  const command = program
    .command('report')
    .argument('<run>', 'number of the run', positiveInt)
    .description("a run's numbers, charts, methods and provenance as one HTML file that opens anywhere")
    .option(
      '-o, --output <file>',
      'where to, "-" for stdout; the exports folder of the data directory when left out',
    );
  addAnalysisOptions(command).action((runId: number, options: Options, invoked: Command) =>
    withSession(context, invoked, async (session) => {
      const written = await session.client.analysis.report(analysisInput(runId, options));
      await handOver(session, written, options.output, `Report on ${count(written.rows)} answers`);
    }),
  );
}
