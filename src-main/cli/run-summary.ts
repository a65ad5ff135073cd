import type { CombinedVerdict } from '../domain/analysis/combined.ts';
import type { Alarm } from '../domain/alarm.ts';
import type { JudgeCounts, Run, RunCounts, RunPhase } from '../domain/run.ts';
import { wilson } from '../domain/statistics/wilson.ts';
import { formatBytes } from '../domain/units.ts';
import { formatSeconds, table } from './output.ts';

/** A run's numbers as a terminal shows them: alarms first, then accuracy by judge with its denominators, then how it was made. */
export function runSummaryText(
  run: Run,
  counts: RunCounts,
  alarms: readonly Alarm[],
  combined: CombinedVerdict | null = null,
): string {
  const parts = [
    `Run ${run.id} "${run.name}" on ${run.datasetName}: ${run.status}, ${run.answered} of ${run.total} answered`,
    ...alarms.map((alarm) => `${alarm.severity === 'error' ? '!!' : '! '} ${alarm.text}`),
    '',
    accuracyTable(counts, combined),
    ...(mayHaveSeveral(run)
      ? [
          `Where a question has several answers these intervals are too narrow: see \`assize analyse ${run.id}\`.\n`,
        ]
      : []),
    phaseTable(run.phases),
    ...run.phases.flatMap(checkOf),
  ];
  if (run.error !== null) parts.splice(1, 0, run.error);
  return parts.join('\n');
}

/** Counts do not tell how many questions were asked; samples do, and stored answers may be of several models. */
function mayHaveSeveral({ experiment }: Run): boolean {
  return experiment.samples > 1 || experiment.generator === null;
}

interface AccuracyRow {
  readonly judge: string;
  readonly value: string;
  readonly interval: string;
  readonly scored: string;
  readonly unscored: string;
}

function accuracyTable(counts: RunCounts, combined: CombinedVerdict | null): string {
  const rows: AccuracyRow[] = [
    proportion('exact match', counts.exactMatch.correct, counts.exactMatch.scored, ''),
    proportion('contains', counts.contains.correct, counts.contains.scored, ''),
    {
      judge: 'F1 (mean)',
      value: counts.f1.mean === null ? '–' : counts.f1.mean.toFixed(3),
      interval: '',
      scored: String(counts.f1.scored),
      unscored: '',
    },
    ...counts.judges.map((judge) =>
      proportion(judge.judge.name, judge.correct, judge.correct + judge.incorrect, unscored(judge)),
    ),
    ...(combined === null ? [] : [together(combined)]),
  ];
  return table(rows, [
    { head: 'judge', cell: (row) => row.judge, max: 60 },
    { head: 'accuracy', cell: (row) => row.value, right: true },
    { head: '95 % interval', cell: (row) => row.interval },
    { head: 'correct of scored', cell: (row) => row.scored, right: true },
    { head: 'unscored', cell: (row) => row.unscored },
  ]);
}

function together({ kind, members, counts, missing }: CombinedVerdict): AccuracyRow {
  const { correct, incorrect, not_attempted: notAttempted, unparsed, error, skipped } = counts;
  return proportion(
    `${kind} of ${members.length} judges`,
    correct,
    correct + incorrect,
    unscored({ notAttempted, unparsed, error, skipped, missing }),
  );
}

function proportion(judge: string, correct: number, scored: number, unscored: string): AccuracyRow {
  const estimate = wilson(correct, scored);
  return {
    judge,
    value: estimate === null ? '–' : estimate.value.toFixed(3),
    interval: estimate === null ? '' : `[${estimate.low.toFixed(3)}, ${estimate.high.toFixed(3)}]`,
    scored: estimate === null ? '0' : `${correct}/${scored}`,
    unscored,
  };
}

function unscored(
  judge: Pick<JudgeCounts, 'unparsed' | 'notAttempted' | 'skipped' | 'error' | 'missing'>,
): string {
  const kinds = [
    [judge.unparsed, 'unparsed'],
    [judge.notAttempted, 'not attempted'],
    [judge.skipped, 'skipped'],
    [judge.error, 'failed'],
    [judge.missing, 'not judged'],
  ] as const;
  const there = kinds.filter(([count]) => count > 0).map(([count, word]) => `${count} ${word}`);
  return there.length === 0 ? '0' : there.join(', ');
}

function phaseTable(phases: readonly RunPhase[]): string {
  const seconds = (phase: RunPhase): string =>
    phase.startedAt === null || phase.endedAt === null
      ? ''
      : formatSeconds((phase.endedAt - phase.startedAt) / 1000);
  const rate = (phase: RunPhase): string =>
    phase.busyMs === 0 ? '' : `${((phase.tokens * 1000) / phase.busyMs).toFixed(0)} tok/s`;
  return table<RunPhase>(phases, [
    { head: 'phase', cell: (phase) => phase.role },
    { head: 'model', cell: (phase) => phase.modelName, max: 50 },
    { head: 'done', cell: (phase) => `${phase.done}/${phase.total}`, right: true },
    { head: 'failed', cell: (phase) => String(phase.failed), right: true },
    { head: 'time', cell: seconds, right: true },
    { head: 'speed', cell: rate, right: true },
    { head: 'memory predicted', cell: (phase) => memoryText(predicted(phase)), right: true },
    { head: 'measured', cell: (phase) => memoryText(measured(phase)), right: true },
    { head: 'unloaded', cell: (phase) => phase.measured?.exit ?? '' },
  ]);
}

/** What the phase's own check found: some of its rows made again in another order. */
function checkOf({ role, provenance }: RunPhase): string[] {
  const check = provenance?.['check'];
  if (typeof check !== 'object' || check === null || !('sentence' in check)) return [];
  return [`checked (${role}): ${String(check.sentence)}`];
}

function memoryText(bytes: number | null): string {
  return bytes === null ? '' : formatBytes(bytes);
}

function predicted(phase: RunPhase): number | null {
  if (phase.plan === null) return null;
  return phase.plan.devices.flatMap((device) => device.components).reduce((sum, part) => sum + part.bytes, 0);
}

/** Peak of the process over its devices; where a device does not tell, what llama.cpp says it allocated there. */
function measured(phase: RunPhase): number | null {
  if (phase.measured === null || phase.measured.devices.length === 0) return null;
  return phase.measured.devices.reduce(
    (sum, device) => sum + (device.peakBytes ?? device.weightsBytes + device.kvBytes + device.computeBytes),
    0,
  );
}
