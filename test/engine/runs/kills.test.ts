import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, expect, test } from 'vitest';
import type { Core } from '../../../src-main/core/core.ts';
import {
  type Bench,
  createBench,
  ended,
  importQuestions,
  rowsOf,
  type Script,
  waitFor,
} from './workbench.ts';

const QUESTIONS = 1200;
const KILLS = 10;

let bench: Bench;
const children: ChildProcessWithoutNullStreams[] = [];
const cores: Core[] = [];

afterEach(async () => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  for (const core of cores.splice(0)) await core.close();
  bench.remove();
});

async function open(script: Script = {}): Promise<Core> {
  const core = await bench.open(script);
  cores.push(core);
  return core;
}

/** A workbench in a process of its own; resolves with its first line. */
async function owner(script: Script, verb: 'start' | 'resume', subject: string) {
  const file = join(import.meta.dirname, 'owner-process.ts');
  const args = [file, bench.root, bench.dataDir, JSON.stringify(script), verb, subject];
  const child = spawn(process.execPath, args);
  children.push(child);
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const first = await lines.next();
  return { child, lines, first: String(first.value) };
}

async function kill(child: ChildProcessWithoutNullStreams): Promise<void> {
  child.kill('SIGKILL');
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
}

/** Children of a process by /proc: what must not outlive it. */
function childrenOf(pid: number | undefined): number[] {
  try {
    return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8')
      .trim()
      .split(' ')
      .filter(Boolean)
      .map(Number);
  } catch {
    return [];
  }
}

async function gone(pid: number): Promise<void> {
  for (;;) {
    try {
      process.kill(pid, 0);
    } catch {
      return;
    }
    await new Promise((resolve) => {
      setTimeout(resolve, 20);
    });
  }
}

test(
  'a workbench killed at random points loses no row and does none twice',
  { timeout: 300_000 },
  async () => {
    bench = await createBench(QUESTIONS);
    const watcher = await open();
    const dataset = await importQuestions(watcher, bench);
    const slow: Script = { answerDelayMs: 60 };
    let kept = 0;
    let runId = 0;
    for (let n = 0; n < KILLS; n += 1) {
      const { child, first } = await owner(
        slow,
        runId === 0 ? 'start' : 'resume',
        runId === 0 ? dataset : String(runId),
      );
      expect(first).toMatch(/^run \d+$/);
      runId = Number(first.slice(4));
      // A point at random within the work, told by what is committed, not by the clock.
      const until = kept + 1 + Math.floor(Math.random() * 90);
      const seen = await waitFor(
        watcher,
        runId,
        (run) => progressOf(run) >= Math.min(until, QUESTIONS * 2 - 1),
      ).catch(() => null);
      const engines = childrenOf(child.pid);
      await kill(child);
      await Promise.all(engines.map(gone));
      if (seen === null) break;
      const after = await watcher.client.runs.get({ runId });
      // What was seen as done stays done.
      expect(progressOf(after)).toBeGreaterThanOrEqual(progressOf(seen));
      kept = progressOf(after);
    }
    const core = await open({});
    await core.client.runs.resume({ runId });
    expect(await ended(core, runId)).toMatchObject({ status: 'done', answered: QUESTIONS });
    expect(await rowsOf(core, runId)).toEqual({
      answered: QUESTIONS,
      judged: QUESTIONS,
      positions: QUESTIONS,
    });
  },
);

function progressOf(run: { readonly phases: readonly { readonly done: number }[] }): number {
  return run.phases.reduce((sum, phase) => sum + phase.done, 0);
}

test('of two resumes at once exactly one gets the run', { timeout: 120_000 }, async () => {
  bench = await createBench(400);
  const watcher = await open();
  const dataset = await importQuestions(watcher, bench);
  const slow: Script = { answerDelayMs: 60 };
  const { child, first } = await owner(slow, 'start', dataset);
  const runId = Number(first.slice(4));
  await waitFor(watcher, runId, (run) => run.answered > 10);
  await kill(child);
  const both = await Promise.all([
    owner(slow, 'resume', String(runId)),
    owner(slow, 'resume', String(runId)),
  ]);
  const starts = both.map(({ first: line }) => line);
  expect(starts.filter((line) => line === `run ${runId}`)).toHaveLength(1);
  expect(starts.filter((line) => line.startsWith('refused'))).toHaveLength(1);
  expect(await ended(watcher, runId)).toMatchObject({ status: 'done', answered: 400 });
  expect(await rowsOf(watcher, runId)).toEqual({ answered: 400, judged: 400, positions: 400 });
});
