import type { FlippedAnswer, FlippedItem } from '../../domain/analysis/comparison.ts';
import type { AnswerListItem } from '../../domain/answer.ts';
import type { Store } from '../../store/api.ts';
import { type Side, sharedRows } from './sides.ts';

/** Questions on which two sides' verdicts differ, with their answers cut as in a list. */
export async function flippedItems(
  store: Store,
  a: Side,
  b: Side,
  limit: number,
): Promise<{ readonly items: FlippedItem[]; readonly total: number }> {
  const flips = sharedRows(a, b).filter(({ first, second }) => {
    const [x, y] = [a.scored[first] ?? null, b.scored[second] ?? null];
    return x !== null && y !== null && x !== y;
  });
  const shown = flips.slice(0, limit);
  const positions = (side: Side, rows: readonly number[]): number[] =>
    rows.map((row) => side.table.matrix.positions[side.table.rows[row] ?? 0] ?? 0);
  const [firsts, seconds] = await Promise.all([
    store.call('answers.at', {
      runId: a.table.run.id,
      positions: positions(
        a,
        shown.map((flip) => flip.first),
      ),
    }),
    store.call('answers.at', {
      runId: b.table.run.id,
      positions: positions(
        b,
        shown.map((flip) => flip.second),
      ),
    }),
  ]);
  const items = shown.flatMap(({ first, second }, i): FlippedItem[] => {
    const [one, other] = [firsts[i], seconds[i]];
    if (one === undefined || other === undefined) return [];
    return [
      {
        question: one.question,
        gold: one.gold,
        first: flippedAnswer(a, first, one),
        second: flippedAnswer(b, second, other),
      },
    ];
  });
  return { items, total: flips.length };
}

function flippedAnswer(side: Side, row: number, item: AnswerListItem): FlippedAnswer {
  return {
    position: item.position,
    answer: item.answer ?? '',
    correct: side.scored[row] === true,
    pCorrect: side.series.pCorrect[row] ?? null,
  };
}
