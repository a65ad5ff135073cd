import { expect, test } from 'vitest';

import { openForEachTest, store } from './each-test.ts';
import { addDataset, addQuestions, answerAll, answerTo, question, row, startRun } from './helpers.ts';

openForEachTest();

test('an answer comes back whole, its numbers to the last bit', async () => {
  const run = await startRun(store, await addQuestions(store, 1));
  const [pending] = await store.call('runs.pendingAnswers', { runId: run.runId, after: -1, limit: 1 });
  if (pending === undefined) throw new Error('nothing is pending');
  const answer = answerTo(pending, {
    reasoning: 'Let me think.',
    tokenIds: Int32Array.of(-1, 0, 2 ** 31 - 1, 7),
    logprobs: Float32Array.of(-0.1, -1e-9, -87.33654, -0),
    tokenTexts: ['Let', ' me', '…', '\u0000"'],
    reasoningTokens: 2,
    finishReason: 'length',
    durationMs: 12.5,
  });
  const [id] = await store.call('runs.putAnswers', { ...run, seq: 0, answers: [answer] });
  const detail = await store.call('answers.get', { runId: run.runId, position: 0 });
  expect(detail).toMatchObject({
    answerId: id,
    answer: answer.text,
    reasoning: 'Let me think.',
    renderedPrompt: answer.renderedPrompt,
    promptSha256: answer.promptSha256,
    modelSha256: answer.modelSha256,
    decodingSha256: answer.decodingSha256,
    seed: 0,
    promptTokens: 12,
    reasoningTokens: 2,
    eogLogprob: -0.01,
    durationMs: 12.5,
    finishReason: 'length',
    system: 'generator',
    tokens: 4,
    tokenTexts: answer.tokenTexts,
  });
  expect(detail?.tokenIds).toEqual([...answer.tokenIds]);
  expect(detail?.logprobs).toEqual([...answer.logprobs]);
  // Of the answer's own tokens, not of its reasoning.
  expect(detail?.nllSum).toBe(-Math.fround(-87.33654));
  expect(detail?.nllMean).toBe(-Math.fround(-87.33654) / 2);
});

test('token arrays that are views of a large buffer arrive as themselves', async () => {
  const run = await startRun(store, await addQuestions(store, 2));
  const ids = Int32Array.from({ length: 100_000 }, (_, i) => i);
  const logprobs = Float32Array.from({ length: 100_000 }, (_, i) => -i);
  await answerAll(store, run, (item) => ({
    tokenIds: ids.subarray(item.position * 3 + 1, item.position * 3 + 4),
    logprobs: logprobs.subarray(item.position * 3 + 1, item.position * 3 + 4),
  }));
  const second = await store.call('answers.get', { runId: run.runId, position: 1 });
  expect(second?.tokenIds).toEqual([4, 5, 6]);
  expect(second?.logprobs).toEqual([-4, -5, -6]);
  expect(ids).toHaveLength(100_000);
});

test('an answer without tokens, as an API gives, has no numbers rather than zeros', async () => {
  const run = await startRun(store, await addQuestions(store, 1));
  await answerAll(store, run, () => ({
    tokenIds: new Int32Array(),
    logprobs: new Float32Array(),
    tokenTexts: [],
    exactMatch: null,
    f1: null,
    contains: null,
  }));
  expect(await store.call('answers.get', { runId: run.runId, position: 0 })).toMatchObject({
    tokenIds: null,
    logprobs: null,
    tokenTexts: null,
    nllSum: null,
    nllMean: null,
    exactMatch: null,
    f1: null,
    contains: null,
  });
  const counts = await store.call('runs.counts', { runId: run.runId });
  expect(counts).toMatchObject({ meanNll: null, f1: { mean: null, scored: 0 } });
});

test('long prompts that begin alike come back whole, with characters of every width at the seam', async () => {
  const head = `Instructions: be brief. ${'Example. '.repeat(60)}`;
  const tails = ['😀 one', '😁 two', 'three', '😀😀 four', ''];
  const run = await startRun(store, await addQuestions(store, tails.length));
  await answerAll(store, run, (item) => ({ renderedPrompt: head + (tails[item.position] ?? '') }));
  for (const [position, tail] of tails.entries()) {
    const detail = await store.call('answers.get', { runId: run.runId, position });
    expect(detail?.renderedPrompt).toBe(head + tail);
  }
});

test('the same answers put twice are stored once, and the second time names the first ones', async () => {
  const run = await startRun(store, await addQuestions(store, 3));
  const pending = await store.call('runs.pendingAnswers', { runId: run.runId, after: -1, limit: 9 });
  const answers = pending.map((item) => answerTo(item));
  const first = await store.call('runs.putAnswers', { ...run, seq: 0, answers });
  const second = await store.call('runs.putAnswers', {
    ...run,
    seq: 0,
    answers: answers.map((answer) => ({ ...answer, text: 'another text' })),
  });
  expect(second).toEqual(first);
  expect(await store.call('runs.get', { runId: run.runId })).toMatchObject({ answered: 3 });
  expect((await store.call('answers.get', { runId: run.runId, position: 0 }))?.answer).toBe('Answer 0.');
});

