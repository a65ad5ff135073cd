import { setTimeout as after } from 'node:timers/promises';
import { expect, test } from 'vitest';

import { assertSound } from './audit.ts';
import { runWriter } from './child.ts';
import { addQuestions, judge, judgePhase, newRun, open, tempDir } from './helpers.ts';

const QUESTIONS = 700;
const KILLS = 8;

test('a writer killed at random moments loses nothing it acknowledged, and a resume does nothing twice', async () => {
  using dir = tempDir();
  const store = await open(dir.file);
  const runId = await store.call(
    'runs.create',
    newRun(await addQuestions(store, QUESTIONS), {
      phases: [{ role: 'generate', modelName: 'g', judge: null, plan: null }, judgePhase(judge('one'))],
    }),
  );
  await store[Symbol.asyncDispose]();

  const answered = new Set<number>();
  const judged = new Set<number>();
  let killed = 0;
  for (let round = 0; ; round += 1) {
    const deadly = round < KILLS;
    // Somewhere in a batch: after a random number of acknowledged ones and a random part of a millisecond or more.
    const patience = 1 + Math.floor(Math.random() * 20);
    let batches = 0;
    const ended = await runWriter([dir.file, String(runId), String(round), 'take'], (said, kill) => {
      if (said.claimed !== undefined) return;
      batches += 1;
      if (deadly && batches === patience) void after(Math.random() * 8).then(kill);
    });
    expect(ended.errors).toBe('');
    for (const said of ended.lines) {
      for (const position of said.answered ?? []) {
        // What was acknowledged is never pending again, so no later process can have been given it.
        expect(answered.has(position)).toBe(false);
        answered.add(position);
      }
      for (const position of said.judged ?? []) {
        expect(judged.has(position)).toBe(false);
        judged.add(position);
      }
    }
    if (ended.signal === 'SIGKILL') killed += 1;
    assertSound(dir.file);
    const reader = await open(dir.file);
    const run = await reader.call('runs.get', { runId });
    await reader[Symbol.asyncDispose]();
    // A batch may be stored whose acknowledgement died with its writer; the other way round is a loss.
    expect(run?.answered).toBeGreaterThanOrEqual(answered.size);
    expect(run?.phases[1]?.done).toBeGreaterThanOrEqual(judged.size);
    if (run?.status === 'done') {
      expect(run).toMatchObject({ answered: QUESTIONS, owner: null });
      expect(run.phases.map((phase) => phase.done)).toEqual([QUESTIONS, QUESTIONS]);
      break;
    }
    expect(round).toBeLessThan(KILLS + 1);
  }
  expect(killed).toBeGreaterThan(0);
}, 180_000);
