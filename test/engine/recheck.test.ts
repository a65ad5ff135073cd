import { describe, expect, it } from 'vitest';
import type { Engine } from '../../src-main/engine/engine.ts';
import { recheckAnswers, recheckScores, sampleRows } from '../../src-main/engine/host/recheck.ts';
import { startEngine } from '../../src-main/engine/host/start-engine.ts';
import { collect, fakeOptions, from, never, question, verdict } from './helpers.ts';

async function withEngine(body: (engine: Engine) => Promise<void>): Promise<void> {
  const engine = await startEngine(fakeOptions());
  try {
    await body(engine);
  } finally {
    await engine.stop();
  }
}
const jobs = Array.from({ length: 9 }, (_, index) => question(`q${index}`, `Question ${index}?`));

describe('the check of a run', () => {
  it('finds answers that hold', () =>
    withEngine(async (engine) => {
      const results = await collect(engine.generate(from(jobs), never()));
      const rows = results.map((result) => ({
        ...result,
        job: question(result.id, `Question ${result.id.slice(1)}?`),
      }));
      const check = await recheckAnswers(engine, rows, never());
      expect(check).toMatchObject({ checked: 9, changed: 0, identical: 9, largestDifference: 0 });
      expect(check.sentence).toBe('9 answers made again in another order: all the same to the last bit.');
    }));
  it('finds answers that changed, that became longer, and log-probabilities that moved', () =>
    withEngine(async (engine) => {
      const results = await collect(engine.generate(from(jobs.slice(0, 3)), never()));
      const rows = results.map((result) => ({
        ...result,
        job: question(result.id, `Question ${result.id.slice(1)}?`),
      }));
      const [moved, shorter, changed] = rows;
      if (!moved || !shorter || !changed) throw new Error('three rows');
      const check = await recheckAnswers(
        engine,
        [
          { ...moved, logprobs: moved.logprobs.map((logprob, at) => (at === 0 ? logprob - 0.25 : logprob)) },
          { ...shorter, tokenIds: shorter.tokenIds.slice(0, -1) },
          { ...changed, tokenIds: changed.tokenIds.map((token) => token + 1) },
        ],
        never(),
      );
      expect(check).toMatchObject({ checked: 3, changed: 2, identical: 0, largestDifference: 0.25 });
      expect(check.sentence).toMatch(/2 of them changed in their words, .* up to 0.25/);
    }));
  it('of a long answer writes only the beginning again', () =>
    withEngine(async (engine) => {
      let longest = 0;
      const long: Engine = {
        ...engine,
        async *generate(list, signal) {
          for await (const job of list) {
            longest = Math.max(longest, job.decoding.maxTokens);
            const [result] = await collect(engine.generate(from([job]), signal));
            const tokens = Array.from({ length: Math.min(100, job.decoding.maxTokens) }, (_, at) => at);
            if (result === undefined) return;
            yield {
              ...result,
              answer: tokens.join(' '),
              tokenIds: Int32Array.from(tokens),
              logprobs: Float32Array.from(tokens, (at) => -at / 8),
            };
          }
        },
      };
      const job = question('long', 'Tell me all.', {
        decoding: { temperature: 0, topP: 1, maxTokens: 4000, stop: [] },
      });
      const rows = (await collect(long.generate(from([job]), never()))).map((result) => ({ ...result, job }));
      longest = 0;
      expect(await recheckAnswers(long, rows, never())).toMatchObject({ checked: 1, identical: 1 });
      expect(longest).toBeLessThanOrEqual(32);
      const parted = rows.map((row) => ({
        ...row,
        tokenIds: row.tokenIds.map((token, at) => (at === 20 ? 7 : token)),
      }));
      expect(await recheckAnswers(long, parted, never())).toMatchObject({ checked: 1, changed: 1 });
    }));
  it('compares scores by their best label and their probabilities', () =>
    withEngine(async (engine) => {
      const scored = ['v1', 'v2'].map((id) => verdict(id, `Is ${id} right?`));
      const results = await collect(engine.score(from(scored), never()));
      const rows = results.map((result) => ({
        ...result,
        job: verdict(result.id, `Is ${result.id} right?`),
      }));
      expect(await recheckScores(engine, rows, never())).toMatchObject({ checked: 2, identical: 2 });
      const turned = rows.map((row) => ({ ...row, probabilities: row.probabilities.toReversed() }));
      expect(await recheckScores(engine, turned, never())).toMatchObject({
        checked: 2,
        changed: 2,
        identical: 0,
      });
    }));
});

describe('rows kept for the check', () => {
  const many = Array.from({ length: 400 }, (_, index) => question(`q${index}`, `Question ${index}?`));

  it('are spread over the run, one in fifty, while every row is passed on', () =>
    withEngine(async (engine) => {
      const sampler = sampleRows(engine, many.length);
      expect(await collect(sampler.engine.generate(from(many), never()))).toHaveLength(400);
      const check = await sampler.recheck(never());
      expect(check).toMatchObject({ checked: 8, changed: 0, identical: 8 });
    }));
  it('are as few where rows come in many helpings, as they do for a judge that follows a generator', () =>
    withEngine(async (engine) => {
      const sampler = sampleRows(engine, many.length);
      for (let at = 0; at < many.length; at += 5) {
        await collect(sampler.engine.generate(from(many.slice(at, at + 5)), never()));
      }
      expect(await sampler.recheck(never())).toMatchObject({ checked: 8, identical: 8 });
    }));
  it('are four of twenty, and never rows that failed', () =>
    withEngine(async (engine) => {
      const failing = many.slice(0, 3).map((job) => ({ ...job, id: `bad ${job.id}` }));
      const broken: Engine = {
        ...engine,
        async *generate(list, signal) {
          for await (const result of engine.generate(list, signal)) {
            yield result.id.startsWith('bad') ? { ...result, error: 'Too long.' } : result;
          }
        },
      };
      const sampler = sampleRows(broken, 20);
      await collect(sampler.engine.generate(from([...failing, ...many.slice(0, 17)]), never()));
      // The first of each five: of the rows 0, 5, 10 and 15 the first failed.
      expect(await sampler.recheck(never())).toMatchObject({ checked: 3 });
    }));
  it('that an engine writes otherwise the second time are found', () =>
    withEngine(async (engine) => {
      let calls = 0;
      const moody: Engine = {
        ...engine,
        async *generate(list, signal) {
          calls += 1;
          for await (const result of engine.generate(list, signal)) {
            yield calls === 1 ? result : { ...result, answer: `${result.answer} or not` };
          }
        },
      };
      const sampler = sampleRows(moody, 8);
      await collect(sampler.engine.generate(from(many.slice(0, 8)), never()));
      expect(await sampler.recheck(never())).toMatchObject({ checked: 2, changed: 2, identical: 0 });
    }));
  it('are verdicts where the engine judges, and there are none before it worked', () =>
    withEngine(async (engine) => {
      const sampler = sampleRows(engine, 100);
      expect(await sampler.recheck(never())).toBeNull();
      const verdicts = many.slice(0, 100).map(({ id }) => verdict(id, `Is ${id} right?`));
      expect(await collect(sampler.engine.score(from(verdicts), never()))).toHaveLength(100);
      expect(await sampler.recheck(never())).toMatchObject({ checked: 4, identical: 4 });
    }));
});
