import type { CardEntry, ReportCard } from '../../../domain/analysis/report-card.ts';
import { reliabilityChart } from './charts.ts';
import { figure, figures, htmlTable, list, paragraph, section } from './html.ts';
import { count, decimal, points, withInterval } from './numbers.ts';

/** Judges against people: quality, behaviour, and how each was run. */
export function cardSection(card: ReportCard | null): string {
  if (card === null || card.humans === null) return '';
  const { entries, humans, lengthUnit } = card;
  const people = humans.people.map((person) => person.name).join(', ');
  const conflicts =
    humans.labelledByMore === 0
      ? ''
      : ` People differ on ${count(humans.conflicts)} of ${count(humans.labelledByMore)} answers that several labelled.`;
  return section(
    'judges',
    'Judges against people',
    paragraph(`Labels by ${people}: ${count(humans.labelled)} answers.${conflicts}`),
    list(card.notes),
    htmlTable<CardEntry>('Quality, on the answers that judge and people both scored', entries, [
      { head: 'judge', cell: ({ judge }) => judge.name },
      { head: 'answers', cell: ({ quality }) => count(quality.rows), number: true },
      { head: 'agree', cell: ({ quality }) => withInterval(quality.agreement), number: true },
      { head: 'kappa', cell: ({ quality }) => withInterval(quality.kappa), number: true },
      { head: 'sensitivity', cell: ({ quality }) => withInterval(quality.sensitivity), number: true },
      { head: 'specificity', cell: ({ quality }) => withInterval(quality.specificity), number: true },
      { head: 'bias', cell: ({ quality }) => points(quality.bias), number: true },
    ]),
    htmlTable<CardEntry>('Behaviour', entries, [
      { head: 'judge', cell: ({ judge }) => judge.name },
      { head: 'says correct', cell: ({ positive }) => withInterval(positive), number: true },
      {
        head: 'of scored',
        cell: ({ accuracy }) => `${count(accuracy.counts.correct)}/${count(accuracy.scored)}`,
        number: true,
      },
      { head: 'unparsed', cell: ({ unparsed }) => decimal(unparsed?.value), number: true },
      {
        head: 'flips with label order',
        cell: ({ swap }) => (swap === null ? null : `${count(swap.flipped)}/${count(swap.rows)}`),
        number: true,
      },
      { head: `leniency per 100 ${lengthUnit}`, cell: ({ lengthSlope }) => slope(lengthSlope), number: true },
      { head: 'ECE', cell: ({ calibration }) => decimal(calibration?.ece), number: true },
      { head: 'Brier', cell: ({ calibration }) => decimal(calibration?.brier), number: true },
      { head: 'label mass', cell: ({ meanLabelMass }) => decimal(meanLabelMass), number: true },
      { head: 'seconds an item', cell: ({ secondsPerItem }) => decimal(secondsPerItem), number: true },
    ]),
    bySystem(entries),
    setups(entries),
    figures(
      ...entries.flatMap(({ judge, calibration }) =>
        calibration === null
          ? []
          : [
              figure(
                reliabilityChart(`P(correct) of ${judge.name}`, calibration.bins),
                `P(correct) of ${judge.name} against people, ${count(calibration.rows)} answers.`,
              ),
            ],
      ),
    ),
  );
}

function slope(estimate: CardEntry['lengthSlope']): string {
  if (estimate === null) return '–';
  return `${points(estimate.value)} [${(100 * estimate.low).toFixed(1)}, ${(100 * estimate.high).toFixed(1)}]`;
}

/** A judge that is lenient with one model only distorts every comparison with it. */
function bySystem(entries: readonly CardEntry[]): string {
  const systems = entries[0]?.bySystem.map(({ system }) => system) ?? [];
  if (systems.length < 2) return '';
  const rows = entries.map((entry) => ({
    entry,
    of: new Map(entry.bySystem.map((own) => [own.system, own])),
  }));
  return htmlTable<(typeof rows)[number]>('κ with people by the model that answered, bias, answers', rows, [
    { head: 'judge', cell: ({ entry }) => entry.judge.name },
    ...systems.map((system) => ({
      head: system,
      number: true,
      cell: ({ of }: (typeof rows)[number]): string | null => {
        const own = of.get(system);
        if (own === undefined) return null;
        return `${decimal(own.quality.kappa?.value, 2)}, ${points(own.quality.bias)}, ${count(own.rows)}`;
      },
    })),
  ]);
}

function setups(entries: readonly CardEntry[]): string {
  const run = entries.filter((entry) => entry.setup !== null);
  if (run.length === 0) return '';
  return htmlTable<CardEntry>('How they were run', run, [
    { head: 'judge', cell: ({ judge }) => judge.name },
    { head: 'judged in run', cell: ({ setup }) => setup?.madeIn ?? null },
    { head: 'model', cell: ({ setup }) => setup?.model ?? null },
    { head: 'quantization', cell: ({ setup }) => setup?.quantization ?? null },
    { head: 'device', cell: ({ setup }) => setup?.device ?? null },
    { head: 'prompt', cell: ({ setup }) => setup?.prompt ?? null },
    { head: 'label order', cell: ({ setup }) => setup?.labelOrder ?? null },
    { head: 'mode', cell: ({ setup }) => setup?.mode ?? null },
    {
      head: 'sequences × context',
      cell: ({ setup }) => `${setup?.sequences ?? '–'} × ${setup?.contextPerSequence ?? '–'}`,
    },
    { head: 'llama.cpp', cell: ({ setup }) => setup?.llamaCpp ?? null },
  ]);
}
