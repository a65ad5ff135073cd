import type { CorrectedView, TransferredView } from '../domain/analysis/corrected-view.ts';
import { shareText } from './analysis-text.ts';
import { count, decimal, estimateText } from './numbers.ts';
import { table } from './output.ts';

/** Labels that reach the margins, with each judge and without one. */
export function neededText(views: readonly CorrectedView[]): string {
  const rows = views.flatMap(({ judge, needed, labels }) =>
    needed.map((entry) => ({ ...entry, judge: judge.name, used: labels.used })),
  );
  if (rows.length === 0) {
    return 'With fewer than two labels it cannot be said how many are needed: `assize label RUN`.';
  }
  return table(rows, [
    { head: 'labels needed with', cell: (row) => row.judge, max: 60 },
    { head: 'for ±', cell: (row) => decimal(row.margin, 3), right: true },
    {
      head: 'labels',
      cell: (row) =>
        row.withJudge === null ? `never: ±${decimal(row.bestMargin)} at best` : count(row.withJudge),
      right: true,
    },
    { head: 'without a judge', cell: (row) => count(row.humanOnly), right: true },
    { head: 'there are', cell: (row) => count(row.used), right: true },
  ]);
}

/** Accuracy corrected with each judge's errors on another run, or why not. */
export function transferredText(views: readonly TransferredView[]): string {
  const rows = table<TransferredView>(views, [
    { head: 'corrected by calibration', cell: ({ judge }) => judge.name, max: 60 },
    { head: 'uncorrected', cell: ({ raw }) => estimateText(raw.accuracy) },
    { head: 'correct of scored', cell: ({ raw }) => shareText(raw), right: true },
    {
      head: 'corrected',
      cell: ({ result }) => (result.ok ? estimateText(result.estimate) : `refused: ${result.reason}`),
      max: 160,
    },
    {
      head: 'sensitivity',
      cell: ({ result }) => (result.ok ? decimal(result.sensitivity) : ''),
      right: true,
    },
    {
      head: 'specificity',
      cell: ({ result }) => (result.ok ? decimal(result.specificity) : ''),
      right: true,
    },
    { head: 'on rows', cell: ({ calibration }) => count(calibration.rows), right: true },
  ]);
  const notes = [...new Set(views.flatMap((view) => view.notes))].map((text) => `Note: ${text}`);
  return [rows, ...notes].join('\n');
}
