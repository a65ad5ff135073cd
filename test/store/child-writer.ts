// A process that works on a run until it is killed: claims it from whoever had it, answers and judges what is pending, and
// prints a line for every batch once the store has acknowledged it. Arguments: database, run, process number, what it expects.
import { writeSync } from 'node:fs';

import type { RunOwner } from '../../src-main/domain/run.ts';
import { answerTo, judge, judgment, open, OWNER } from './helpers.ts';

const [file = '', run = '', number = '', expected = ''] = process.argv.slice(2);
const runId = Number(run);

const ownerOf = (n: string): RunOwner => ({ ...OWNER, pid: process.pid, startTime: `child ${n}` });

/** At once and whole, or the line of an acknowledged batch could die in a buffer. */
function say(line: object): void {
  writeSync(1, `${JSON.stringify(line)}\n`);
}

const store = await open(file);
const before = (await store.call('runs.get', { runId }))?.owner ?? null;
const claimed = await store.call('runs.claim', {
  runId,
  owner: ownerOf(number),
  expected: expected === 'take' ? before : null,
});
say({ claimed: claimed !== null });
if (claimed !== null) {
  const { token } = claimed;
  const judgeId = await store.call('judges.ensure', judge('one'));
  for (;;) {
    const pending = await store.call('runs.pendingAnswers', { runId, after: -1, limit: 7 });
    if (pending.length > 0) {
      await store.call('runs.putAnswers', {
        runId,
        token,
        seq: 0,
        answers: pending.map((item) => answerTo(item)),
      });
      say({ answered: pending.map((item) => item.position) });
    }
    const unjudged = await store.call('runs.pendingJudgments', { runId, judgeId, after: -1, limit: 5 });
    if (unjudged.length > 0) {
      await store.call('runs.putJudgments', {
        runId,
        token,
        seq: 1,
        judgments: unjudged.map((item) => judgment(item.answerId, judgeId)),
      });
      say({ judged: unjudged.map((item) => item.position) });
    }
    if (pending.length === 0 && unjudged.length === 0) break;
  }
  await store.call('runs.release', { runId, token, status: 'done', error: null });
  say({ done: true });
}
await store[Symbol.asyncDispose]();