test('two runs that make the same answer at once share it', async () => {
  const datasetId = await addQuestions(store, 2);
  const one = await startRun(store, datasetId);
  const two = await startRun(store, datasetId);
  const first = await answerAll(store, one);
  const second = await answerAll(store, two);
  expect(second).toEqual(first);
  expect(await store.call('runs.counts', { runId: two.runId })).toMatchObject({ answers: 2, tokens: 6 });
});

test('each part of the key makes another answer: prompt, model, decoding, sample and seed', async () => {
  const datasetId = await addQuestions(store, 1);
  const base = await startRun(store, datasetId);
  const ids = await answerAll(store, base);
  const changes = [
    { promptSha256: 'f'.repeat(64) },
    { modelSha256: 'other model' },
    { decodingSha256: 'other decoding' },
    { sampleIndex: 1 },
    { seed: 9 },
  ];
  for (const change of changes) {
    const run = await startRun(store, datasetId);
    ids.push(...(await answerAll(store, run, () => change)));
  }
  expect(new Set(ids).size).toBe(changes.length + 1);
});

test('reuse fills what is there under its key and says where, and leaves the rest pending', async () => {
  const datasetId = await addQuestions(store, 4);
  const source = await startRun(store, datasetId);
  const pending = await store.call('runs.pendingAnswers', { runId: source.runId, after: -1, limit: 9 });
  const some = pending.filter((item) => item.position % 2 === 1);
  await store.call('runs.putAnswers', { ...source, seq: 0, answers: some.map((item) => answerTo(item)) });
  const run = await startRun(store, datasetId);
  const wanted = await store.call('runs.pendingAnswers', { runId: run.runId, after: -1, limit: 9 });
  const keys = wanted.map((item) => answerTo(item));
  expect(await store.call('runs.reuseAnswers', { ...run, seq: 0, keys })).toEqual([1, 3]);
  expect(await store.call('runs.reuseAnswers', { ...run, seq: 0, keys })).toEqual([]);
  const left = await store.call('runs.pendingAnswers', { runId: run.runId, after: -1, limit: 9 });
  expect(left.map((item) => item.position)).toEqual([0, 2]);
  const after = await store.call('runs.pendingAnswers', { runId: run.runId, after: 0, limit: 9 });
  expect(after.map((item) => item.position)).toEqual([2]);
  const phase = (await store.call('runs.get', { runId: run.runId }))?.phases[0];
  expect(phase).toMatchObject({ total: 4, done: 2 });
});

test('an answer for a position that the run does not ask for is refused with all of its batch', async () => {
  const run = await startRun(store, await addQuestions(store, 2));
  const pending = await store.call('runs.pendingAnswers', { runId: run.runId, after: -1, limit: 9 });
  const answers = pending.map((item) => answerTo(item));
  const [first] = answers;
  if (first === undefined) throw new Error('nothing is pending');
  await expect(
    store.call('runs.putAnswers', { ...run, seq: 0, answers: [first, { ...first, position: 7 }] }),
  ).rejects.toMatchObject({ kind: 'internal' });
  await expect(
    store.call('runs.putAnswers', { ...run, seq: 0, answers: [{ ...first, position: 1 }] }),
  ).rejects.toMatchObject({ kind: 'internal' });
  expect(await store.call('runs.get', { runId: run.runId })).toMatchObject({ answered: 0 });
});

test('a failure is shown with its row, counted once, tried again, and gone when the answer comes', async () => {
  const run = await startRun(store, await addQuestions(store, 3));
  const fail = (reason: string) =>
    store.call('runs.putFailures', { ...run, seq: 0, failures: [{ position: 1, reason }] });
  await fail('The engine crashed.');
  await fail('The engine crashed again.');
  expect((await store.call('answers.get', { runId: run.runId, position: 1 }))?.failure).toBe(
    'The engine crashed again.',
  );
  const failed = async () => (await store.call('runs.get', { runId: run.runId }))?.phases[0]?.failed;
  expect(await failed()).toBe(1);
  expect((await store.call('runs.counts', { runId: run.runId })).failed).toBe(1);
  const pending = await store.call('runs.pendingAnswers', { runId: run.runId, after: -1, limit: 9 });
  expect(pending.map((item) => item.position)).toEqual([0, 1, 2]);
  await answerAll(store, run);
  expect(await failed()).toBe(0);
  expect((await store.call('answers.get', { runId: run.runId, position: 1 }))?.failure).toBeNull();
});

test('counts are those of the answers: truncated, loops, empty, injected, lexical', async () => {
  const datasetId = await addDataset(
    store,
    'd',
    Array.from({ length: 6 }, (_, i) => row(i, question(`Q${i}`, { gold: i === 5 ? [] : ['g'] }))),
  );
  const run = await startRun(store, datasetId);
  const special = [
    { finishReason: 'length', exactMatch: true },
    { finishReason: 'context', f1: 1 },
    { finishReason: 'loop' },
    { text: ' \n', injected: true },
    {},
    { exactMatch: null, f1: null, contains: null },
  ];
  await answerAll(store, run, (item) => special[item.position] ?? {});
  expect(await store.call('runs.counts', { runId: run.runId })).toMatchObject({
    answers: 6,
    withGold: 5,
    truncated: 2,
    loops: 1,
    empty: 1,
    injected: 1,
    tokens: 18,
    meanTokens: 3,
    meanNll: 0.875,
    exactMatch: { correct: 1, scored: 5 },
    contains: { correct: 5, scored: 5 },
    f1: { mean: 0.6, scored: 5 },
    judges: [],
  });
});
