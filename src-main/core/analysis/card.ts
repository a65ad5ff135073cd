import type { CardEntry, JudgeCalibration, ReportCard } from '../../domain/analysis/report-card.ts';
import type { AgainstHumans } from '../../domain/analysis/run-analysis.ts';
import {
  brierScore,
  calibrationBins,
  expectedCalibrationError,
} from '../../domain/statistics/calibration.ts';
import { mean } from '../../domain/statistics/checks.ts';
import type { JudgeQuality } from '../../domain/statistics/agreement.ts';
import { lengthSlope } from '../../domain/statistics/length-bias.ts';
import { clusteredShare } from '../../domain/statistics/clusters.ts';
import { againstHumans } from './analyse.ts';
import { judgeSetup, type JudgeWork, type JudgeWorks, workOf } from './judge-setup.ts';
import { type Judges, judgesOf } from './judges.ts';
import { orderSwap } from './order-swap.ts';
import { lengthsOf } from './scores.ts';
import { breathe } from './breathe.ts';
import { accuracyBy, type AnalysisTable, questionsOf, scoredOf, type Series } from './table.ts';

const BINS = 10;
/** Fewer labelled answers tell a judge's rough direction only. */
const FEW = 100;

/** Every judge of a run against the people who labelled its answers, with how it was run and what it cost. */
export async function reportCard(table: AnalysisTable, works: JudgeWorks): Promise<ReportCard> {
  const judges = judgesOf(table);
  const entries: CardEntry[] = [];
  const against = againstHumans(table, judges);
  for (const series of judges.list.filter(({ ref }) => ref.kind !== 'human')) {
    const compared = against.find(({ judge }) => judge.key === series.ref.key);
    if (compared !== undefined) entries.push(cardEntry(table, judges, works, series, compared));
    await breathe();
  }
  return {
    scope: table.scope,
    humans: judges.reference,
    lengthUnit: lengthsOf(table).unit,
    entries,
    notes: notesOf(table, judges, entries),
  };
}

function cardEntry(
  table: AnalysisTable,
  judges: Judges,
  works: JudgeWorks,
  series: Series,
  compared: AgainstHumans,
): CardEntry {
  const accuracy = accuracyBy(table, series);
  const work = workOf(works, series);
  return {
    judge: series.ref,
    setup: judgeSetup(table, works, series),
    accuracy,
    missing: series.verdicts.filter((verdict) => verdict === null).length,
    confusion: compared.confusion,
    quality: compared.quality,
    unparsed: unparsedOf(table, series),
    positive: accuracy.accuracy,
    bySystem: compared.bySystem.map(({ system, quality }) => {
      const own = table.rows.flatMap((_, row) => (table.systems[row] === system ? [row] : []));
      return { system, rows: quality.rows, positive: accuracyBy(table, series, own).accuracy, quality };
    }),
    meanLabelMass: meanOf(series.labelMass),
    calibration: calibrationOf(series, judges),
    swap: orderSwap(table, judges, series),
    lengthSlope: slopeOf(table, series, judges),
    ...speedOf(work),
  };
}

/** Of all replies: what failed or was skipped is none. */
function unparsedOf(table: AnalysisTable, { verdicts }: Series): CardEntry['unparsed'] {
  const replies = verdicts.flatMap((verdict, row) =>
    verdict === null || verdict === 'error' || verdict === 'skipped' ? [] : [row],
  );
  const questions = questionsOf(table);
  return clusteredShare(
    replies.map((row) => verdicts[row] === 'unparsed'),
    questions === null ? null : replies.map((row) => questions[row] ?? 0),
    table.scope.options.level,
  );
}

function speedOf(work: JudgeWork | null): Pick<CardEntry, 'secondsPerItem' | 'promptTokensPerSecond'> {
  if (work === null || work.phase.busyMs === 0) return { secondsPerItem: null, promptTokensPerSecond: null };
  const { judged, phase } = work;
  return {
    secondsPerItem: judged === 0 ? null : phase.busyMs / 1000 / judged,
    promptTokensPerSecond: phase.tokens === 0 ? null : (phase.tokens * 1000) / phase.busyMs,
  };
}

