import type { Command } from 'commander';
import type { AnalysisInput, MeaningsEvent } from '../contract/analysis.ts';
import type { CorrectedView, TransferredView } from '../domain/analysis/corrected-view.ts';
import type { RunAnalysis } from '../domain/analysis/run-analysis.ts';
import type { UncertaintyDetail } from '../domain/analysis/uncertainty-view.ts';
import { addAnalysisOptions, type AnalysisFlags, analysisInput, judgeKey } from './analysis-options.ts';
import { analysisText, breakdownText } from './analysis-text.ts';
import { scoreText, tokensText, uncertaintyText } from './uncertainty-text.ts';
import { neededText, transferredText } from './corrections-text.ts';
import { LEXICAL_JUDGES } from '../domain/lexical/judges.ts';
import { collect, positiveInt, share } from './arguments.ts';
import { EXIT, ExitWith } from './exit-codes.ts';
import { count } from './numbers.ts';
import { note, print, printJson, progressLine, progressText } from './output.ts';
import { datasetOf } from './run.ts';
import { type CliContext, type Session, withSession } from './session.ts';

interface Options extends AnalysisFlags {
  readonly dataset?: string;
  readonly system?: string;
  readonly by?: string;
  readonly rule?: string[];
  readonly meanings?: string;
  readonly relevance?: string;
  readonly uncertainty?: boolean;
  readonly tokens?: string;
  readonly score?: string;
  readonly against?: string;
  readonly margin?: number;
  readonly calibration?: number;
}

