import { expect, test } from 'vitest';

import type { NewJudge } from '../../src-main/store/api.ts';
import { openForEachTest, store } from './each-test.ts';
import {
  addQuestions,
  answerAll,
  answerTo,
  human,
  judge,
  judgePhase,
  judgment,
  newRun,
  pageQuery,
  startRun,
} from './helpers.ts';

openForEachTest();

const GENERATE = { role: 'generate', modelName: 'g', judge: null, plan: null } as const;

async function judgedRun(count: number, judges: readonly NewJudge[]) {
  const datasetId = await addQuestions(store, count);
  const run = await startRun(store, datasetId, { phases: [GENERATE, ...judges.map(judgePhase)] });
  const answers = await answerAll(store, run);
  const judgeIds: number[] = [];
  for (const one of judges) judgeIds.push(await store.call('judges.ensure', one));
  return { datasetId, run, answers, judgeIds };
}

async function pending(runId: number, judgeId: number): Promise<number[]> {
  const items = await store.call('runs.pendingJudgments', { runId, judgeId, after: -1, limit: 100 });
  return items.map((item) => item.position);
}

async function cells(runId: number, position: number): Promise<(string | number | null)[][]> {
  const detail = await store.call('answers.get', { runId, position });
  return (detail?.verdicts ?? []).map((cell) => [cell.judgeId, cell.verdict, cell.pCorrect]);
}

test('a judgment comes back whole', async () => {
  const { run, answers, judgeIds } = await judgedRun(1, [judge('one')]);
  const given = judgment(answers[0] ?? 0, judgeIds[0] ?? 0, {
    verdict: 'unparsed',
    pCorrect: null,
    labelMass: 0.01,
    raw: 'Well…',
    reason: 'because',
    note: 'n',
    renderedPrompt: 'Is it right?',
    labelOrder: 'BA',
    mode: 'reason',
    durationMs: 4.5,
    error: 'e',
  });
  await store.call('runs.putJudgments', { ...run, seq: 1, judgments: [given] });
  const detail = await store.call('answers.get', { runId: run.runId, position: 0 });
  const { answerId: _answer, judgeId, ...rest } = given;
  expect(detail?.judgments).toMatchObject([{ ...rest, judge: { id: judgeId, name: 'one' } }]);
});

test('the same judge is one judge, by its hash', async () => {
  const id = await store.call('judges.ensure', judge('one'));
  expect(await store.call('judges.ensure', judge('one', { name: 'renamed' }))).toBe(id);
  expect(await store.call('judges.ensure', judge('two'))).not.toBe(id);
  expect((await store.call('judges.list', { runId: null })).map((j) => j.name)).toEqual(['one', 'two']);
});

test('pending shrinks as verdicts come; a second verdict under the same number changes nothing', async () => {
  const { run, answers, judgeIds } = await judgedRun(4, [judge('one')]);
  const [one = 0] = judgeIds;
  const put = (verdict: 'correct' | 'incorrect', ids: readonly number[]) =>
    store.call('runs.putJudgments', {
      ...run,
      seq: 1,
      judgments: ids.map((id) => judgment(id, one, { verdict })),
    });
  await put('correct', answers.slice(1, 3));
  expect(await pending(run.runId, one)).toEqual([0, 3]);
  await put('incorrect', answers.slice(1, 2));
  expect(await cells(run.runId, 1)).toEqual([[one, 'correct', 0.9]]);
  const phase = (await store.call('runs.get', { runId: run.runId }))?.phases[1];
  expect(phase).toMatchObject({ total: 4, done: 2 });
});

