/** What every Engine promises, whoever it is: run over the scripted and the real one. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EngineError } from '../../src-main/engine/engine.ts';
import type { Engine, GenerateJob } from '../../src-main/engine/engine.ts';
import { collect, from, never, question, verdict } from './helpers.ts';

const questions = (count: number): GenerateJob[] =>
  Array.from({ length: count }, (_, index) =>
    question(`q${index}`, `Question ${index}: who was the king of ${index}?`),
  );

/** What an engine on another machine cannot promise. */
export interface Traits {
  /** It is a process of this machine, which counts tokens. */
  readonly local: boolean;
}

export function engineSuite(
  name: string,
  start: () => Promise<Engine>,
  { local }: Traits = { local: true },
): void {
  describe(`${name} as an Engine`, () => {
    // One process for all of them: a run must leave nothing behind for the next.
    let shared: Engine;
    beforeAll(async () => {
      shared = await start();
    });
    afterAll(() => shared.stop());
    const withEngine = (body: (engine: Engine) => Promise<void>): Promise<void> => body(shared);

    it('answers every job once, with its own id, sample and seed', () =>
      withEngine(async (engine) => {
        const jobs = questions(30).flatMap((job) => [job, { ...job, sampleIndex: 1 }]);
        const results = await collect(engine.generate(from(jobs), never()));
        const keys = (list: readonly { id: string; sampleIndex: number }[]): string[] =>
          list.map(({ id, sampleIndex }) => `${id}/${sampleIndex}`).toSorted();
        expect(keys(results)).toEqual(keys(jobs));
        for (const result of results) {
          expect(result.error).toBeNull();
          expect(result.logprobs.length).toBe(result.tokenIds.length);
          expect(result.tokenTexts.length).toBe(result.tokenIds.length);
          expect(result.promptTokens).toBeGreaterThan(0);
        }
      }));

    it('ends at once on no jobs at all', () =>
      withEngine(async (engine) => {
        expect(await collect(engine.generate(from([]), never()))).toEqual([]);
        expect(await collect(engine.score(from([]), never()))).toEqual([]);
      }));

    it('scores every job once, with a probability for each label', () =>
      withEngine(async (engine) => {
        const jobs = questions(20).map((job) => verdict(job.id, `Is ${job.id} right?`, ['A', 'B']));
        const results = await collect(engine.score(from(jobs), never()));
        expect(results.map((result) => result.id).toSorted()).toEqual(jobs.map((job) => job.id).toSorted());
        for (const { probabilities, labelTokens, error } of results) {
          expect(error).toBeNull();
          expect(probabilities).toHaveLength(2);
          if (local) expect(new Set(labelTokens).size).toBe(2);
          const mass = probabilities.reduce((sum, p) => sum + p, 0);
          expect(mass).toBeGreaterThan(0);
          expect(mass).toBeLessThanOrEqual(1.0001);
        }
      }));

    it('says which labels cannot be told apart instead of scoring them', () =>
      withEngine(async (engine) => {
        const [result] = await collect(engine.score(from([verdict('v', 'Right?', ['Q1', 'Q2'])]), never()));
        expect(result?.error).toMatch(/same token/);
        expect(result?.conflict).toBe(true);
      }));

    it.runIf(local)(
      'held to some texts writes one of them, also where they begin alike or one begins the other',
      () =>
        withEngine(async (engine) => {
          const choices = ['right', 'right in part', 'rubbish'];
          const jobs = questions(12).map((job) => ({ ...job, choices }));
          const results = await collect(engine.generate(from(jobs), never()));
          expect(results).toHaveLength(12);
          for (const result of results) {
            expect(result.error).toBeNull();
            expect(choices).toContain(result.answer);
          }
        }),
    );

    it('writes the same greedy answers twice', () =>
      withEngine(async (engine) => {
        const write = async (): Promise<Map<string, string>> => {
          const results = await collect(engine.generate(from(questions(12)), never()));
          return new Map(
            results.map((result) => [result.id, `${result.answer}|${result.logprobs.join(',')}`]),
          );
        };
        const first = await write();
        expect(await write()).toEqual(first);
      }));

    it('draws different samples by sample index, the same by the same seed', () =>
      withEngine(async (engine) => {
        const decoding = { temperature: 1, topP: 0.95, maxTokens: 12, stop: [] };
        const jobs = [0, 1, 2, 0].map((sampleIndex) =>
          question('q', 'Tell me of the river.', { decoding, sampleIndex, seed: 7 }),
        );
        const results = await collect(engine.generate(from(jobs), never()));
        const texts = (sample: number): string[] =>
          results
            .filter((result) => result.sampleIndex === sample)
            .map((result) => result.tokenIds.join(' '));
        expect(texts(0)).toHaveLength(2);
        expect(texts(0)[0]).toBe(texts(0)[1]);
        expect(new Set([texts(0)[0], texts(1)[0], texts(2)[0]]).size).toBeGreaterThan(1);
      }));

    it('stops soon when aborted, without an error, and goes on with the next run', () =>
      withEngine(async (engine) => {
        const abort = new AbortController();
        let taken = 0;
        for await (const result of engine.generate(from(questions(100_000)), abort.signal)) {
          expect(result.error).toBeNull();
          taken += 1;
          if (taken === 3) abort.abort();
        }
        expect(taken).toBeGreaterThanOrEqual(3);
        expect(taken).toBeLessThan(100_000);
        expect(await collect(engine.generate(from(questions(5)), never()))).toHaveLength(5);
      }));

    it('gives nothing when aborted before it began', () =>
      withEngine(async (engine) => {
        expect(await collect(engine.generate(from(questions(5)), AbortSignal.abort()))).toEqual([]);
      }));

    it('lets a reader leave early and goes on with the next run', () =>
      withEngine(async (engine) => {
        for await (const result of engine.generate(from(questions(1000)), never())) {
          expect(result.id).toMatch(/^q/);
          break;
        }
        expect(await collect(engine.score(from([verdict('v', 'Right?')]), never()))).toHaveLength(1);
      }));

    it('pulls jobs only as it needs them: a slow reader does not fill memory', () =>
      withEngine(async (engine) => {
        let pulled = 0;
        async function* endless(): AsyncGenerator<GenerateJob> {
          for (const job of questions(100_000)) {
            pulled += 1;
            yield job;
          }
        }
        let taken = 0;
        for await (const result of engine.generate(endless(), never())) {
          expect(result.error).toBeNull();
          taken += 1;
          expect(pulled - taken).toBeLessThan(1000);
          if (taken === 50) break;
        }
      }));

    it('passes on what the source of jobs throws', () =>
      withEngine(async (engine) => {
        async function* failing(): AsyncGenerator<GenerateJob> {
          yield question('one', 'One?');
          throw new Error('the dataset is gone');
        }
        await expect(collect(engine.generate(failing(), never()))).rejects.toThrow('the dataset is gone');
        expect(await collect(engine.generate(from(questions(2)), never()))).toHaveLength(2);
      }));

    it('runs generation and scoring side by side', () =>
      withEngine(async (engine) => {
        const [answers, scores] = await Promise.all([
          collect(engine.generate(from(questions(20)), never())),
          collect(engine.score(from(questions(20).map((job) => verdict(job.id, job.id))), never())),
        ]);
        expect(answers).toHaveLength(20);
        expect(scores).toHaveLength(20);
      }));

    it.runIf(local)('counts the tokens that a prompt will have', () =>
      withEngine(async (engine) => {
        const job = question('q', 'What is the capital of the river?');
        const [counted] = await engine.countTokens([job.prompt]);
        const [result] = await collect(engine.generate(from([job]), never()));
        expect(counted).toBe(result?.promptTokens);
      }),
    );

    it('is seen gone after stop, which may be asked twice, and refuses work then', async () => {
      const engine = await start();
      const [first, second] = await Promise.all([engine.stop(), engine.stop()]);
      expect(first.reason).toBeNull();
      expect(second).toEqual(first);
      if (local) expect(() => process.kill(engine.model.pid, 0)).toThrow('ESRCH');
      await expect(collect(engine.generate(from(questions(1)), never()))).rejects.toThrow(EngineError);
      await expect(engine.countTokens([{ kind: 'text', text: 'x' }])).rejects.toThrow(EngineError);
    });

    it.runIf(local)(
      'fails its rows with a reason when its process is killed, keeping what was finished',
      async () => {
        const engine = await start();
        let taken = 0;
        const reading = async (): Promise<void> => {
          for await (const result of engine.generate(from(questions(100_000)), never())) {
            expect(result.error).toBeNull();
            taken += 1;
            if (taken === 5) process.kill(engine.model.pid, 'SIGKILL');
          }
        };
        await expect(reading()).rejects.toMatchObject({ kind: 'crashed' });
        expect(taken).toBeGreaterThanOrEqual(5);
        const exit = await engine.exited;
        expect(exit.signal).toBe('SIGKILL');
        expect(exit.reason).toMatch(/SIGKILL/);
        await engine.stop();
      },
    );
  });
}