export function analyseCommand(program: Command, context: CliContext): void {
  const command = program
    .command('analyse')
    .argument('[run]', 'number of the run', positiveInt)
    .description('accuracy by judge with intervals, agreement, judges against people')
    .option('--dataset <dataset>', 'analyse the answers that came with a dataset, instead of a run')
    .option('--system <name>', 'of those, only the answers of this system')
    .option('--rule <rule>', `judge by a rule first: ${LEXICAL_JUDGES.join(', ')}; may be repeated`, collect)
    .option('--uncertainty', 'AUROC and more of every uncertainty score against every judge')
    .option('--meanings <model>', 'first ask this model which samples mean the same, for semantic entropy')
    .option(
      '--relevance <model>',
      'first ask this model how much each word matters, for weighted scores and SAR',
    )
    .option('--tokens <judge>', 'NLL by token, and AUROC by number of tokens read, against this judge')
    .option('--score <score>', 'one uncertainty score in full: curves, calibration, length bias')
    .option('--against <judge>', 'with --score: against this judge, or "marginal" for all judging models')
    .option('--margin <share>', 'how many labels correct each judge to ± this much', share)
    .option(
      '--calibration <run>',
      'correct with the judge’s errors on this labelled run (Rogan–Gladen)',
      positiveInt,
    )
    .option('--by <column>', 'accuracy by the groups of a column too');
  addAnalysisOptions(command).action((runId: number | undefined, options: Options, invoked: Command) =>
    withSession(context, invoked, async (session) => {
      const input = analysisInput(await runOf(session, runId, options), options);
      await judgeByRules(session, input.runId, options.rule ?? []);
      await askModels(session, input.runId, options);
      const analysis = await session.client.analysis.run(input);
      const corrections = await correctionsOf(session, input, analysis, options);
      const uncertainty =
        options.uncertainty === true || options.meanings !== undefined || options.relevance !== undefined
          ? await session.client.analysis.uncertainty(input)
          : null;
      const detail = await scoreOf(session, input, analysis, options);
      const tokens =
        options.tokens === undefined
          ? null
          : await session.client.analysis.tokens({ ...input, judge: judgeKey(options.tokens) });
      const breakdown =
        options.by === undefined
          ? null
          : await session.client.analysis.breakdown({ ...input, column: options.by });
      if (session.json) {
        return printJson({
          ...analysis,
          ...(breakdown === null ? {} : { breakdown }),
          ...(uncertainty === null ? {} : { uncertainty }),
          ...(detail === null ? {} : { detail }),
          ...(tokens === null ? {} : { tokens }),
          ...corrections,
        });
      }
      print(analysisText(analysis));
      if (corrections.needed !== undefined) print(`\n${neededText(corrections.needed)}`);
      if (corrections.transferred !== undefined) print(`\n${transferredText(corrections.transferred)}`);
      if (breakdown !== null) print(`\n${breakdownText(breakdown)}`);
      if (uncertainty !== null) print(`\n${uncertaintyText(uncertainty)}`);
      if (detail !== null) print(`\n${scoreText(detail)}`);
      return tokens === null ? undefined : print(`\n${tokensText(tokens)}`);
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

interface Corrections {
  readonly needed?: readonly CorrectedView[];
  readonly transferred?: readonly TransferredView[];
}

/** What --margin and --calibration ask for, of every judging model. */
async function correctionsOf(
  session: Session,
  input: AnalysisInput,
  analysis: RunAnalysis,
  { margin, calibration }: Options,
): Promise<Corrections> {
  const judges = analysis.judges.filter(({ judge }) => judge.kind !== 'human').map(({ judge }) => judge.key);
  const models = judges.filter((key) => key.startsWith('judge:'));
  const needed: CorrectedView[] = [];
  const transferred: TransferredView[] = [];
  for (const judge of margin === undefined ? [] : judges) {
    needed.push(await session.client.analysis.corrected({ ...input, judge, margin }));
  }
  for (const judge of calibration === undefined ? [] : models) {
    transferred.push(
      await session.client.analysis.transferred({
        ...input,
        judge,
        calibration: { runId: calibration ?? 0 },
      }),
    );
  }
  return {
    ...(margin === undefined ? {} : { needed }),
    ...(calibration === undefined ? {} : { transferred }),
  };
}

/** What --score asks for; against the first judge when none is named. */
async function scoreOf(
  session: Session,
  input: AnalysisInput,
  analysis: RunAnalysis,
  { score, against }: Options,
): Promise<UncertaintyDetail | null> {
  if (score === undefined) {
    if (against === undefined) return null;
    throw new ExitWith(EXIT.usage, '--against goes with --score: name the score that --uncertainty lists.');
  }
  const judge = against === undefined ? analysis.judges[0]?.judge.key : judgeKey(against);
  if (judge === undefined) throw new ExitWith(EXIT.error, 'No judge has judged these answers yet.');
  return session.client.analysis.uncertaintyDetail({ ...input, judge, score });
}

/** What --meanings and --relevance ask for, before anything is worked out. */
async function askModels(session: Session, runId: number, { meanings, relevance }: Options): Promise<void> {
  const { analysis } = session.client;
  const { signal } = session;
  if (meanings !== undefined) {
    const { path } = await session.core.resolveModel(meanings);
    await followAsking(
      await analysis.meanings({ runId, model: path }, { signal }),
      'pairs of answers compared',
    );
  }
  if (relevance !== undefined) {
    const { path } = await session.core.resolveModel(relevance);
    await followAsking(await analysis.relevance({ runId, model: path }, { signal }), 'words weighed');
  }
}

async function followAsking(stream: AsyncIterable<MeaningsEvent>, what: string): Promise<void> {
  const line = progressLine();
  try {
    for await (const event of stream) {
      if (event.kind === 'progress') line.show(progressText(event.progress, false));
      else note(`${count(event.asked)} ${what}${event.failed > 0 ? `, ${count(event.failed)} failed` : ''}.`);
    }
  } finally {
    line.end();
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
  const { runId: opened, added } = await session.client.analysis.stored({
    dataset: await datasetOf(session, dataset),
    system: system ?? null,
  });
  note(
    added
      ? `Run ${opened} was added to the list of runs: the answers that came with the dataset. Nothing was generated or judged.`
      : `Run ${opened} has these answers already.`,
  );
  return opened;
}
