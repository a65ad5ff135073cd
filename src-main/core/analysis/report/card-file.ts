import type { CardEntry, ReportCard } from '../../../domain/analysis/report-card.ts';
import type { Estimate } from '../../../domain/statistics/interval.ts';
import { csvLine } from '../../exporting/csv.ts';
import { alarmSection } from './accuracy-sections.ts';
import { cardSection } from './card-section.ts';
import type { CardContent } from './content.ts';
import { htmlPage, paragraph, section } from './html.ts';
import { methodsParagraph } from './methods.ts';
import { count, moment } from './numbers.ts';
import { provenanceSection } from './provenance-section.ts';
import { escape } from './svg.ts';

/** A report card alone as one HTML text: tables, charts, methods and provenance, nothing fetched. */
export function cardHtml(content: CardContent): string {
  const { card, alarms } = content;
  const { scope } = card;
  const title = `Report card of judges: ${scope.runName} on ${scope.datasetName}`;
  const lead = `Run ${scope.options.runId}: ${count(scope.answers)} answers to ${count(scope.questions)} questions by ${scope.systems.join(', ') || 'nobody'}. Written ${moment(content.at)}.`;
  const body = [
    `<header><h1>${escape(title)}</h1><p class="lead">${escape(lead)}</p></header>`,
    alarmSection(alarms),
    card.humans === null ? paragraph(card.notes.join(' ')) : cardSection(card),
    section('methods', 'Methods', paragraph(methodsParagraph(content))),
    provenanceSection(content),
  ];
  return htmlPage(title, body.filter((part) => part !== '').join('\n'));
}

type Cell = string | number | null;

const bounds = (name: string, of: (entry: CardEntry) => Estimate | null) =>
  [
    [name, (entry: CardEntry): Cell => of(entry)?.value ?? null],
    [`${name}_low`, (entry: CardEntry): Cell => of(entry)?.low ?? null],
    [`${name}_high`, (entry: CardEntry): Cell => of(entry)?.high ?? null],
  ] as const;

const COLUMNS: readonly (readonly [name: string, of: (entry: CardEntry) => Cell])[] = [
  ['judge', ({ judge }) => judge.name],
  ['key', ({ judge }) => judge.key],
  ['kind', ({ judge }) => judge.kind],
  ['judged_in_run', ({ setup }) => setup?.madeIn ?? null],
  ['model', ({ setup }) => setup?.model ?? null],
  ['model_sha256', ({ setup }) => setup?.modelSha256 ?? null],
  ['quantization', ({ setup }) => setup?.quantization ?? null],
  ['device', ({ setup }) => setup?.device ?? null],
  ['prompt', ({ setup }) => setup?.prompt ?? null],
  ['label_order', ({ setup }) => setup?.labelOrder ?? null],
  ['mode', ({ setup }) => setup?.mode ?? null],
  ['rows', ({ quality }) => quality.rows],
  ['true_positive', ({ confusion }) => confusion.truePositive],
  ['false_positive', ({ confusion }) => confusion.falsePositive],
  ['false_negative', ({ confusion }) => confusion.falseNegative],
  ['true_negative', ({ confusion }) => confusion.trueNegative],
  ...bounds('agreement', ({ quality }) => quality.agreement),
  ...bounds('kappa', ({ quality }) => quality.kappa),
  ...bounds('sensitivity', ({ quality }) => quality.sensitivity),
  ...bounds('specificity', ({ quality }) => quality.specificity),
  ['bias', ({ quality }) => quality.bias],
  ['correct', ({ accuracy }) => accuracy.counts.correct],
  ['scored', ({ accuracy }) => accuracy.scored],
  ['unparsed', ({ accuracy }) => accuracy.counts.unparsed],
  ['not_attempted', ({ accuracy }) => accuracy.counts.not_attempted],
  ['failed', ({ accuracy }) => accuracy.counts.error],
  ['skipped', ({ accuracy }) => accuracy.counts.skipped],
  ['not_judged', ({ missing }) => missing],
  ['flipped', ({ swap }) => swap?.flipped ?? null],
  ['read_in_both_orders', ({ swap }) => swap?.rows ?? null],
  ...bounds('length_slope', ({ lengthSlope }) => lengthSlope),
  ['ece', ({ calibration }) => calibration?.ece ?? null],
  ['brier', ({ calibration }) => calibration?.brier ?? null],
  ['label_mass', ({ meanLabelMass }) => meanLabelMass],
  ['seconds_per_item', ({ secondsPerItem }) => secondsPerItem],
  ['prompt_tokens_per_second', ({ promptTokensPerSecond }) => promptTokensPerSecond],
];

/** One line a judge, numbers in full. */
export function cardCsv({ entries }: ReportCard): string {
  return [
    csvLine(COLUMNS.map(([name]) => name)),
    ...entries.map((entry) => csvLine(COLUMNS.map(([, of]) => of(entry)))),
  ].join('');
}