test('a run with a repeat of its own shows that repeat, and others show the newest', async () => {
  const one = judge('one');
  const { datasetId, run, answers, judgeIds } = await judgedRun(2, [one]);
  const [id = 0] = judgeIds;
  const watching = await startRun(store, datasetId, {
    phases: [],
    selection: { kind: 'answers-of-run', runId: run.runId, limit: null },
  });
  const again = await startRun(store, datasetId, {
    phases: [judgePhase(one)],
    selection: { kind: 'answers-of-run', runId: run.runId, limit: null },
    again: true,
  });
  const repeat = (await store.call('runs.get', { runId: again.runId }))?.phases[0]?.repeat ?? 0;
  expect(repeat).toBe(1);
  await store.call('runs.putJudgments', {
    ...run,
    seq: 1,
    judgments: answers.map((answer) => judgment(answer, id, { verdict: 'correct' })),
  });
  expect(await pending(again.runId, id)).toEqual([0, 1]);
  await store.call('runs.putJudgments', {
    ...again,
    seq: 0,
    judgments: [judgment(answers[0] ?? 0, id, { verdict: 'incorrect', repeat, pCorrect: 0.1 })],
  });
  expect(await cells(run.runId, 0)).toEqual([[id, 'correct', 0.9]]);
  expect(await cells(again.runId, 0)).toEqual([[id, 'incorrect', 0.1]]);
  expect(await cells(again.runId, 1)).toEqual([]);
  expect(await cells(watching.runId, 0)).toEqual([[id, 'incorrect', 0.1]]);
  expect(await cells(watching.runId, 1)).toEqual([[id, 'correct', 0.9]]);
});

test('verdicts of one run count at once in another that has the same answers and judge', async () => {
  const { datasetId, run, answers, judgeIds } = await judgedRun(3, [judge('one')]);
  const [one = 0] = judgeIds;
  const other = await startRun(store, datasetId, {
    phases: [judgePhase(judge('one'))],
    selection: { kind: 'answers-of-run', runId: run.runId, limit: null },
  });
  await store.call('runs.putJudgments', {
    ...run,
    seq: 1,
    judgments: answers.slice(0, 2).map((answer) => judgment(answer, one)),
  });
  expect(await pending(other.runId, one)).toEqual([2]);
  expect((await store.call('runs.get', { runId: other.runId }))?.phases[0]).toMatchObject({ done: 2 });
  const counts = await store.call('runs.counts', { runId: other.runId });
  expect(counts.judges[0]).toMatchObject({ correct: 2, missing: 1 });
});

test('a reused answer brings its verdicts along', async () => {
  const { datasetId, run, answers, judgeIds } = await judgedRun(2, [judge('one')]);
  const [one = 0] = judgeIds;
  await store.call('runs.putJudgments', {
    ...run,
    seq: 1,
    judgments: answers.map((answer) => judgment(answer, one, { verdict: 'incorrect' })),
  });
  const next = await startRun(store, datasetId, { phases: [GENERATE, judgePhase(judge('one'))] });
  const items = await store.call('runs.pendingAnswers', { runId: next.runId, after: -1, limit: 9 });
  await store.call('runs.reuseAnswers', { ...next, seq: 0, keys: items.map((item) => answerTo(item)) });
  expect(await cells(next.runId, 0)).toEqual([[one, 'incorrect', 0.9]]);
  expect(await pending(next.runId, one)).toEqual([]);
  const phases = (await store.call('runs.get', { runId: next.runId }))?.phases;
  expect(phases?.map((phase) => phase.done)).toEqual([2, 2]);
});

test('a judge named late finds what it judged before; named again it keeps its repeat', async () => {
  const { datasetId, run, answers, judgeIds } = await judgedRun(3, [judge('one')]);
  const [one = 0] = judgeIds;
  await store.call('runs.putJudgments', {
    ...run,
    seq: 1,
    judgments: answers.slice(0, 2).map((answer) => judgment(answer, one)),
  });
  const unnamed = { role: 'judge', modelName: 'one', judge: null, plan: null } as const;
  const late = await startRun(store, datasetId, {
    phases: [unnamed],
    selection: { kind: 'answers-of-run', runId: run.runId, limit: null },
  });
  const name = (which: NewJudge) => store.call('runs.setPhaseJudge', { ...late, seq: 0, judge: which });
  expect(await name(judge('one'))).toEqual({ judgeId: one, repeat: 0 });
  const phase = async () => (await store.call('runs.get', { runId: late.runId }))?.phases[0];
  expect(await phase()).toMatchObject({ judgeId: one, done: 2, total: 3 });
  expect(await name(judge('one'))).toEqual({ judgeId: one, repeat: 0 });
  expect(await name(judge('other'))).toMatchObject({ repeat: 0 });
  expect(await phase()).toMatchObject({ done: 0 });

  const again = await startRun(store, datasetId, {
    phases: [unnamed],
    selection: { kind: 'answers-of-run', runId: run.runId, limit: null },
    again: true,
  });
  const named = await store.call('runs.setPhaseJudge', { ...again, seq: 0, judge: judge('one') });
  expect(named).toEqual({ judgeId: one, repeat: 1 });
  expect(await store.call('runs.setPhaseJudge', { ...again, seq: 0, judge: judge('one') })).toEqual(named);
  expect(await pending(again.runId, one)).toEqual([0, 1, 2]);
});

