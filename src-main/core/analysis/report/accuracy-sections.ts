import type { Alarm } from '../../../domain/alarm.ts';
import type {
  JudgeAccuracy,
  JudgeCorrection,
  PairAgreement,
  RunAnalysis,
} from '../../../domain/analysis/run-analysis.ts';
import { heatMap, intervalChart } from './charts.ts';
import { figure, htmlTable, paragraph, section } from './html.ts';
import { count, decimal, interval, withInterval } from './numbers.ts';
import { escape } from './svg.ts';

/** What makes the numbers doubtful, before any of them. */
export function alarmSection(alarms: readonly Alarm[]): string {
  if (alarms.length === 0) return '';
  return alarms.map((alarm) => `<p class="alarm ${alarm.severity}">${escape(alarm.text)}</p>`).join('\n');
}

/** Accuracy by judge: a chart of intervals, and a table with every denominator. */
export function accuracySection({ judges, scope }: RunAnalysis): string {
  const rows = judges.map(({ judge, accuracy }) => ({
    name: judge.name,
    estimate: accuracy.accuracy,
    note: `${count(accuracy.counts.correct)}/${count(accuracy.scored)}`,
  }));
  const chart = figure(
    intervalChart('Accuracy by judge', rows),
    'Share correct of the answers each judge scored, with Wilson intervals; at the right correct/scored.',
  );
  const table = htmlTable<JudgeAccuracy>('Accuracy by judge, with every denominator', judges, [
    { head: 'judge', cell: ({ judge }) => judge.name },
    { head: 'accuracy', cell: ({ accuracy }) => decimal(accuracy.accuracy?.value, 4), number: true },
    { head: 'Wilson', cell: ({ accuracy }) => interval(accuracy.accuracy), number: true },
    { head: 'by question', cell: ({ bootstrap }) => interval(bootstrap), number: true },
    { head: 'correct', cell: ({ accuracy }) => count(accuracy.counts.correct), number: true },
    { head: 'incorrect', cell: ({ accuracy }) => count(accuracy.counts.incorrect), number: true },
    { head: 'not attempted', cell: ({ accuracy }) => count(accuracy.counts.not_attempted), number: true },
    ...(judges.some(({ accuracy }) => accuracy.counts.not_attempted > 0)
      ? [
          {
            head: 'accuracy with those',
            cell: ({ accuracy }: JudgeAccuracy) => decimal(accuracy.accuracyOfJudged?.value, 4),
            number: true,
          },
        ]
      : []),
    { head: 'unparsed', cell: ({ accuracy }) => count(accuracy.counts.unparsed), number: true },
    { head: 'failed', cell: ({ accuracy }) => count(accuracy.counts.error), number: true },
    { head: 'skipped', cell: ({ accuracy }) => count(accuracy.counts.skipped), number: true },
    { head: 'not judged', cell: ({ missing }) => count(missing), number: true },
    { head: 'mean P(correct)', cell: ({ meanPCorrect }) => decimal(meanPCorrect), number: true },
    { head: 'label mass', cell: ({ meanLabelMass }) => decimal(meanLabelMass), number: true },
  ]);
  const several = scope.systems.length > 1;
  return section(
    'accuracy',
    'Accuracy',
    chart,
    table,
    ...(several ? [bySystemMap(judges), bySystemTable(judges)] : []),
  );
}

/** The same numbers with their denominators, which the map shows to the pointer only. */
function bySystemTable(judges: readonly JudgeAccuracy[]): string {
  const systems = judges[0]?.bySystem.map(({ system }) => system) ?? [];
  return htmlTable<JudgeAccuracy>('Accuracy by judge and system, correct of scored', judges, [
    { head: 'judge', cell: ({ judge }) => judge.name },
    ...systems.map((system) => ({
      head: system,
      number: true,
      cell: ({ bySystem }: JudgeAccuracy): string | null => {
        const own = bySystem.find((entry) => entry.system === system)?.accuracy;
        return own === undefined
          ? null
          : `${decimal(own.accuracy?.value)} (${count(own.counts.correct)}/${count(own.scored)})`;
      },
    })),
  ]);
}

function bySystemMap(judges: readonly JudgeAccuracy[]): string {
  const systems = judges[0]?.bySystem.map(({ system }) => system) ?? [];
  const cells = judges.map(({ judge, bySystem }) =>
    systems.map((system) => {
      const found = bySystem.find((entry) => entry.system === system)?.accuracy;
      const share = found?.accuracy?.value ?? null;
      return {
        value: share,
        label: share === null ? '–' : share.toFixed(3).replace(/^0/, ''),
        title: `${judge.name}, ${system}: ${found?.counts.correct ?? 0} of ${found?.scored ?? 0} correct`,
      };
    }),
  );
  return figure(
    heatMap(
      'Accuracy by judge and system',
      judges.map(({ judge }) => judge.name),
      systems,
      cells,
    ),
    'Accuracy of each system (column) by each judge (row).',
  );
}

