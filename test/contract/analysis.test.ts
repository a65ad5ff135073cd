import { ORPCError, safe } from '@orpc/client';
import { readFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Workbench } from '../../src-main/contract/client.ts';
import type { Core } from '../../src-main/core/core.ts';
import { type Bench, createBench, ended, importQuestions, launchOf } from '../engine/runs/workbench.ts';
import { type Caller, LINES } from './lines.ts';

const QUESTIONS = 24;
const NOWHERE = 999_999;

/** What a page may still ask of a run that was removed elsewhere. */
const ASKED_TOO_LATE: readonly [string, (workbench: Workbench) => Promise<unknown>][] = [
  ['analysis.run', (w) => w.analysis.run({ runId: NOWHERE })],
  ['analysis.breakdown', (w) => w.analysis.breakdown({ runId: NOWHERE, column: 'system' })],
  ['analysis.uncertainty', (w) => w.analysis.uncertainty({ runId: NOWHERE })],
  ['analysis.tokens', (w) => w.analysis.tokens({ runId: NOWHERE, judge: 'humans' })],
  ['analysis.corrected', (w) => w.analysis.corrected({ runId: NOWHERE, judge: 'judge:1' })],
  ['analysis.card', (w) => w.analysis.card({ runId: NOWHERE })],
  ['analysis.report', (w) => w.analysis.report({ runId: NOWHERE })],
  ['analysis.cardFile', (w) => w.analysis.cardFile({ runId: NOWHERE, format: 'json' })],
  ['analysis.rules', (w) => w.analysis.rules({ runId: NOWHERE, rules: ['contains'] })],
  ['analysis.stored', (w) => w.analysis.stored({ dataset: 'gone', system: null })],
  ['analysis.compare', (w) => w.analysis.compare({ sides: [{ runId: NOWHERE }, { runId: NOWHERE }] })],
  ['labelling.begin', (w) => w.labelling.begin({ runId: NOWHERE })],
  ['labelling.state', (w) => w.labelling.state({ queueId: NOWHERE })],
  ['labelling.put', (w) => w.labelling.put({ queueId: NOWHERE, answerId: 1, verdict: 'correct' })],
  ['labelling.undo', (w) => w.labelling.undo({ queueId: NOWHERE })],
];

describe.each(LINES)('analysis over a $name', ({ open }) => {
  let bench: Bench;
  let core: Core;
  let caller: Caller;
  let runId: number;
  let judge: string;

  beforeAll(async () => {
    bench = await createBench(QUESTIONS);
    core = await bench.open();
    const started = await core.client.runs.start(launchOf(await importQuestions(core, bench)));
    const run = await ended(core, started.runId);
    expect(run.status).toBe('done');
    runId = run.id;
    judge = `judge:${run.judges[0]?.id ?? 0}`;
  });
  afterAll(async () => {
    await core.close();
    bench.remove();
  });
  beforeEach(async () => {
    caller = await open(core.router, core.log, core.grants);
  });
  afterEach(() => caller[Symbol.asyncDispose]());

  test.each(ASKED_TOO_LATE)(
    '%s of what is gone is an expected failure with a sentence',
    async (_name, ask) => {
      const { error } = await safe(ask(caller.workbench));
      expect(error).toBeInstanceOf(ORPCError);
      if (!(error instanceof ORPCError)) return;
      expect(error.defined, `${error.code}: ${error.message}`).toBe(true);
      expect(error.message).toMatch(/^[A-Z][^\n]* [a-z]{2,}/);
    },
  );

  test('each number crosses the line with its denominators', async () => {
    const analysis = await caller.workbench.analysis.run({ runId });
    const entry = analysis.judges.find((known) => known.judge.key === judge);
    expect(analysis.scope).toMatchObject({ answers: QUESTIONS, questions: QUESTIONS });
    expect(entry?.accuracy.total).toBe(QUESTIONS);
    const { cells } = await caller.workbench.analysis.uncertainty({ runId });
    expect(cells.find((cell) => cell.judge === judge && cell.score === 'g-nll')?.rows).toBe(
      entry?.accuracy.scored,
    );
    const tokens = await caller.workbench.analysis.tokens({ runId, judge });
    expect(tokens.answers).toBe(QUESTIONS);
    expect(tokens.positions[0]?.all.answers).toBe(QUESTIONS);
  });

  test('ten labels of a blind queue correct the accuracy as computed by hand; undo takes one out again', async () => {
    let state = await caller.workbench.labelling.begin({ runId });
    const said = new Map<number, boolean>();
    for (let i = 0; i < 10 && state.task !== null; i += 1) {
      const { answerId } = state.task;
      const correct = i % 3 !== 0;
      said.set(answerId, correct);
      state = await caller.workbench.labelling.put({
        queueId: state.queue.queueId,
        answerId,
        verdict: correct ? 'correct' : 'incorrect',
      });
    }
    const { items } = await caller.workbench.answers.page({ runId, limit: QUESTIONS });
    const judgeId = Number(judge.slice('judge:'.length));
    const verdictOf = (answerId: number | null) =>
      items
        .find((item) => item.answerId === answerId)
        ?.verdicts.find((verdict) => verdict.judgeId === judgeId)?.verdict;
    const scored = items.filter((item) => ['correct', 'incorrect'].includes(verdictOf(item.answerId) ?? ''));
    const value = (answerId: number | null): number => Number(verdictOf(answerId) === 'correct');
    const byHand = (labels: ReadonlyMap<number, boolean>): number => {
      const mean = (list: readonly number[]): number => list.reduce((a, b) => a + b, 0) / list.length;
      const used = [...labels].filter(([answerId]) => scored.some((item) => item.answerId === answerId));
      const all = mean(scored.map((item) => value(item.answerId)));
      return all + mean(used.map(([answerId, correct]) => Number(correct) - value(answerId)));
    };
    const corrected = async () => (await caller.workbench.analysis.corrected({ runId, judge })).corrected;
    const clamp = (x: number): number => Math.min(1, Math.max(0, x));
    expect((await corrected())?.estimate.value).toBeCloseTo(clamp(byHand(said)), 10);

    const undone = await caller.workbench.labelling.undo({ queueId: state.queue.queueId });
    expect(undone.queue.labelled).toBe(9);
    said.delete(undone.task?.answerId ?? -1);
    expect(said.size).toBe(9);
    expect((await corrected())?.estimate.value).toBeCloseTo(clamp(byHand(said)), 10);
  });

  test('a rule judges, is compared with the judge, and the report holds both', async () => {
    await caller.workbench.analysis.rules({ runId, rules: ['numeric'] });
    const comparison = await caller.workbench.analysis.compare({
      sides: [
        { runId, judge },
        { runId, judge: 'lexical:numeric' },
      ],
    });
    expect(comparison.pairs).toHaveLength(1);
    const report = await caller.workbench.analysis.report({ runId });
    const html = readFileSync(report.path, 'utf8');
    expect(html).toContain('numeric');
    expect(html.trimEnd().endsWith('</html>')).toBe(true);
  });
});
