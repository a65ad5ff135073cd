import { expect, test } from 'vitest';
import type { RunPhase } from '../../../src-main/domain/run.ts';
import { lanesOf, memoryLines, stepsOf } from '../../../src-renderer/features/experiments/timeline.ts';

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
  worked: 0,
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

// Catches: a load and an unload drawn between two judge phases that share one process, and its memory falling to nothing.
test('a process that stays for the next phase has one load, one unload, and memory in between', () => {
  const measured = { devices: [], exit: '' };
  const judges = [
    { ...phase(1, 1000, 5000), loadMs: 1000, busyMs: 2500, measured },
    { ...phase(2, 5000, 9000), loadMs: 0, busyMs: 3000, measured, provenance: { loadedByPhase: 1 } },
  ];
  const run = { startedAt: 0, phases: judges };
  expect(stepsOf(run, [], 9000).map(({ kind, from, to }) => [kind, from, to])).toEqual([
    ['load', 1, 2],
    ['judge', 2, 5],
    ['judge', 5, 8],
    ['unload', 8, 9],
  ]);
  const samples = [2000, 5500, 8000].map((at) => ({
    at,
    phaseSeq: at < 5000 ? 1 : 2,
    deviceId: 'host',
    processBytes: 7,
    deviceUsedBytes: null,
  }));
  expect(memoryLines(run, samples, 9000)[0]?.points).toEqual([
    [1, 0],
    [2, 7],
    [5.5, 7],
    [8, 7],
    [9, 0],
  ]);
});
