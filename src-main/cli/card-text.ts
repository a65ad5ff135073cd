import type { CardEntry, ReportCard } from '../domain/analysis/report-card.ts';
import { scopeText, shareText } from './analysis-text.ts';
import { count, decimal, estimateText, pointsInterval, pointsText } from './numbers.ts';
import { table } from './output.ts';

const JUDGE = { head: 'judge', cell: ({ judge }: CardEntry): string => judge.name, max: 60 } as const;

/** A report card as a terminal shows it. */
export function cardText(card: ReportCard): string {
  const people = card.humans?.people.map((person) => person.name).join(', ') ?? 'nobody';
  return [
    scopeText(card.scope),
    `Labels by ${people}: ${count(card.humans?.labelled ?? 0)} answers`,
    ...card.notes.map((text) => `Note: ${text}`),
    '',
    qualityTable(card.entries),
    behaviourTable(card),
    ...(card.scope.systems.length > 1 ? [systemsTable(card.entries)] : []),
    setupTable(card.entries),
  ].join('\n');
}

function qualityTable(entries: readonly CardEntry[]): string {
  return table<CardEntry>(entries, [
    JUDGE,
    { head: 'rows', cell: ({ quality }) => count(quality.rows), right: true },
    { head: 'agree', cell: ({ quality }) => decimal(quality.agreement?.value), right: true },
    { head: 'kappa', cell: ({ quality }) => estimateText(quality.kappa) },
    { head: 'sensitivity', cell: ({ quality }) => estimateText(quality.sensitivity) },
    { head: 'specificity', cell: ({ quality }) => estimateText(quality.specificity) },
    {
      head: 'bias',
      cell: ({ quality }) => (quality.bias === null ? '–' : pointsText(quality.bias)),
      right: true,
    },
  ]);
}

function behaviourTable({ entries, lengthUnit }: ReportCard): string {
  const percent = (value: number | undefined): string =>
    value === undefined ? '–' : `${(100 * value).toFixed(1)} %`;
  return table<CardEntry>(entries, [
    JUDGE,
    { head: 'says correct', cell: ({ positive }) => percent(positive?.value), right: true },
    { head: 'of scored', cell: ({ accuracy }) => shareText(accuracy), right: true },
    { head: 'unparsed', cell: ({ unparsed }) => percent(unparsed?.value), right: true },
    {
      head: 'flips with order',
      cell: ({ swap }) =>
        swap === null ? '–' : `${percent(swap.rate?.value)} (${count(swap.flipped)}/${count(swap.rows)})`,
      right: true,
    },
    { head: 'label mass', cell: ({ meanLabelMass }) => decimal(meanLabelMass), right: true },
    { head: 'ECE', cell: ({ calibration }) => decimal(calibration?.ece), right: true },
    { head: 'Brier', cell: ({ calibration }) => decimal(calibration?.brier), right: true },
    {
      head: `per 100 ${lengthUnit}`,
      cell: ({ lengthSlope: slope }) =>
        slope === null ? '–' : `${pointsText(slope.value)} ${pointsInterval(slope)}`,
    },
    { head: 's/item', cell: ({ secondsPerItem }) => decimal(secondsPerItem), right: true },
  ]);
}

function systemsTable(entries: readonly CardEntry[]): string {
  const systems = entries[0]?.bySystem.map(({ system }) => system) ?? [];
  return table<CardEntry>(entries, [
    { ...JUDGE, head: 'kappa on rows (says correct) by system' },
    ...systems.map((system) => ({
      head: system,
      max: 24,
      right: true,
      cell: ({ bySystem }: CardEntry): string => {
        const entry = bySystem.find((known) => known.system === system);
        const says = entry?.positive === null || entry === undefined ? '–' : decimal(entry.positive.value, 2);
        return `${decimal(entry?.quality.kappa?.value, 2)} on ${count(entry?.rows ?? 0)} (${says})`;
      },
    })),
  ]);
}

function setupTable(entries: readonly CardEntry[]): string {
  const run = entries.filter((entry) => entry.setup !== null);
  if (run.length === 0) return '';
  return table<CardEntry>(run, [
    JUDGE,
    { head: 'quantization', cell: ({ setup }) => setup?.quantization ?? '–' },
    { head: 'device', cell: ({ setup }) => setup?.device ?? '–', max: 50 },
    { head: 'prompt', cell: ({ setup }) => setup?.prompt ?? '–' },
    { head: 'labels', cell: ({ setup }) => setup?.labelOrder ?? '–' },
    { head: 'mode', cell: ({ setup }) => setup?.mode ?? '–' },
    {
      head: 'sequences × context',
      cell: ({ setup }) => `${setup?.sequences ?? '–'} × ${setup?.contextPerSequence ?? '–'}`,
    },
    { head: 'in run', cell: ({ setup }) => String(setup?.madeIn ?? '–'), right: true },
    { head: 'prompt tok/s', cell: (entry) => decimal(entry.promptTokensPerSecond, 0), right: true },
    { head: 'llama.cpp', cell: ({ setup }) => setup?.llamaCpp ?? '–' },
  ]);
}