test('a run that asks one judge twice has each of its turns counted, and shows the later one', async () => {
  const { datasetId, run, answers } = await judgedRun(2, []);
  const twice = await startRun(store, datasetId, {
    phases: [judgePhase(judge('one')), judgePhase(judge('one'))],
    selection: { kind: 'answers-of-run', runId: run.runId, limit: null },
    again: true,
  });
  const id = await store.call('judges.ensure', judge('one'));
  const phases = async () =>
    (await store.call('runs.get', { runId: twice.runId }))?.phases.map((p) => [p.repeat, p.done]);
  const left = async (repeat: number) =>
    (
      await store.call('runs.pendingJudgments', {
        runId: twice.runId,
        judgeId: id,
        after: -1,
        limit: 9,
        repeat,
      })
    ).length;
  const put = (seq: number, repeat: number, verdict: 'correct' | 'incorrect') =>
    store.call('runs.putJudgments', {
      ...twice,
      seq,
      judgments: answers.map((answer) => judgment(answer, id, { repeat, verdict })),
    });
  await put(0, 1, 'correct');
  expect(await phases()).toEqual([
    [1, 2],
    [2, 0],
  ]);
  expect([await left(1), await left(2)]).toEqual([0, 2]);
  expect(await cells(twice.runId, 0)).toEqual([]);
  await put(1, 2, 'incorrect');
  expect(await phases()).toEqual([
    [1, 2],
    [2, 2],
  ]);
  expect(await cells(twice.runId, 0)).toEqual([[id, 'incorrect', 0.9]]);
});

test('a person’s labels are added one after the other, and the newest counts', async () => {
  const { run, answers } = await judgedRun(2, []);
  const me = await store.call('judges.ensure', human('me'));
  const label = (verdict: 'correct' | 'incorrect', note: string | null = null) =>
    store.call('judgments.addHuman', { answerId: answers[0] ?? 0, judgeId: me, verdict, note });
  const first = await label('correct', 'sure?');
  expect(first).toMatchObject({ verdict: 'correct', note: 'sure?', mode: 'human', repeat: 0 });
  const second = await label('incorrect');
  expect(second.repeat).toBe(1);
  const detail = await store.call('answers.get', { runId: run.runId, position: 0 });
  expect(detail?.judgments.map((j) => j.verdict)).toEqual(['correct', 'incorrect']);
  expect(await cells(run.runId, 0)).toEqual([[me, 'incorrect', null]]);
  const counts = await store.call('runs.counts', { runId: run.runId });
  expect(counts.judges).toMatchObject([{ correct: 0, incorrect: 1, missing: 1, meanPCorrect: null }]);
  await expect(
    store.call('judgments.addHuman', { answerId: 999, judgeId: me, verdict: 'correct', note: null }),
  ).rejects.toMatchObject({ kind: 'not-found' });
});

test('judges differ only where scored verdicts differ, and no longer once a label is corrected', async () => {
  const { run, answers, judgeIds } = await judgedRun(3, [judge('one')]);
  const [one = 0] = judgeIds;
  const [a = 0, b = 0, c = 0] = answers;
  const me = await store.call('judges.ensure', human('me'));
  await store.call('runs.putJudgments', {
    ...run,
    seq: 1,
    judgments: [judgment(a, one), judgment(b, one), judgment(c, one, { verdict: 'unparsed' })],
  });
  const label = (answerId: number, verdict: 'correct' | 'incorrect') =>
    store.call('judgments.addHuman', { answerId, judgeId: me, verdict, note: null });
  await label(a, 'incorrect');
  await label(b, 'correct');
  await label(c, 'incorrect');
  const differing = async () => {
    const page = await store.call('answers.page', pageQuery(run.runId, { disagreement: true }));
    return page.items.map((item) => item.position);
  };
  expect(await differing()).toEqual([0]);
  await label(a, 'correct');
  expect(await differing()).toEqual([]);
});

