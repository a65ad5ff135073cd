import type { Command } from 'commander';
import { addAnalysisOptions, type AnalysisFlags, analysisInput } from './analysis-options.ts';
import { analysisText, breakdownText } from './analysis-text.ts';
import { LEXICAL_JUDGES } from '../domain/lexical/judges.ts';
import { collect, positiveInt } from './arguments.ts';
import { EXIT, ExitWith } from './exit-codes.ts';
import { count } from './numbers.ts';
import { note, print, printJson } from './output.ts';
import { datasetOf } from './run.ts';
import { type CliContext, type Session, withSession } from './session.ts';

interface Options extends AnalysisFlags {
  readonly dataset?: string;
  readonly system?: string;
  readonly by?: string;
  readonly rule?: string[];
}

export function analyseCommand(program: Command, context: CliContext): void {
  const command = program
    .command('analyse')
    .argument('[run]', 'number of the run', positiveInt)
    .description('accuracy by judge with intervals, agreement, judges against people')
    .option('--dataset <dataset>', 'analyse the answers that came with a dataset, instead of a run')
    .option('--system <name>', 'of those, only the answers of this system')
    .option('--rule <rule>', `judge by a rule first: ${LEXICAL_JUDGES.join(', ')}; may be repeated`, collect)
    .option('--by <column>', 'accuracy by the groups of a column too');
  addAnalysisOptions(command).action((runId: number | undefined, options: Options, invoked: Command) =>
    withSession(context, invoked, async (session) => {
      const input = analysisInput(await runOf(session, runId, options), options);
      await judgeByRules(session, input.runId, options.rule ?? []);
      const analysis = await session.client.analysis.run(input);
      const breakdown =
        options.by === undefined
          ? null
          : await session.client.analysis.breakdown({ ...input, column: options.by });
      if (session.json) return printJson(breakdown === null ? analysis : { ...analysis, breakdown });
      print(analysisText(analysis));
      return breakdown === null ? undefined : print(`\n${breakdownText(breakdown)}`);
    }),
  );
}

async function judgeByRules(session: Session, runId: number, names: readonly string[]): Promise<void> {
  if (names.length === 0) return;
  const rules = names.map((name) => {
    const rule = LEXICAL_JUDGES.find((known) => known === name);
    if (rule === undefined) throw new ExitWith(EXIT.usage, `--rule is ${LEXICAL_JUDGES.join(', ')}.`);
    return rule;
  });
  for (const { rule, judged } of await session.client.analysis.rules({ runId, rules })) {
    note(`${rule} judged ${count(judged)} answers.`);
  }
}

/** A run by its number, or the stored answers of a dataset. */
export async function runOf(
  session: Session,
  runId: number | undefined,
  { dataset, system }: { readonly dataset?: string; readonly system?: string },
): Promise<number> {
  if (runId !== undefined) return runId;
  if (dataset === undefined) {
    throw new ExitWith(EXIT.usage, 'Name a run, or a dataset that brought answers with --dataset.');
  }
  const opened = await session.client.analysis.stored({
    dataset: await datasetOf(session, dataset),
    system: system ?? null,
  });
  return opened.runId;
}
