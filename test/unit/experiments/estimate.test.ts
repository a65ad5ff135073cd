import { describe, expect, test } from 'vitest';
import { estimateFrom, secondsOf, type Timed } from '../../../src-main/core/experiments/estimate.ts';
import type { RunPhase } from '../../../src-main/domain/run.ts';

const phase = (on: string, loadS: number, workS: number, together = true): Timed => ({
  together,
  on: [on],
  loadMs: loadS * 1000,
  workMs: workS * 1000,
});

describe('how long models take that are loaded together', () => {
  test('on cards of their own the last to end decides, and each waits for the loads before it', () => {
    // Loaded at 10 and 30: the generator ends at 110, the judge at 130. A sum would say 230.
    expect(secondsOf([phase('GPU-0', 10, 100), phase('GPU-1', 20, 100)])).toBe(130);
    expect(secondsOf([phase('GPU-0', 10, 500), phase('GPU-1', 20, 100)])).toBe(510);
  });

  test('on one card they share its time, so work adds up; only the second load is hidden behind the first’s work', () => {
    expect(secondsOf([phase('GPU-0', 10, 100), phase('GPU-0', 20, 100)])).toBe(210);
    // Nothing to hide behind: the second begins when it is loaded.
    expect(secondsOf([phase('host', 10, 1), phase('host', 20, 100)])).toBe(130);
  });

  test('a model on two cards shares with whoever is on either', () => {
    const split: Timed = { ...phase('', 10, 100), on: ['GPU-0', 'GPU-1'] };
    expect(secondsOf([phase('GPU-0', 0, 50), phase('GPU-1', 0, 50), { ...split, loadMs: 0 }])).toBe(200);
  });

  test('what is in turn adds up, also behind a group', () => {
    expect(secondsOf([phase('GPU-0', 10, 100, false), phase('GPU-1', 20, 100, false)])).toBe(230);
    const group = [phase('GPU-0', 10, 100), phase('GPU-1', 20, 100)];
    expect(secondsOf([...group, phase('GPU-0', 5, 15, false)])).toBe(150);
  });
});

describe('what models did before', () => {
  const past = (more: Partial<RunPhase>): RunPhase => ({
    seq: 0,
    role: 'generate',
    modelName: 'g',
    judgeId: null,
    repeat: 0,
    state: 'done',
    total: 10,
    done: 10,
    failed: 0,
    startedAt: 0,
    endedAt: 1000,
    tokens: 1,
    busyMs: 1000,
    worked: 10,
    loadMs: 500,
    plan: null,
    measured: null,
    provenance: null,
    error: null,
    ...more,
  });
  test('a judge asked in both orders loads once; a generator that judges itself loads twice', () => {
    const both = [past({ role: 'judge', modelName: 'g' }), past({ startedAt: 2000, endedAt: 3000 })];
    const turn = (role: 'generate' | 'judge') => ({ role, name: 'g', together: false, on: ['host'] });
    expect(estimateFrom([{ phases: both }], [turn('judge'), turn('judge')], 10)).toBe(2.5);
    expect(estimateFrom([{ phases: both }], [turn('generate'), turn('judge')], 10)).toBe(3);
  });

  test('answers that a run found stored take no share of its seconds: ten made in 1 s are ten, whatever 90 others cost before', () => {
    const resumed = [past({ total: 100, done: 100, worked: 10 })];
    expect(estimateFrom([{ phases: resumed }], wanted, 20)).toBe(2.5);
    // All of it was there: nothing is known of the speed.
    expect(estimateFrom([{ phases: [past({ worked: 0, busyMs: 40 })] }], wanted, 20)).toBeNull();
  });

  const wanted = [{ role: 'generate', name: 'g', together: false, on: ['host'] }] as const;

  test('times from beside another model are not taken where there are others: the wait would be counted twice', () => {
    const beside = [
      past({ busyMs: 4000, endedAt: 4000 }),
      past({ seq: 1, role: 'judge', modelName: 'j', startedAt: 100, endedAt: 4000 }),
    ];
    expect(estimateFrom([{ phases: beside }, { phases: [past({})] }], wanted, 20)).toBe(2.5);
    expect(estimateFrom([{ phases: beside }], wanted, 20)).toBe(8.5);
  });

  test('a model that has not run here yet makes all of it unknown', () => {
    const judged = [...wanted, { role: 'judge', name: 'j', together: false, on: ['host'] } as const];
    expect(estimateFrom([{ phases: [past({})] }], judged, 20)).toBeNull();
  });
});