test('counts and means of a judge; labels with little mass are told apart', async () => {
  const { run, answers, judgeIds } = await judgedRun(6, [judge('one')]);
  const [one = 0] = judgeIds;
  const given = [
    { verdict: 'correct', pCorrect: 0.75, labelMass: 1 },
    { verdict: 'incorrect', pCorrect: 0.25, labelMass: 0.25 },
    { verdict: 'not_attempted', pCorrect: null, labelMass: null },
    { verdict: 'unparsed', pCorrect: null, labelMass: null },
    { verdict: 'skipped', pCorrect: null, labelMass: null },
  ] as const;
  await store.call('runs.putJudgments', {
    ...run,
    seq: 1,
    judgments: given.map((more, i) => judgment(answers[i] ?? 0, one, more)),
  });
  expect((await store.call('runs.counts', { runId: run.runId })).judges).toMatchObject([
    {
      correct: 1,
      incorrect: 1,
      notAttempted: 1,
      unparsed: 1,
      error: 0,
      skipped: 1,
      missing: 1,
      meanPCorrect: 0.5,
      meanLabelMass: 0.625,
      massKnown: 2,
      massLittle: 1,
    },
  ]);
  await expect(store.call('runs.counts', { runId: 99 })).rejects.toMatchObject({ kind: 'not-found' });
});

test('a judge’s failure on a row is noted with its phase and cleared by its verdict', async () => {
  const { run, answers, judgeIds } = await judgedRun(2, [judge('one')]);
  await store.call('runs.putFailures', {
    ...run,
    seq: 1,
    failures: [{ position: 0, reason: 'The judge crashed.' }],
  });
  const failed = async () =>
    (await store.call('runs.get', { runId: run.runId }))?.phases.map((phase) => phase.failed);
  expect(await failed()).toEqual([0, 1]);
  await store.call('runs.putJudgments', {
    ...run,
    seq: 1,
    judgments: [judgment(answers[0] ?? 0, judgeIds[0] ?? 0)],
  });
  expect(await failed()).toEqual([0, 0]);
});

test('an export walks all items in order, with every judgment, and with tokens only when asked', async () => {
  const { run, answers, judgeIds } = await judgedRun(5, [judge('one')]);
  await store.call('runs.putJudgments', {
    ...run,
    seq: 1,
    judgments: answers.map((answer) => judgment(answer, judgeIds[0] ?? 0)),
  });
  const read = (after: number, tokens: boolean) =>
    store.call('answers.export', { runId: run.runId, after, limit: 3, tokens });
  const first = await read(-1, true);
  expect(first.map((detail) => detail.position)).toEqual([0, 1, 2]);
  const detail = await store.call('answers.get', { runId: run.runId, position: 1 });
  expect(first[1]).toMatchObject({ ...detail });
  const second = await read(2, false);
  expect(second.map((detail) => [detail.position, detail.tokenIds, detail.judgments.length])).toEqual([
    [3, null, 1],
    [4, null, 1],
  ]);
  expect(await read(4, false)).toEqual([]);
});

test('judges of a run come in the order of its phases, then whoever else judged its answers', async () => {
  await store.call('judges.ensure', human('me'));
  const { run, answers } = await judgedRun(1, [judge('second'), judge('first')]);
  const names = async () => (await store.call('judges.list', { runId: run.runId })).map((j) => j.name);
  expect(await names()).toEqual(['second', 'first']);
  const me = await store.call('judges.ensure', human('me'));
  await store.call('judgments.addHuman', {
    answerId: answers[0] ?? 0,
    judgeId: me,
    verdict: 'correct',
    note: null,
  });
  expect(await names()).toEqual(['second', 'first', 'me']);
  expect((await store.call('runs.get', { runId: run.runId }))?.judges.map((j) => j.name)).toEqual([
    'second',
    'first',
    'me',
  ]);
  const unrelated = await store.call('runs.create', newRun(run.runId));
  expect(await store.call('judges.list', { runId: unrelated })).toEqual([]);
});
