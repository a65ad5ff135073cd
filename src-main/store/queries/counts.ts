import type { Database } from 'better-sqlite3';

import type { JudgeCounts, JudgeInfo, RunCounts } from '../../domain/run.ts';
import type { Verdict } from '../../domain/verdict.ts';
import type { StoreArgs } from '../api.ts';
import { all, first, query } from '../sql.ts';
import { listJudges } from './judges.ts';
import { runNotFound } from './owner.ts';

function mean(sum: number, count: number): number | null {
  return count === 0 ? null : sum / count;
}

/**
 * Counts and means of a run. `meanNll` is the mean of the answers' summed NLL, `failed` the answers that could not be
 * made. Read from sums kept with the rows: as cheap for a million answers as for ten.
 */
export function runCounts(db: Database, a: StoreArgs<'runs.counts'>): RunCounts {
  const tally = first(db, query.selectFrom('run_tally').selectAll().where('run_id', '=', a.runId));
  if (tally === undefined) throw runNotFound(a.runId);
  const failures = first(
    db,
    query
      .selectFrom('run_phase')
      .select(({ fn }) => fn.sum<number | null>('failed').as('failed'))
      .where('run_id', '=', a.runId)
      .where('role', '=', 'generate'),
  );
  return {
    runId: a.runId,
    answers: tally.answers,
    withGold: tally.with_gold,
    truncated: tally.truncated,
    loops: tally.loops,
    failed: failures?.failed ?? 0,
    empty: tally.empty,
    injected: tally.injected,
    meanNll: mean(tally.nll_sum, tally.nll_count),
    meanTokens: mean(tally.token_sum, tally.token_count),
    tokens: tally.token_sum,
    exactMatch: { correct: tally.exact_correct, scored: tally.exact_scored },
    contains: { correct: tally.contains_correct, scored: tally.contains_scored },
    f1: { mean: mean(tally.f1_sum, tally.f1_scored), scored: tally.f1_scored },
    judges: listJudges(db, a).map((judge) => judgeCounts(db, a.runId, judge, tally.answers)),
  };
}

function judgeCounts(db: Database, runId: number, judge: JudgeInfo, answers: number): JudgeCounts {
  const rows = all(
    db,
    query
      .selectFrom('run_judge')
      .selectAll()
      .where('run_id', '=', runId)
      .where('judge_id', '=', judge.id)
      .where('answers', '>', 0),
  );
  const count = (verdict: Verdict): number => rows.find((row) => row.verdict === verdict)?.answers ?? 0;
  // An unparsed reading may have a P(correct), of labels that had next to no probability: it is no verdict's.
  const read = rows.filter((row) => row.verdict !== 'unparsed');
  const sum = (column: 'answers' | 'mass_sum' | 'mass_count' | 'mass_little'): number =>
    rows.reduce((total, row) => total + row[column], 0);
  return {
    judge,
    correct: count('correct'),
    incorrect: count('incorrect'),
    notAttempted: count('not_attempted'),
    unparsed: count('unparsed'),
    error: count('error'),
    skipped: count('skipped'),
    missing: answers - sum('answers'),
    meanPCorrect: mean(
      read.reduce((total, row) => total + row.p_sum, 0),
      read.reduce((total, row) => total + row.p_count, 0),
    ),
    meanLabelMass: mean(sum('mass_sum'), sum('mass_count')),
    massKnown: sum('mass_count'),
    massLittle: sum('mass_little'),
  };
}
