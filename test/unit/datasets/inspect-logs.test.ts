import { zstdCompressSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { inspectFile } from '../../../src-main/core/datasets/inspect-file.ts';
import { unpackZstd } from '../../../src-main/core/datasets/zstd-frames.ts';
import type { ImportedRow } from '../../../src-main/domain/dataset.ts';
import { both, file, fixture, fixtureJson, read } from './helpers.ts';
import { zipOf } from './zip.ts';

/** What Inspect itself read in the log. */
const truth = fixtureJson(
  'inspect/expected.json',
  z.array(
    z.object({
      id: z.number(),
      epoch: z.number(),
      answer: z.string(),
      scores: z.record(z.string(), z.union([z.string(), z.record(z.string(), z.number())])),
    }),
  ),
);

/** Its scores as "id/epoch scorer value". */
function expectedScores(): string[] {
  return truth.flatMap(({ id, epoch, scores }) =>
    Object.entries(scores).flatMap(([scorer, value]) =>
      typeof value === 'string'
        ? [`${id}/${epoch} ${scorer} ${value}`]
        : Object.entries(value).map(([part, inner]) => `${id}/${epoch} ${scorer}/${part} ${inner}`),
    ),
  );
}

const LETTERS: Record<string, string> = { '1': 'C', '0': 'I', '0.5': 'P' };

/** Our verdicts in the same words; a person's edit stands for the scorer it edited. */
function readScores(rows: readonly ImportedRow[]): string[] {
  return rows.flatMap(({ question, answers }) =>
    answers.flatMap(({ sampleIndex, verdicts }) => {
      const human = verdicts.find((verdict) => verdict.human);
      return verdicts
        .filter((verdict) => !verdict.human)
        .map(({ judge, score }) => {
          const shown = human !== undefined && judge === 'match' ? human.score : score;
          const value = judge.includes('/') ? `${shown}` : (LETTERS[`${shown}`] ?? 'unscored');
          return `${question.externalId}/${sampleIndex + 1} ${judge} ${value}`;
        });
    }),
  );
}

describe('Inspect logs', () => {
  it.each(['inspect/edited.eval', 'inspect/edited.json'])(
    "%s: Inspect's own samples, answers and scores",
    async (name) => {
      const { rows, problems, answers } = await read(fixture(name));
      expect([rows.length, problems]).toEqual([truth.length, []]);
      expect(answers.map(({ text }) => text).toSorted()).toEqual(
        truth.map(({ answer }) => answer).toSorted(),
      );
      expect(readScores(rows).toSorted()).toEqual(expectedScores().toSorted());
    },
  );

  it('keeps the score a person overruled beside the person’s', async () => {
    const { rows } = await read(fixture('inspect/edited.json'));
    const edited = rows.find(
      ({ question, answers }) => question.externalId === '3' && answers[0]?.sampleIndex === 0,
    );
    expect(edited?.answers[0]?.verdicts.slice(0, 2)).toEqual([
      { judge: 'match', human: false, verdict: 'incorrect', score: 0, reason: 'no idea' },
      { judge: 'reader-1', human: true, verdict: 'correct', score: 1, reason: 'the answer is right' },
    ]);
  });

  it('counts NaN as unparsed, never as incorrect', async () => {
    const { rows } = await read(fixture('inspect/edited.eval'));
    const unscored = rows.flatMap(({ answers }) =>
      answers.flatMap(({ verdicts }) => verdicts.filter(({ verdict }) => verdict === 'unparsed')),
    );
    expect(unscored).toHaveLength(2);
    expect(unscored.every(({ judge, score }) => judge === 'sometimes_unscored' && score === null)).toBe(true);
  });

  it('tells further epochs of a question from further questions', async () => {
    const { rows } = await read(fixture('inspect/edited.eval'));
    const again = rows.filter(({ sameQuestion }) => sameQuestion === true);
    expect([rows.length, again.length]).toEqual([8, 4]);
    for (const row of again) {
      const first = rows.find(
        ({ sameQuestion, question }) =>
          sameQuestion !== true && question.externalId === row.question.externalId,
      );
      // The store finds the row by its record.
      expect(row.record).toEqual(first?.record);
    }
  });

  it('resolves letters of multiple choice', async () => {
    const { rows } = await read(fixture('inspect/choices.eval'));
    expect(rows.map(({ question }) => question.gold)).toEqual([['Jupiter'], ['2']]);
  });

  const sample = (id: number, more: object = {}): string =>
    JSON.stringify({
      id,
      epoch: 1,
      input: [{ role: 'user', content: `q${id}` }],
      target: 'a',
      messages: [{ role: 'user', content: `q${id}` }],
      output: {
        model: 'm',
        choices: [
          {
            message: {
              role: 'assistant',
              content: [
                { type: 'reasoning', reasoning: 'hm' },
                { type: 'text', text: 'a' },
              ],
            },
            logprobs: {
              content: [
                { token: 'a', logprob: -0.25 },
                { token: '.', logprob: -1.5 },
              ],
            },
          },
        ],
      },
      scores: { s: { value: 'C' } },
      ...more,
    });
  const log = (samples: [string, string][]): [string, string][] => [
    ['header.json', JSON.stringify({ version: 2, eval: { model: 'openai/x' } })],
    ...samples,
  ];

  it.each(['stored', 'deflate', 'zstd'] as const)(
    'reads entries packed by %s, with log-probabilities',
    async (packing) => {
      const samples = [10, 9, 1].map((id): [string, string] => [`samples/${id}_epoch_1.json`, sample(id)]);
      const { found, rows } = await both('log.eval', zipOf(log(samples), packing));
      expect(found.kind).toBe('inspect-eval');
      expect(rows.map(({ question }) => question.question)).toEqual(['q1', 'q9', 'q10']);
      expect(rows[0]?.answers[0]).toMatchObject({
        system: 'openai/x',
        text: 'a',
        tokenLogprobs: [-0.25, -1.5],
      });
    },
  );

  it('reads an entry of several zstd frames to its end', async () => {
    // Node alone stops after the first, which would cut the sample short.
    const text = sample(1);
    const frames = [text.slice(0, 100), text.slice(100)].map((part) => zstdCompressSync(Buffer.from(part)));
    expect(unpackZstd(Buffer.concat(frames), 1_000_000).toString()).toBe(text);
    expect(() => unpackZstd(Buffer.concat(frames), 150)).toThrow('larger than');
    expect(() => unpackZstd(Buffer.concat(frames).subarray(0, -5), 1_000_000)).toThrow('cut off');
  });

  it('puts attachments back in their place', async () => {
    const hash = 'd41d8cd98f00b204e9800998ecf8427e';
    const more = { input: `attachment://${hash}`, attachments: { [hash]: 'a long question' } };
    const { rows } = await both('log.eval', zipOf(log([['samples/1_epoch_1.json', sample(1, more)]])));
    expect(rows[0]?.question.question).toBe('a long question');
  });

  it('reports a damaged sample and reads the others; imports a sample that failed without an answer', async () => {
    const bytes = zipOf(
      log([
        ['samples/1_epoch_1.json', sample(1)],
        ['samples/2_epoch_1.json', '{"id": 2, "epoch"'],
        [
          'samples/3_epoch_1.json',
          sample(3, {
            output: { model: 'm', choices: [], completion: '' },
            scores: null,
            error: { message: 'x' },
          }),
        ],
      ]),
    );
    const { rows, problems, answers } = await both('log.eval', bytes);
    expect([rows.length, answers.length]).toEqual([2, 1]);
    expect(problems).toEqual([{ line: 2, problem: expect.stringContaining('samples/2_epoch_1.json') }]);
  });

  it('opens the log of an interrupted run, and says when there are no samples yet', async () => {
    const start: [string, string] = [
      '_journal/start.json',
      JSON.stringify({ version: 2, eval: { model: 'openai/y' } }),
    ];
    const { answers } = await both('log.eval', zipOf([start, ['samples/1_epoch_1.json', sample(1)]]));
    expect(answers[0]?.system).toBe('openai/y');
    expect((await inspectFile(file('log.eval', zipOf([start])))).problem).toContain('holds no samples');
  });

  it('says that a cut-off archive is damaged', async () => {
    const bytes = zipOf(log([['samples/1_epoch_1.json', sample(1)]]));
    expect((await inspectFile(file('log.eval', bytes.subarray(0, bytes.length - 30)))).problem).toContain(
      'damaged or was cut off',
    );
  });
});
