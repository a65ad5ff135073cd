import type { Command } from 'commander';
import type { ComparedSide, Comparison, FlippedItem, PairComparison } from '../domain/analysis/comparison.ts';
import { type AnalysisFlags, judgeKey, whereOf } from './analysis-options.ts';
import { collect, nonNegativeInt, positiveInt, share } from './arguments.ts';
import { EXIT, ExitWith } from './exit-codes.ts';
import { count, decimal, estimateText, pointsInterval, pointsText, pText } from './numbers.ts';
import { print, printJson, table } from './output.ts';
import { type CliContext, withSession } from './session.ts';

interface Options extends AnalysisFlags {
  readonly judge?: string[];
  readonly between?: string;
  readonly flipped: number;
}

const LISTED = 20;

export function compareCommand(program: Command, context: CliContext): void {
  program
    .command('compare')
    .argument(
      '<runs...>',
      'two or more runs; or one, with several judges or with --between',
      (text: string, before: number[] | undefined) => [...(before ?? []), positiveInt(text)],
    )
    .description('runs or judges on the same questions: paired difference, exact McNemar, what flipped')
    .option('--judge <judge>', 'number or key of a judge; one for all runs, or several to compare', collect)
    .option('--between <column>', 'of one run: compare the groups of this column (system)')
    .option('--where <column=value>', 'only answers whose column has this value; may be repeated', collect)
    .option('--level <share>', 'confidence level of the intervals', share)
    .option('--seed <n>', 'seed of the bootstrap', nonNegativeInt)
    .option('--resamples <n>', 'resamples of the bootstrap', positiveInt)
    .option('--flipped <n>', 'how many flipped questions to list', nonNegativeInt, LISTED)
    .action((runIds: number[], options: Options, command: Command) =>
      withSession(context, command, async (session) => {
        const where = (options.where ?? []).map(whereOf);
        const judges = (options.judge ?? []).map(judgeKey);
        const groups =
          options.between === undefined || runIds[0] === undefined
            ? null
            : await groupsOf(session.client, runIds[0], options.between);
        const sides = sidesOf(runIds, judges, groups).map((side) => ({
          ...side,
          where: [...where, ...side.where],
        }));
        if (sides.length < 2) {
          throw new ExitWith(EXIT.usage, 'Name two runs, two judges of a run, or a column with --between.');
        }
        const comparison = await session.client.analysis.compare({
          sides,
          limit: options.flipped,
          ...(options.level === undefined ? {} : { level: options.level }),
          ...(options.seed === undefined ? {} : { seed: options.seed }),
          ...(options.resamples === undefined ? {} : { resamples: options.resamples }),
        });
        if (session.json) printJson(comparison);
        else print(comparisonText(comparison));
      }),
    );
}

interface SideInput {
  readonly runId: number;
  readonly judge: string | null;
  readonly where: { column: string; value: string }[];
}

async function groupsOf(
  client: Parameters<Parameters<typeof withSession>[2]>[0]['client'],
  runId: number,
  column: string,
): Promise<{ column: string; values: string[] }> {
  const { columns } = await client.analysis.run({ runId });
  const found = columns.find((known) => known.name === column);
  if (found === undefined) {
    const names = columns.map((known) => known.name).join(', ');
    throw new ExitWith(EXIT.usage, `Run ${runId} has no groups by "${column}". It has: ${names || 'none'}.`);
  }
  return { column, values: found.groups.map((group) => group.value) };
}

function sidesOf(
  runIds: readonly number[],
  judges: readonly string[],
  groups: { readonly column: string; readonly values: readonly string[] } | null,
): SideInput[] {
  const [run] = runIds;
  if (run === undefined) return [];
  if (groups !== null) {
    const judge = judges[0] ?? null;
    return groups.values.map((value) => ({ runId: run, judge, where: [{ column: groups.column, value }] }));
  }
  if (runIds.length === 1) return judges.map((judge) => ({ runId: run, judge, where: [] }));
  return runIds.map((runId, i) => ({ runId, judge: judges[i] ?? judges[0] ?? null, where: [] }));
}

export function comparisonText(comparison: Comparison): string {
  const { sides, pairs, flipped, flippedTotal, notes } = comparison;
  const letter = (index: number): string => String.fromCodePoint(65 + index);
  return [
    table<{ readonly side: ComparedSide; readonly index: number }>(
      sides.map((side, index) => ({ side, index })),
      [
        { head: '', cell: ({ index }) => letter(index) },
        { head: 'side', cell: ({ side }) => side.label, max: 80 },
        { head: 'accuracy', cell: ({ side }) => estimateText(side.accuracy) },
        { head: 'scored', cell: ({ side }) => `${count(side.scored)}/${count(side.answers)}`, right: true },
      ],
    ),
    table<PairComparison>(pairs, [
      { head: 'pair', cell: ({ first, second }) => `${letter(first)} − ${letter(second)}` },
      { head: 'pairs', cell: (pair) => count(pair.pairs), right: true },
      { head: 'left out', cell: (pair) => count(pair.unscored), right: true },
      {
        head: 'difference',
        cell: ({ difference }) => (difference === null ? '–' : pointsText(difference.value)),
        right: true,
      },
      { head: 'interval', cell: ({ difference: d }) => (d === null ? '' : pointsInterval(d)) },
      { head: 'by question', cell: ({ bootstrap: b }) => (b === null ? '' : pointsInterval(b)) },
      { head: 'only first right', cell: ({ counts }) => count(counts.onlyFirst), right: true },
      { head: 'only second', cell: ({ counts }) => count(counts.onlySecond), right: true },
      { head: 'McNemar', cell: ({ mcnemar }) => pText(mcnemar.pExact) },
      { head: 'Holm', cell: ({ pHolm }) => pText(pHolm) },
      {
        head: 'shows from',
        cell: ({ smallestDetectable: least }) =>
          least === null ? '–' : `${(100 * least).toFixed(1)} points`,
        right: true,
      },
      {
        head: 'pairs needed',
        cell: ({ pairsForObserved: needed }) => (needed === null ? '–' : count(needed)),
        right: true,
      },
    ]),
    ...notes.map((text) => `Note: ${text}`),
    ...flippedText(flipped, flippedTotal),
  ].join('\n');
}

function flippedText(flipped: readonly FlippedItem[], total: number): string[] {
  if (flipped.length === 0) return [];
  // Two runs may have drawn the same questions in another order.
  const sameRows = flipped.every(({ first, second }) => first.position === second.position);
  const mark = (correct: boolean): string => (correct ? 'right' : 'wrong');
  return [
    `\nFlipped between A and B: ${count(flipped.length)} of ${count(total)}`,
    table<FlippedItem>(flipped, [
      { head: 'row', cell: ({ first }) => String(first.position + 1), right: true },
      ...(sameRows
        ? []
        : [
            { head: 'row of B', cell: ({ second }: FlippedItem) => String(second.position + 1), right: true },
          ]),
      { head: 'question', cell: ({ question }) => question, max: 50 },
      { head: 'A', cell: ({ first }) => `${mark(first.correct)} ${decimal(first.pCorrect, 2)}` },
      { head: 'answer of A', cell: ({ first }) => first.answer, max: 30 },
      { head: 'B', cell: ({ second }) => `${mark(second.correct)} ${decimal(second.pCorrect, 2)}` },
      { head: 'answer of B', cell: ({ second }) => second.answer, max: 30 },
    ]),
  ];
}
