import { parseBox } from '../cards.ts';
import type { Range } from '../speed.ts';
import type { PhaseTime } from '../time.ts';
import type { Part } from './claims.ts';
import { modelsFor, type GuideContext } from './context.ts';
import { text, type GuideCell, type GuideSection, type GuideTable } from './document.ts';
import type { GuideModel } from './questions.ts';

function minutes(seconds: Range): string {
  const show = (s: number): string =>
    s < 600 ? (s / 60).toFixed(1) : Math.round(s / 60).toLocaleString('en-US');
  return `${show(seconds[0])}–${show(seconds[1])} min`;
}

function rangeCell(range: Range | undefined, show: (range: Range) => string): GuideCell {
  return range === undefined ? text('–') : { text: show(range), value: (range[0] + range[1]) / 2 };
}

function withLoading(phase: PhaseTime | undefined): Range | undefined {
  return phase === undefined
    ? undefined
    : [phase.loadSeconds[0] + phase.workSeconds[0], phase.loadSeconds[1] + phase.workSeconds[1]];
}

/** The best file of the columns that runs whole on a box. */
function bestPart(context: GuideContext, model: GuideModel, box: string): Part | null {
  const parts = model.files.map(({ recipe }) => ({ model: model.id, recipe }));
  return parts.find((part) => context.questions.ask([part], box, 'sequential')?.runs === true) ?? null;
}

function timeRows(context: GuideContext, generator: GuideModel, judge: GuideModel): GuideCell[][] {
  return context.boxes.flatMap((box) => {
    const parts = [bestPart(context, generator, box), bestPart(context, judge, box)].filter(
      (p) => p !== null,
    );
    const answer = parts.length < 2 ? null : context.questions.ask(parts, box, 'sequential');
    if (answer === null || answer.time === null) {
      return [];
    }
    const dollars = (usd: Range): string => `$${usd[0].toFixed(2)}–${usd[1].toFixed(2)}`;
    return [
      [
        text(box),
        text(parts.map((p) => context.questions.name(p)).join(' + ')),
        rangeCell(withLoading(answer.time.phases[0]), minutes),
        rangeCell(withLoading(answer.time.phases[1]), minutes),
        rangeCell(answer.time.totalSeconds, minutes),
        rangeCell(answer.cost?.usd, dollars),
      ],
    ];
  });
}

function priceTable(context: GuideContext): GuideTable {
  const used = new Set(context.boxes.flatMap((box) => parseBox(box, context.cards).cards.map((c) => c.name)));
  const rows = context.prices
    .filter((price) => used.has(price.card))
    .map((price): GuideCell[] => [
      text(price.card),
      text(price.provider),
      { text: `$${(price.usdPerHour / price.count).toFixed(2)}`, value: price.usdPerHour / price.count },
      text(price.date),
      text(price.source),
    ]);
  return {
    id: 'prices',
    caption: 'Prices per card and hour',
    columns: ['Card', 'Where', 'An hour', 'Date', 'Source'],
    rows,
  };
}

/** How long the dataset takes on each box, and what that costs rented. */
export function timeSection(context: GuideContext): GuideSection {
  const { dataset, calibration } = context;
  const rows = modelsFor(context, 'generate').flatMap((generator) =>
    modelsFor(context, 'judge').flatMap((judge) => timeRows(context, generator, judge)),
  );
  return {
    id: 'time',
    title: 'Time and cost',
    paragraphs: [
      `${dataset.name}: ${dataset.questions.count.toLocaleString('en-US')} questions of ${Math.round(average(dataset.questions))} tokens, ` +
        `answers of up to ${dataset.answerTokens}; a judge reads ${Math.round(average(dataset.verdicts))} tokens for each and writes ${dataset.verdictTokens}. ` +
        'In turn, loading included, each model in the best file that fits whole.',
      calibration.runs > 0
        ? `Calibrated by ${calibration.runs} runs on this machine.`
        : 'Ranges of what bandwidth and compute allow: the first runs on a card narrow them.',
    ],
    tables: [
      {
        id: 'time',
        caption: `For ${dataset.questions.count.toLocaleString('en-US')} examples`,
        columns: ['Box', 'Generator + judge', 'Generation', 'Judging', 'Total', 'Rented'],
        rows,
      },
      priceTable(context),
    ],
  };
}

function average(counts: { readonly count: number; readonly total: number }): number {
  return counts.total / Math.max(1, counts.count);
}
