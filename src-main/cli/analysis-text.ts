import type {
  AgainstHumans,
  Agreement,
  AnalysisScope,
  BreakdownView,
  HumanReference,
  JudgeAccuracy,
  JudgeCorrection,
  PairAgreement,
  RunAnalysis,
} from '../domain/analysis/run-analysis.ts';
import type { Accuracy } from '../domain/statistics/accuracy.ts';
import { count, decimal, estimateText, intervalText, pointsText } from './numbers.ts';
import { table } from './output.ts';

/** An analysis as a terminal shows it: accuracy by judge, agreement, judges against people. */
export function analysisText(analysis: RunAnalysis): string {
  return [
    scopeText(analysis.scope),
    '',
    accuracyTable(analysis.judges),
    ...(analysis.scope.systems.length > 1 ? [systemTable(analysis.judges)] : []),
    ...agreementText(analysis.agreement),
    ...humansText(analysis),
  ].join('\n');
}

export function scopeText(scope: AnalysisScope): string {
  const { options, answers, answersOfRun, questions } = scope;
  const where = options.where.map(({ column, value }) => `${column} = ${value}`).join(', ');
  const filtered = where === '' ? '' : ` of ${count(answersOfRun)}, where ${where}`;
  const bounds = `${(100 * options.level).toFixed(0)} % intervals, bootstrap over questions with seed ${options.seed}`;
  return `Run ${options.runId} "${scope.runName}": ${count(answers)} answers${filtered}, to ${count(questions)} questions; ${bounds}`;
}

const JUDGE = { head: 'judge', max: 60 } as const;

function accuracyTable(judges: readonly JudgeAccuracy[]): string {
  return table<JudgeAccuracy>(judges, [
    { head: 'no.', cell: ({ judge }) => (judge.judgeId === null ? '' : String(judge.judgeId)), right: true },
    { ...JUDGE, cell: ({ judge }) => judge.name },
    { head: 'accuracy', cell: ({ accuracy }) => decimal(accuracy.accuracy?.value, 4), right: true },
    { head: 'Wilson', cell: ({ accuracy }) => intervalText(accuracy.accuracy) },
    { head: 'by question', cell: ({ bootstrap }) => intervalText(bootstrap) },
    { head: 'correct of scored', cell: ({ accuracy }) => shareText(accuracy), right: true },
    { head: 'not scored', cell: ({ accuracy, missing }) => unscoredText(accuracy, missing) },
  ]);
}

export function shareText({ counts, scored }: Accuracy): string {
  return `${count(counts.correct)}/${count(scored)}`;
}

function unscoredText({ counts, accuracyOfJudged }: Accuracy, missing: number): string {
  const kinds = [
    [counts.unparsed, 'unparsed'],
    [counts.not_attempted, `not attempted (accuracy ${decimal(accuracyOfJudged?.value, 4)} with them)`],
    [counts.skipped, 'skipped'],
    [counts.error, 'failed'],
    [missing, 'not judged'],
  ] as const;
  const there = kinds.filter(([n]) => n > 0).map(([n, word]) => `${count(n)} ${word}`);
  return there.length === 0 ? '0' : there.join(', ');
}

/** Accuracy of each model that answered, by judge. */
function systemTable(judges: readonly JudgeAccuracy[]): string {
  const systems = judges[0]?.bySystem.map(({ system }) => system) ?? [];
  return table<JudgeAccuracy>(judges, [
    { ...JUDGE, head: 'accuracy by system', cell: ({ judge }) => judge.name },
    ...systems.map((system) => ({
      head: system,
      max: 24,
      right: true,
      cell: ({ bySystem }: JudgeAccuracy): string => {
        const own = bySystem.find((entry) => entry.system === system)?.accuracy;
        return own === undefined ? '–' : `${decimal(own.accuracy?.value, 4)} of ${count(own.scored)}`;
      },
    })),
  ]);
}

