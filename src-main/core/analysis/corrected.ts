import type { CorrectedView, LabelsUsed, TransferredView } from '../../domain/analysis/corrected-view.ts';
import type { JudgeCorrection } from '../../domain/analysis/run-analysis.ts';
import type { JudgeKey } from '../../domain/analysis/options.ts';
import { confusion } from '../../domain/statistics/agreement.ts';
import {
  labelsNeeded,
  predictionPowered,
  type PredictionPoweredInput,
} from '../../domain/statistics/corrected.ts';
import { roganGladen } from '../../domain/statistics/rogan-gladen.ts';
import { type Judges, judgeNamed, judgesOf } from './judges.ts';
import { type RandomLabels, randomLabels, sortedOnly } from './random-labels.ts';
import { accuracyBy, type AnalysisTable, scoredOf, type Series } from './table.ts';

const MARGINS = [0.1, 0.05, 0.03, 0.02];

/**
 * Accuracy by a judge, corrected by labels drawn blind and at random from this run. Labels of sorted queues and those made
 * in the open are left out and counted. Throws Problem NOT_FOUND for a judge that is not there.
 */
export function correctedAccuracy(
  table: AnalysisTable,
  judgeKey: JudgeKey,
  margin: number | null,
): CorrectedView {
  const judges = judgesOf(table);
  const series = judgeNamed(judges, judgeKey);
  const { level } = table.scope.options;
  const labels = randomLabels(table);
  const { input, used } = correctionInput(table, series, labels, judges);
  const corrected = predictionPowered(input, { level });
  const margins = [...new Set([...(margin === null ? [] : [margin]), ...MARGINS])];
  return {
    scope: table.scope,
    judge: series.ref,
    raw: accuracyBy(table, series),
    labels: used,
    corrected,
    tuned: predictionPowered(input, { level, tuned: true }),
    notes: notesOf(table, series, used, input),
    needed: margins.flatMap((wanted) => {
      const needed = labelsNeeded(input, wanted, level);
      return needed === null ? [] : [{ ...needed, margin: wanted }];
    }),
  };
}

/** Every judge that is no person, corrected; empty while nobody has labelled. */
export function correctionsOf(table: AnalysisTable, judges: Judges): JudgeCorrection[] {
  if (judges.humans === null) return [];
  const labels = randomLabels(table);
  const { level } = table.scope.options;
  return judges.list
    .filter(({ ref }) => ref.kind !== 'human')
    .map((series) => {
      const { input, used } = correctionInput(table, series, labels, judges);
      return { judge: series.ref, corrected: predictionPowered(input, { level }), labels: used };
    });
}

function correctionInput(
  table: AnalysisTable,
  series: Series,
  random: RandomLabels,
  { humans, reference }: Judges,
): { readonly input: PredictionPoweredInput; readonly used: LabelsUsed } {
  const scored = scoredOf(series);
  const people = humans === null ? [] : scoredOf(humans);
  const judged = scored.flatMap((value, row) => (value === null ? [] : [row]));
  // Where every scored answer has a label, there was no draw that could have been biased.
  const complete = judged.length > 0 && judged.every((row) => (people[row] ?? null) !== null);
  const labels = complete ? people : random.labels;
  const human = judged.map((row) => {
    const label = labels[row] ?? null;
    return label === null ? null : Number(label);
  });
  const usable = human.filter((label) => label !== null).length;
  const labelled = humans?.verdicts.filter((verdict) => verdict !== null).length ?? 0;
  const leftOut = complete
    ? []
    : [
        ...random.leftOut,
        {
          reason: 'drawn at random, but not scored by the judge',
          count: random.count - random.undecided - usable,
        },
      ];
  return {
    input: {
      judge: judged.map((row) => Number(scored[row])),
      human,
      questions: judged.map((row) => table.questions[row] ?? 0),
    },
    used: {
      labelled,
      random: random.count,
      used: usable,
      complete,
      authors: complete ? (reference?.people.map((person) => person.name) ?? []) : random.authors,
      leftOut: leftOut.filter(({ count }) => count > 0),
    },
  };
}

