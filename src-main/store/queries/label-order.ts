import type { Database } from 'better-sqlite3';

import type { QueueOrder } from '../../domain/analysis/labelling.ts';
import { hashText } from '../../domain/statistics/random.ts';
import { itemRange } from '../ids.ts';
import { perConnection } from '../sql.ts';

interface Candidate {
  readonly answer_id: number;
  readonly sha: string;
  readonly occurrence: number;
  readonly system: string;
  readonly sample_index: number;
  readonly disagree: number;
  readonly p_correct: number | null;
}

const statements = perConnection((db) => ({
  candidates: db.prepare<[number | null, number, number], Candidate>(
    `SELECT i.answer_id, hex(r.row_sha256) AS sha, r.occurrence, s.name AS system, a.sample_index, i.disagree,
       v.p_correct
     FROM run_item AS i
     JOIN answer AS a ON a.id = i.answer_id
     JOIN system AS s ON s.id = a.system_id
     JOIN dataset_row AS r ON r.id = i.row_id
     LEFT JOIN item_verdict AS v ON v.item_id = i.id AND v.judge_id = ?
     WHERE i.id BETWEEN ? AND ?`,
  ),
  insert: db.prepare<[number, number, number]>(
    'INSERT INTO label_item (queue_id, rank, answer_id) VALUES (?, ?, ?)',
  ),
}));

/**
 * Puts a run's answers into a queue. Random: by a hash of content, system, sample and seed, so that the same answers
 * come in the same order on every machine, whatever order the run had. "unsure": P(correct) nearest to one half first.
 * "disagreement": answers on which judges differ first. Ties, and the rest, in the random order.
 */
export function fillQueue(
  db: Database,
  queueId: number,
  a: {
    readonly runId: number;
    readonly order: QueueOrder;
    readonly sortJudgeId: number | null;
    readonly seed: number;
  },
): void {
  const { first, last } = itemRange(a.runId);
  const s = statements(db);
  const keyed = s.candidates.all(a.sortJudgeId, first, last).map((candidate) => {
    const name = `${candidate.sha}:${candidate.occurrence}:${candidate.system}:${candidate.sample_index}`;
    return {
      answerId: candidate.answer_id,
      first: firstKey(a.order, candidate),
      high: hashText(name, a.seed),
      low: hashText(name, a.seed ^ 0x3c6ef372),
    };
  });
  keyed.sort((x, y) => x.first - y.first || x.high - y.high || x.low - y.low || x.answerId - y.answerId);
  const seen = new Set<number>();
  for (const { answerId } of keyed) {
    if (seen.has(answerId)) continue;
    s.insert.run(queueId, seen.size, answerId);
    seen.add(answerId);
  }
}

/** Smaller comes first; answers that the judge has no P(correct) for come last. */
function firstKey(order: QueueOrder, { p_correct, disagree }: Candidate): number {
  if (order === 'unsure') return p_correct === null ? 1 : Math.abs(p_correct - 0.5);
  return order === 'disagreement' ? 1 - disagree : 0;
}
