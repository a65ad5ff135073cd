import type { OrderSwap } from '../../domain/analysis/report-card.ts';
import { judgeQuality } from '../../domain/statistics/agreement.ts';
import { clusteredShare } from '../../domain/statistics/clusters.ts';
import { averageOrders, type VerdictReading } from '../../domain/verdicts/next-token.ts';
import type { Judges } from './judges.ts';
import { type AnalysisTable, questionsOf, scoredOf, type Series } from './table.ts';

/** The same model, prompt and mode with its labels in the other order, where it has judged these answers too. */
function otherOrder(table: AnalysisTable, { list }: Judges, series: Series): Series | null {
  const infoOf = (other: Series) =>
    table.matrix.judges.find((column) => column.judge.id === other.ref.judgeId)?.judge;
  const own = infoOf(series);
  if (own === undefined || own.labelOrder === null || own.modelSha256 === null) return null;
  const swapped = list.filter((other) => {
    const info = infoOf(other);
    return (
      info !== undefined &&
      info.labelOrder !== null &&
      info.labelOrder !== own.labelOrder &&
      info.modelSha256 === own.modelSha256 &&
      info.promptSha256 === own.promptSha256 &&
      info.mode === own.mode
    );
  });
  // Two policies of reading words share all of that: the names, which hold every trait, tell them apart.
  const bare = ({ ref }: Series): string => ref.name.replace(', BA', '');
  return swapped.find((other) => bare(other) === bare(series)) ?? swapped[0] ?? null;
}

/** Position consistency: how often the verdict changes with the order of the labels. Null without the other order. */
export function orderSwap(table: AnalysisTable, judges: Judges, series: Series): OrderSwap | null {
  const other = otherOrder(table, judges, series);
  if (other === null) return null;
  const { level } = table.scope.options;
  const averages = table.rows.map((_, row) => {
    const [ab, ba] = [readingOf(series, row), readingOf(other, row)];
    return ab === null || ba === null ? null : averageOrders(ab, ba);
  });
  const questions = questionsOf(table);
  const read = averages.flatMap((average, row) => ((average?.flipped ?? null) === null ? [] : [row]));
  const verdicts = averages.map((average) =>
    average?.verdict === 'correct' ? true : average?.verdict === 'incorrect' ? false : null,
  );
  const truth = judges.humans === null ? verdicts.map(() => null) : scoredOf(judges.humans);
  return {
    other: other.ref,
    rows: read.length,
    flipped: read.filter((row) => averages[row]?.flipped === true).length,
    rate: clusteredShare(
      read.map((row) => averages[row]?.flipped === true),
      questions === null ? null : read.map((row) => questions[row] ?? 0),
      level,
    ),
    averaged: judgeQuality({ judge: verdicts, reference: truth, questions }, level),
  };
}

function readingOf(series: Series, row: number): VerdictReading | null {
  const verdict = series.verdicts[row] ?? null;
  if (verdict === null || verdict === 'error' || verdict === 'skipped') return null;
  const [pCorrect, labelMass] = [series.pCorrect[row] ?? null, series.labelMass[row] ?? null];
  return { verdict, pCorrect, labelMass, label: null, score: null, note: null };
}