function notesOf(
  table: AnalysisTable,
  series: Series,
  used: LabelsUsed,
  { judge, questions }: PredictionPoweredInput,
): string[] {
  const notes: string[] = [];
  if (series.ref.kind === 'human') {
    notes.push('This is a person’s judgment: it is what others are corrected by.');
  }
  if (used.used < 2) {
    notes.push(
      used.random > 0
        ? `${used.used} of the labels drawn blind and at random can be used so far; two make a first, rough number.`
        : used.labelled > 0
          ? 'There are labels, but none drawn blind and at random from this run. Label some in random order.'
          : 'Nobody has labelled answers of this run at random yet. Fifty labels are a good beginning.',
    );
  }
  if (used.complete) {
    notes.push('Every answer has a label: the corrected accuracy is people’s own.');
  }
  if (judge.length < table.rows.length) {
    notes.push(
      `The judge scored ${judge.length} of ${table.rows.length} answers; the corrected accuracy is of those.`,
    );
  }
  const asked = new Set(questions).size;
  if (asked === 1 && judge.length > 1) {
    notes.push(
      'All these answers are to one question, which says nothing of others: there is no correction.',
    );
  } else if (asked < judge.length) {
    notes.push(
      `The interval takes answers to one question as hanging together (${judge.length} answers to ${asked} questions).`,
    );
  }
  return notes;
}

/**
 * Accuracy here corrected with the judge's sensitivity and specificity on another run that people labelled; refused with a
 * sentence when that cannot be trusted. Throws Problem NOT_FOUND for judges that are not there.
 */
export function transferredAccuracy(
  table: AnalysisTable,
  judgeKey: JudgeKey,
  calibration: { readonly table: AnalysisTable; readonly judge: JudgeKey },
): TransferredView {
  const series = judgeNamed(judgesOf(table), judgeKey);
  const { level } = table.scope.options;
  const there = judgesOf(calibration.table);
  const judge = judgeNamed(there, calibration.judge);
  // Labels asked for because a judge was in doubt or alone show more errors than it makes.
  const leftOut = (there.reference?.sorted ?? 0) > 0 ? sortedOnly(calibration.table) : new Set<number>();
  const truth = there.humans === null ? [] : scoredOf(there.humans);
  const counts = confusion(
    scoredOf(judge),
    calibration.table.rows.map((_, row) => (leftOut.has(row) ? null : (truth[row] ?? null))),
  );
  const scored = scoredOf(series).filter((value) => value !== null);
  const notes = ['Valid only if the judge errs as often on these answers as on those of the calibration.'];
  if ([table, calibration.table].some(({ scope }) => scope.answers > scope.questions)) {
    notes.push(
      'Several answers to a question hang together: this interval takes them as independent and is too narrow.',
    );
  }
  if (leftOut.size > 0) {
    notes.push(
      `${there.reference?.sorted ?? 0} of the labels there come from sorted queues and are left out: judges err more often on such answers than on all.`,
    );
  }
  if (judge.ref.key !== series.ref.key) {
    notes.push(`The calibration is of another judge (${judge.ref.name}): its errors need not be this one's.`);
  }
  if (calibration.table.run.datasetId !== table.run.datasetId) {
    notes.push(`The calibration is on other questions (${calibration.table.run.datasetName}).`);
  }
  return {
    scope: table.scope,
    judge: series.ref,
    raw: accuracyBy(table, series),
    calibration: {
      runId: calibration.table.run.id,
      runName: calibration.table.run.name,
      judge: judge.ref,
      rows: counts.truePositive + counts.falsePositive + counts.falseNegative + counts.trueNegative,
      confusion: counts,
    },
    result: roganGladen(scored.filter(Boolean).length, scored.length, counts, level),
    notes,
  };
}
