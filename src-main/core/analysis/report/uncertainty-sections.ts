import type {
  TokenView,
  UncertaintyCell,
  UncertaintyDetail,
  UncertaintyView,
} from '../../../domain/analysis/uncertainty-view.ts';
import { histogramChart, lineChart, reliabilityChart } from './charts.ts';
import { figure, figures, htmlTable, paragraph, section } from './html.ts';
import { count, decimal, interval, withInterval } from './numbers.ts';

export function uncertaintySection(view: UncertaintyView, detail: UncertaintyDetail | null): string {
  if (view.note !== null) return section('uncertainty', 'Uncertainty', paragraph(view.note));
  const judge = (key: string): string => view.judges.find((known) => known.key === key)?.name ?? key;
  const score = (key: string): string => view.scores.find((known) => known.key === key)?.name ?? key;
  const shown = view.cells.filter((cell) => cell.auroc !== null);
  return section(
    'uncertainty',
    'Uncertainty',
    htmlTable<UncertaintyCell>('Every score against every judge, for finding incorrect answers', shown, [
      { head: 'score', cell: (cell) => score(cell.score) },
      { head: 'judge', cell: (cell) => judge(cell.judge) },
      { head: 'AUROC', cell: (cell) => decimal(cell.auroc), number: true },
      { head: 'interval', cell: (cell) => interval(cell.interval), number: true },
      { head: 'AURAC', cell: (cell) => decimal(cell.aurac), number: true },
      { head: 'PRR', cell: (cell) => decimal(cell.prr), number: true },
      { head: 'ECE', cell: (cell) => decimal(cell.ece), number: true },
      { head: 'Brier', cell: (cell) => decimal(cell.brier), number: true },
      {
        head: 'incorrect',
        cell: (cell) => decimal(cell.incorrect, cell.judge === 'marginal' ? 1 : 0),
        number: true,
      },
      { head: 'answers', cell: (cell) => count(cell.rows), number: true },
    ]),
    htmlTable('Scores', view.scores, [
      { head: 'score', cell: (known) => known.name },
      { head: 'unit', cell: (known) => known.unit },
      { head: 'answers', cell: (known) => count(known.answers), number: true },
      { head: 'what it is', cell: (known) => known.description },
    ]),
    detail === null ? '' : detailFigures(detail),
  );
}

function detailFigures(detail: UncertaintyDetail): string {
  const { cell, score, judge, roc, rejection, calibration, histogram, lengthBias } = detail;
  const accuracy = rejection.at(-1)?.accuracy;
  const name = `${score.name} against ${judge.name}`;
  return [
    paragraph(
      `${name}: AUROC ${decimal(cell.auroc)}, ${interval(detail.interval)}; accuracy of the 80 % most certain ${decimal(detail.accuracyAt80)}.`,
    ),
    figures(
      roc.length === 0
        ? ''
        : figure(
            lineChart(`ROC of ${name}`, `Area ${decimal(cell.auroc)}.`, {
              x: { from: 0, to: 1, name: 'correct answers flagged' },
              y: { from: 0, to: 1, name: 'incorrect answers found' },
              series: [
                {
                  name: score.name,
                  points: roc.map((point) => [point.falsePositiveRate, point.truePositiveRate] as const),
                },
              ],
              diagonal: true,
            }),
            `ROC curve for finding incorrect answers; area ${decimal(cell.auroc)}.`,
          ),
      rejection.length === 0
        ? ''
        : figure(
            lineChart(`Accuracy and rejection by ${name}`, `Area ${decimal(cell.aurac)}.`, {
              x: { from: 0, to: 1, name: 'share of answers kept, most certain first' },
              y: { from: 0, to: 1, name: 'accuracy' },
              series: [
                { name: score.name, points: rejection.map((point) => [point.kept, point.accuracy] as const) },
              ],
              ...(accuracy === undefined ? {} : { level: accuracy }),
            }),
            `Accuracy of the answers kept; area ${decimal(cell.aurac)}, prediction–rejection ratio ${decimal(cell.prr)}. Dashed: all answers.`,
          ),
      figure(
        histogramChart(`${score.name} by verdict`, `${score.name} (${score.unit})`, histogram),
        `${score.name} of correct (up) and incorrect (down) answers by ${judge.name}.`,
      ),
      calibration === null || calibration.length === 0
        ? ''
        : figure(
            reliabilityChart(`Calibration of ${name}`, calibration),
            `Stated probability against share correct; expected calibration error ${decimal(cell.ece)}, Brier ${decimal(cell.brier)}.`,
          ),
    ),
    lengthBias === null
      ? ''
      : htmlTable(
          `Length bias, in ${detail.lengthUnit}. ${lengthBias.sentence}`,
          [lengthBias],
          [
            { head: 'answers', cell: (bias) => count(bias.rows) },
            { head: 'length and score (Spearman)', cell: (bias) => withInterval(bias.lengthAndUncertainty) },
            { head: 'length and incorrect', cell: (bias) => withInterval(bias.lengthAndIncorrect) },
            { head: 'AUROC of the score', cell: (bias) => decimal(bias.auroc), number: true },
            { head: 'of length alone', cell: (bias) => decimal(bias.aurocOfLength), number: true },
            { head: 'partial correlation, length held', cell: (bias) => decimal(bias.partial), number: true },
          ],
        ),
  ].join('\n');
}

export function tokenSection(tokens: TokenView | null): string {
  if (tokens === null || tokens.positions.length === 0) return '';
  const last = tokens.positions.at(-1)?.position ?? 1;
  const highest = Math.max(
    0.1,
    ...tokens.positions.flatMap(({ all, correct, incorrect }) =>
      [all, correct, incorrect].map((point) => point?.meanNll ?? 0),
    ),
  );
  const curve = (pick: 'all' | 'correct' | 'incorrect') =>
    tokens.positions.flatMap((point) => {
      const value = point[pick];
      return value === null ? [] : [[point.position, value.meanNll] as const];
    });
  const prefix = tokens.prefix.flatMap((point) =>
    point.auroc === null ? [] : [[point.tokens, point.auroc] as const],
  );
  return section(
    'tokens',
    'Along the answer',
    figures(
      figure(
        lineChart('Mean NLL by token position', `${tokens.answers} answers.`, {
          x: { from: 1, to: Math.max(2, last), name: 'token' },
          y: { from: 0, to: highest, name: 'mean NLL, nats' },
          series: [
            { name: 'correct', points: curve('correct') },
            { name: 'incorrect', points: curve('incorrect') },
          ],
        }),
        `Mean −ln p at each token, of ${count(tokens.answers)} answers, by ${tokens.judge.name}; positions that fewer than five answers of a kind reach are left out.`,
      ),
      prefix.length < 2
        ? ''
        : figure(
            lineChart('AUROC by tokens read', 'How early the model knows.', {
              x: { from: 1, to: Math.max(2, prefix.at(-1)?.[0] ?? 2), name: 'tokens read' },
              y: { from: 0, to: 1, name: 'AUROC' },
              series: [{ name: 'NLL of the first tokens', points: prefix }],
              level: 0.5,
            }),
            `AUROC of the NLL of an answer's first tokens, of ${count(tokens.scored)} answers that ${tokens.judge.name} scored. Dashed: chance.`,
          ),
    ),
  );
}