export function agreementSection({ agreement }: RunAnalysis): string {
  const { judges, pairs, alpha, alphaRows, alphaJudges } = agreement;
  const shown = pairs.filter((pair) => pair.rows > 0);
  if (shown.length === 0) return '';
  const name = (key: string): string => judges.find((judge) => judge.key === key)?.name ?? key;
  const cells = judges.map((row) =>
    judges.map((column) => {
      const pair = pairs.find(
        ({ first, second }) =>
          (first === row.key && second === column.key) || (first === column.key && second === row.key),
      );
      const value = pair?.kappa?.value ?? null;
      return {
        value,
        // A judge and what it is a part of are not set against each other.
        label: pair === undefined ? '' : value === null ? '–' : value.toFixed(2),
        title: `${row.name} and ${column.name}: ${pair?.rows ?? 0} answers`,
      };
    }),
  );
  const names = judges.map((judge) => judge.name);
  const all =
    alpha === null
      ? ''
      : paragraph(
          `Krippendorff's alpha of ${alphaJudges.length} judges on ${count(alphaRows)} answers: ${decimal(alpha)}.`,
        );
  return section(
    'agreement',
    'Agreement',
    figure(
      heatMap("Cohen's kappa of each pair of judges", names, names, cells),
      "Cohen's kappa of each pair on the answers both scored; a dash where there is none to compute.",
    ),
    all,
    htmlTable<PairAgreement>('Pairs of judges', shown, [
      { head: 'judge', cell: ({ first }) => name(first) },
      { head: 'with', cell: ({ second }) => name(second) },
      { head: 'both scored', cell: ({ rows }) => count(rows), number: true },
      { head: 'agree', cell: ({ agreement: agree }) => withInterval(agree), number: true },
      { head: 'kappa', cell: ({ kappa }) => withInterval(kappa), number: true },
      { head: 'both correct', cell: ({ confusion }) => count(confusion.truePositive), number: true },
      { head: 'only first', cell: ({ confusion }) => count(confusion.falsePositive), number: true },
      { head: 'only second', cell: ({ confusion }) => count(confusion.falseNegative), number: true },
      { head: 'both incorrect', cell: ({ confusion }) => count(confusion.trueNegative), number: true },
    ]),
  );
}

export function correctedSection({ corrected, humans, scope }: RunAnalysis): string {
  const there = corrected.filter((entry) => entry.corrected !== null);
  if (humans === null || there.length === 0) return '';
  const [first] = there;
  const left = (first?.labels.leftOut ?? [])
    .map(({ reason, count: n }) => `${count(n)} ${reason}`)
    .join('; ');
  return section(
    'corrected',
    'Accuracy corrected by labels',
    paragraph(
      'Prediction-powered: the mean of the judge over all answers plus the mean of (label − judge) over the labelled ones. Unbiased whatever the judge is worth, for labels drawn at random.',
    ),
    left === '' ? '' : paragraph(`Labels left out for ${first?.judge.name}: ${left}.`),
    scope.answers > scope.questions
      ? paragraph('Several answers to a question hang together: these intervals take whole questions.')
      : '',
    htmlTable<JudgeCorrection>('Corrected accuracy by judge', there, [
      { head: 'judge', cell: ({ judge }) => judge.name },
      { head: 'corrected', cell: (entry) => withInterval(entry.corrected?.estimate ?? null), number: true },
      { head: 'judge alone', cell: (entry) => decimal(entry.corrected?.judgeMean), number: true },
      { head: 'labels alone', cell: (entry) => decimal(entry.corrected?.humanMean), number: true },
      { head: 'correction', cell: (entry) => decimal(entry.corrected?.correction), number: true },
      { head: 'labels', cell: (entry) => count(entry.corrected?.labels ?? 0), number: true },
      { head: 'answers', cell: (entry) => count(entry.corrected?.rows ?? 0), number: true },
      {
        head: 'worth labels',
        cell: (entry) => decimal(entry.corrected?.effectiveSampleSize, 0),
        number: true,
      },
      { head: 'cautions', cell: (entry) => entry.corrected?.cautions.join(' ') ?? '' },
    ]),
  );
}
