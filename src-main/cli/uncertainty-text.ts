import type {
  TokenView,
  UncertaintyCell,
  UncertaintyDetail,
  UncertaintyView,
} from '../domain/analysis/uncertainty-view.ts';
import type { CalibrationBin } from '../domain/statistics/calibration.ts';
import { count, decimal, estimateText, intervalText } from './numbers.ts';
import { table } from './output.ts';

/** Every score against every judge, the best AUROC first. */
export function uncertaintyText({ scores, judges, cells, note }: UncertaintyView): string {
  const judge = (key: string): string => judges.find((known) => known.key === key)?.name ?? key;
  const score = (key: string): string => scores.find((known) => known.key === key)?.name ?? key;
  const shown = cells.filter((cell) => cell.auroc !== null);
  if (shown.length === 0) {
    const there = scores.map(({ name, answers }) => `${name} (${count(answers)})`).join(', ');
    return [
      ...(note === null ? [] : [note]),
      `No judge has called some of these answers correct and others incorrect: there is nothing to tell apart. Scores (answers that have them): ${there || 'none'}.`,
    ].join('\n');
  }
  const rows = table<UncertaintyCell>(
    shown.toSorted((a, b) => judge(a.judge).localeCompare(judge(b.judge)) || (b.auroc ?? 0) - (a.auroc ?? 0)),
    [
      { head: 'judge', cell: (cell) => judge(cell.judge), max: 44 },
      { head: 'score', cell: (cell) => score(cell.score), max: 44 },
      { head: 'AUROC', cell: (cell) => decimal(cell.auroc), right: true },
      { head: 'interval', cell: (cell) => intervalText(cell.interval) },
      { head: 'AURAC', cell: (cell) => decimal(cell.aurac), right: true },
      { head: 'PRR', cell: (cell) => decimal(cell.prr), right: true },
      { head: 'ECE', cell: (cell) => decimal(cell.ece), right: true },
      { head: 'Brier', cell: (cell) => decimal(cell.brier), right: true },
      {
        head: 'incorrect of answers',
        cell: (cell) => `${decimal(cell.incorrect, 0)}/${count(cell.rows)}`,
        right: true,
      },
    ],
  );
  return note === null ? rows : `${note}\n${rows}`;
}

/** How early the model's uncertainty tells, and which tokens carry it. */
export function tokensText({ judge, answers, scored, prefix, positions }: TokenView): string {
  if (answers === 0) return 'These answers came without log-probabilities: there are no tokens to look at.';
  const head = `Tokens of ${count(answers)} answers, ${count(scored)} of them scored by ${judge.name}`;
  const curve = table<TokenView['prefix'][number]>(prefix, [
    { head: 'tokens read', cell: ({ tokens }) => count(tokens), right: true },
    { head: 'AUROC', cell: ({ auroc }) => decimal(auroc), right: true },
    { head: 'answers as long', cell: ({ reached }) => count(reached), right: true },
  ]);
  const means = table<TokenView['positions'][number]>(positions.slice(0, POSITIONS_SHOWN), [
    { head: 'token', cell: ({ position }) => count(position), right: true },
    { head: 'mean NLL', cell: ({ all }) => decimal(all.meanNll), right: true },
    { head: 'of correct', cell: ({ correct }) => decimal(correct?.meanNll), right: true },
    { head: 'of incorrect', cell: ({ incorrect }) => decimal(incorrect?.meanNll), right: true },
    { head: 'answers', cell: ({ all }) => count(all.answers), right: true },
  ]);
  return [head, curve, means].join('\n');
}

const POSITIONS_SHOWN = 16;

const SHARES = [0.2, 0.4, 0.6, 0.8, 1];

/** One score against one judge: what the page draws, as numbers. */
export function scoreText(detail: UncertaintyDetail): string {
  const { score, judge, cell, interval, rejection, calibration, lengthBias } = detail;
  const kept = SHARES.flatMap((share) => {
    const point = rejection.findLast(({ kept: part }) => part <= share + 1e-9);
    return point === undefined ? [] : [{ share, accuracy: point.accuracy }];
  });
  return [
    `${score.name} (${score.unit}) against ${judge.name}: ${score.description}`,
    `AUROC ${decimal(cell.auroc)} ${intervalText(interval)}, AURAC ${decimal(cell.aurac)}, PRR ${decimal(cell.prr)}; ${decimal(cell.incorrect, 0)} incorrect of ${count(cell.rows)}`,
    table(kept, [
      { head: 'most certain kept', cell: ({ share }) => `${(100 * share).toFixed(0)} %`, right: true },
      { head: 'accuracy', cell: ({ accuracy }) => decimal(accuracy), right: true },
    ]),
    ...(calibration === null ? [] : [calibrationText(calibration, cell)]),
    ...(lengthBias === null
      ? []
      : [
          `${lengthBias.sentence} Length and score: rho ${estimateText(lengthBias.lengthAndUncertainty)}; length and incorrect: ${estimateText(lengthBias.lengthAndIncorrect)}; AUROC of length alone ${decimal(lengthBias.aurocOfLength)}; partial correlation ${decimal(lengthBias.partial)}.`,
        ]),
  ].join('\n');
}

function calibrationText(bins: readonly CalibrationBin[], { ece, brier }: UncertaintyCell): string {
  return table<CalibrationBin>(bins, [
    {
      head: `stated (ECE ${decimal(ece)}, Brier ${decimal(brier)})`,
      cell: ({ confidence }) => decimal(confidence),
      right: true,
    },
    { head: 'correct', cell: ({ accuracy }) => decimal(accuracy), right: true },
    { head: 'answers', cell: ({ count: answers }) => count(answers), right: true },
  ]);
}
