import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, expect, test } from 'vitest';
import type { Core } from '../../../src-main/core/core.ts';
import { type Bench, createBench, ended, engines, importQuestions, launchOf, rowsOf } from './workbench.ts';

const KILLS = 200;
const QUESTIONS = 4000;

let bench: Bench;
let core: Core | null = null;

afterEach(async () => {
  await core?.close();
  bench.remove();
});

/**
 * Catches: a row that was in a dead child's hands and is lost or done twice, a restart that gives up although there is
 * progress, a late reply that is taken for the next child's.
 */
test.skipIf(process.platform !== 'linux')(
  `an engine killed ${KILLS} times at random leaves a complete run without duplicates`,
  { timeout: 900_000 },
  async () => {
    bench = await createBench(QUESTIONS);
    core = await bench.open({ answerDelayMs: 100 });
    const dataset = await importQuestions(core, bench);
    const runs: number[] = [];
    let kills = 0;
    while (kills < KILLS) {
      // Other decoding, so that nothing of the run before is shared.
      const decoding = { maxTokens: 10 + runs.length };
      const { runId } = await core.client.runs.start(launchOf(dataset, { decoding }));
      runs.push(runId);
      kills += await killEngines(core, runId, KILLS - kills);
      expect(await ended(core, runId)).toMatchObject({ status: 'done', answered: QUESTIONS });
      expect(await rowsOf(core, runId)).toEqual({
        answered: QUESTIONS,
        judged: QUESTIONS,
        positions: QUESTIONS,
      });
    }
  },
);

/** Kills the run's children, each once it got something done and a moment at random after that. Returns how many. */
async function killEngines({ client }: Core, runId: number, most: number): Promise<number> {
  const look = async (): Promise<{ readonly over: boolean; readonly done: number }> => {
    const { status, error, phases } = await client.runs.get({ runId });
    if (status === 'failed') throw new Error(error ?? 'failed');
    return { over: status === 'done', done: phases.reduce((sum, phase) => sum + phase.done, 0) };
  };
  let kills = 0;
  let mark = 0;
  while (kills < most) {
    const { over, done } = await look();
    if (over) break;
    if (done <= mark) {
      await pause(5);
      continue;
    }
    await pause(Math.random() * 100);
    const [pid] = engines();
    // Now and then the moment falls between two children.
    if (pid === undefined) continue;
    process.kill(pid, 'SIGKILL');
    kills += 1;
    mark = (await look()).done;
  }
  return kills;
}