function agreementText({ judges, alpha, alphaRows, alphaJudges, pairs }: Agreement): string[] {
  const shown = pairs.filter((pair) => pair.rows > 0);
  if (shown.length === 0) return [];
  const name = (key: string): string => judges.find((judge) => judge.key === key)?.name ?? key;
  const rows = table<PairAgreement>(shown, [
    { head: 'agreement', cell: ({ first }) => name(first), max: 44 },
    { head: 'with', cell: ({ second }) => name(second), max: 44 },
    { head: 'both scored', cell: (pair) => count(pair.rows), right: true },
    { head: 'agree', cell: ({ agreement }) => decimal(agreement?.value, 4), right: true },
    { head: 'kappa', cell: ({ kappa }) => decimal(kappa?.value, 4), right: true },
    { head: 'interval', cell: ({ kappa }) => intervalText(kappa) },
    { head: 'both right', cell: ({ confusion }) => count(confusion.truePositive), right: true },
    { head: 'only first', cell: ({ confusion }) => count(confusion.falsePositive), right: true },
    { head: 'only second', cell: ({ confusion }) => count(confusion.falseNegative), right: true },
    { head: 'both wrong', cell: ({ confusion }) => count(confusion.trueNegative), right: true },
  ]);
  const all =
    alpha === null
      ? []
      : [
          `Krippendorff's alpha of ${alphaJudges.length} judges on ${count(alphaRows)} answers: ${decimal(alpha)}\n`,
        ];
  return [rows, ...all];
}

const sortedText = ({ sorted }: HumanReference): string =>
  sorted === 0
    ? ''
    : `; ${count(sorted)} from sorted queues, where judges err more often than on all answers`;

function humansText({ humans, againstHumans, corrected }: RunAnalysis): string[] {
  if (humans === null) return ['Nobody has labelled answers of this run: `assize label RUN`.'];
  const who = humans.people.map((person) => person.name).join(', ');
  const conflicts =
    humans.labelledByMore === 0
      ? ''
      : `; people differ on ${count(humans.conflicts)} of ${count(humans.labelledByMore)} that several labelled`;
  return [
    `Labels by ${who}: ${count(humans.labelled)} answers${conflicts}${sortedText(humans)}`,
    againstTable(againstHumans.filter(({ quality }) => quality.rows > 0)),
    correctedText(corrected),
  ];
}

function correctedText(corrections: readonly JudgeCorrection[]): string {
  const labels = corrections[0]?.labels;
  const there = corrections.filter((entry) => entry.corrected !== null);
  if (labels === undefined || there.length === 0) {
    return 'No labels drawn blind and at random from this run: no accuracy is corrected (`assize label RUN`).';
  }
  return table<JudgeCorrection>(there, [
    { ...JUDGE, head: 'corrected by labels', cell: ({ judge }) => judge.name },
    { head: 'accuracy', cell: ({ corrected }) => estimateText(corrected?.estimate ?? null) },
    { head: 'judge alone', cell: ({ corrected }) => decimal(corrected?.judgeMean), right: true },
    { head: 'labels alone', cell: ({ corrected }) => decimal(corrected?.humanMean), right: true },
    {
      head: 'labels of rows',
      cell: ({ corrected }) =>
        corrected === null ? '' : `${count(corrected.labels)}/${count(corrected.rows)}`,
      right: true,
    },
    {
      head: 'worth labels',
      cell: ({ corrected }) => decimal(corrected?.effectiveSampleSize, 0),
      right: true,
    },
  ]);
}

export function againstTable(judges: readonly Pick<AgainstHumans, 'judge' | 'quality'>[]): string {
  return table(judges, [
    { ...JUDGE, head: 'against people', cell: ({ judge }) => judge.name },
    { head: 'rows', cell: ({ quality }) => count(quality.rows), right: true },
    { head: 'agree', cell: ({ quality }) => decimal(quality.agreement?.value, 4), right: true },
    { head: 'kappa', cell: ({ quality }) => estimateText(quality.kappa) },
    { head: 'sensitivity', cell: ({ quality }) => decimal(quality.sensitivity?.value), right: true },
    { head: 'specificity', cell: ({ quality }) => decimal(quality.specificity?.value), right: true },
    {
      head: 'bias',
      cell: ({ quality }) => (quality.bias === null ? '–' : pointsText(quality.bias)),
      right: true,
    },
  ]);
}

export function breakdownText({ column, judges }: BreakdownView): string {
  const rows = judges.flatMap(({ judge, breakdown }) => [
    ...breakdown.groups.map(({ group, accuracy }) => ({ judge: judge.name, group, accuracy, text: '' })),
    {
      judge: judge.name,
      group: '(mean of groups)',
      accuracy: null,
      text: `${estimateText(breakdown.macro)} over ${breakdown.macroGroups} groups`,
    },
  ]);
  return table(rows, [
    { head: 'judge', cell: (row) => row.judge, max: 44 },
    { head: column, cell: (row) => row.group, max: 40 },
    {
      head: 'accuracy',
      cell: (row) => (row.accuracy === null ? row.text : estimateText(row.accuracy.accuracy)),
    },
    {
      head: 'correct of scored',
      cell: (row) => (row.accuracy === null ? '' : shareText(row.accuracy)),
      right: true,
    },
  ]);
}