function meanOf(values: readonly (number | null)[]): number | null {
  const there = values.filter((value) => value !== null);
  return there.length === 0 ? null : mean(there);
}

/** Rows that the judge and people both scored. */
function bothScored(series: Series, { humans }: Judges): { row: number; judge: boolean; human: boolean }[] {
  if (humans === null) return [];
  const truth = scoredOf(humans);
  return scoredOf(series).flatMap((judge, row) => {
    const human = truth[row] ?? null;
    return judge === null || human === null ? [] : [{ row, judge, human }];
  });
}

function calibrationOf(series: Series, judges: Judges): JudgeCalibration | null {
  const rows = bothScored(series, judges).flatMap(({ row, human }) => {
    const p = series.pCorrect[row] ?? null;
    return p === null ? [] : [{ p, human: Number(human) }];
  });
  if (rows.length === 0) return null;
  const p = rows.map((row) => row.p);
  const human = rows.map((row) => row.human);
  return {
    rows: rows.length,
    ece: expectedCalibrationError(p, human, BINS),
    brier: brierScore(p, human),
    bins: calibrationBins(p, human, BINS, 'equal-width'),
  };
}

function slopeOf(table: AnalysisTable, series: Series, judges: Judges): CardEntry['lengthSlope'] {
  const lengths = lengthsOf(table).values;
  const rows = bothScored(series, judges);
  return lengthSlope(
    rows.map(({ row }) => lengths[row] ?? 0),
    rows.map(({ judge }) => Number(judge)),
    rows.map(({ human }) => Number(human)),
    rows.map(({ row }) => table.questions[row] ?? 0),
  );
}

const ENOUGH_TO_TELL = 20;

/**
 * Nearly always the same verdict, and no sign that it tells right from wrong: of answers that nearly all are right, a good
 * judge says so too.
 */
function saysTheSame(positive: CardEntry['positive'], rows: number, { kappa }: JudgeQuality): boolean {
  if (rows < ENOUGH_TO_TELL || positive === null || (kappa !== null && kappa.low > 0)) return false;
  return positive.value < 0.05 || positive.value > 0.95;
}

function notesOf(
  table: AnalysisTable,
  { humans, reference }: Judges,
  entries: readonly CardEntry[],
): string[] {
  if (humans === null) {
    return [
      'Nobody has labelled these answers, and a report card compares judges with people: label some of them first, or import answers that came with labels.',
    ];
  }
  const rows = Math.max(0, ...entries.map((entry) => entry.quality.rows));
  const notes =
    rows < FEW ? [`Only ${rows} answers have both verdicts: intervals are wide, and κ is rough.`] : [];
  if (reference !== null && reference.sorted > 0) {
    notes.push(
      `${reference.sorted} of the ${reference.labelled} labels come from queues sorted by doubt or disagreement, where judges err more often: agreement on all answers is likely higher.`,
    );
  }
  if (table.scope.options.panels.some(({ kind, weights }) => kind === 'weighted' && weights === null)) {
    notes.push(
      'A panel weighed by κ has its weights from these same labels: its agreement with them is flattered.',
    );
  }
  for (const entry of entries) {
    if (entry.judge.kind === 'lexical') continue;
    if (saysTheSame(entry.positive, entry.accuracy.scored, entry.quality)) {
      notes.push(
        `${entry.judge.name} says nearly always the same, and its κ is not clearly above 0: nothing shows that it tells right from wrong, whatever its agreement.`,
      );
      continue;
    }
    const extreme = entry.bySystem.filter(({ positive, rows: own, quality }) =>
      saysTheSame(positive, own, quality),
    );
    if (extreme.length > 0) {
      const systems = extreme.map(({ system }) => system).join(', ');
      notes.push(
        `${entry.judge.name} says nearly always the same about ${systems}, and its κ there is not clearly above 0: look at its verdicts.`,
      );
    }
  }
  return notes;
}
