import { expect, test } from 'vitest';
import type { RunPhase } from '../../../src-main/domain/run.ts';
import { lanesOf } from '../../../src-renderer/features/experiments/timeline.ts';

const phase = (seq: number, startedAt: number | null, endedAt: number | null): RunPhase => ({
  seq,
  role: seq === 0 ? 'generate' : 'judge',
  modelName: 'm',
  judgeId: null,
  repeat: 0,
  state: 'done',
  total: 1,
  done: 1,
  failed: 0,
  startedAt,
  endedAt,
  tokens: 0,
  busyMs: 0,
  loadMs: null,
  plan: null,
  measured: null,
  provenance: null,
  error: null,
});

// Catches: models that were loaded together drawn over each other, and a run in turn spread over many rows.
test('phases in turn share a row; those loaded at the same time have rows of their own', () => {
  const inTurn = [phase(0, 0, 10), phase(1, 10, 20), phase(2, null, null)];
  expect([...lanesOf(inTurn, 30)]).toEqual([
    [0, 0],
    [1, 0],
  ]);
  // Generator and one judge at once; the judge's other order takes the row that is free first.
  const together = [phase(0, 0, 10), phase(1, 5, 25), phase(2, 25, null)];
  expect([...lanesOf(together, 30)]).toEqual([
    [0, 0],
    [1, 1],
    [2, 0],
  ]);
});
