import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { inspectFile } from '../../../src-main/core/datasets/inspect-file.ts';
import { both, fixture, fixtureJson, read, verdictCounts } from './helpers.ts';

describe('lm-eval samples', () => {
  const folder = 'lm-eval/';
  const samples = (task: string): string =>
    fixture(`${folder}samples_${task}_2026-11-24T08-22-06.287005.jsonl`);
  const { results } = fixtureJson(
    `${folder}results_2026-11-24T08-22-06.287005.json`,
    z.object({ results: z.record(z.string(), z.record(z.string(), z.union([z.string(), z.number()]))) }),
  );
  const printed = (task: string, metric: string): number => Number(results[task]?.[metric]);
  const accuracy = (counts: Record<string, number>, judge: string): number => {
    const right = counts[`${judge} correct`] ?? 0;
    return right / (right + (counts[`${judge} incorrect`] ?? 0));
  };

  it.each(['strict-match', 'flexible-extract'])(
    'with the filter %s the score is the one lm-eval printed',
    async (filter) => {
      const { rows, answers, problems } = await read(samples('tiny_gen'), { filter });
      expect([rows.length, answers.length, problems]).toEqual([3, 3, []]);
      expect(accuracy(verdictCounts(answers), `lm-eval exact_match,${filter}`)).toBeCloseTo(
        printed('tiny_gen', `exact_match,${filter}`),
        10,
      );
    },
  );

  it('finds both filters, takes the model from the results file, the whole response as answer', async () => {
    const found = await inspectFile(samples('tiny_gen'));
    expect(found).toMatchObject({
      kind: 'lm-eval-samples',
      filters: ['strict-match', 'flexible-extract'],
      system: 'lab/canned-1b',
    });
    const whole = await read(samples('tiny_gen'));
    expect(whole.answers[0]).toMatchObject({ system: 'lab/canned-1b', text: ' It is Paris, so #### 18' });
    const filtered = await read(samples('tiny_gen'), { filteredAnswers: true });
    expect(filtered.answers[0]?.text).toBe('18');
    // The gold is lm-eval's target, not the document's own column.
    expect(whole.rows.map(({ question }) => question.gold)).toEqual([['18'], ['4'], ['7']]);
  });

  it('reads multiple choice: the likeliest choice is the answer, indices are texts', async () => {
    const { rows, answers } = await read(samples('tiny_mc'));
    expect(rows.map(({ question }) => [question.question, question.gold, question.choices])).toEqual([
      ['Largest planet?', ['Jupiter'], ['Mars', 'Jupiter', 'Venus']],
      // Choice 1, counted from 0, although another choice reads "1".
      ['Smallest prime?', ['2'], ['1', '2', '3']],
    ]);
    expect(answers.map(({ text }) => text)).toEqual(['Jupiter', '1']);
    expect(accuracy(verdictCounts(answers), 'lm-eval acc,none')).toBe(printed('tiny_mc', 'acc,none'));
  });
});

describe('promptfoo', () => {
  it('reads results: two prompts are two systems, verdicts by assertion', async () => {
    const { rows, answers } = await read(fixture('promptfoo/results.json'));
    const { results } = fixtureJson(
      'promptfoo/results.json',
      z.object({ results: z.object({ stats: z.object({ successes: z.number(), failures: z.number() }) }) }),
    );
    expect(rows.filter(({ sameQuestion }) => sameQuestion !== true)).toHaveLength(2);
    const counts = verdictCounts(answers);
    expect([counts['promptfoo correct'], counts['promptfoo incorrect']]).toEqual([
      results.stats.successes,
      results.stats.failures,
    ]);
    expect(new Set(answers.map(({ system }) => system))).toEqual(new Set(['echo', 'echo (prompt 2)']));
    expect(new Set(rows.map(({ question }) => question.gold[0]))).toEqual(new Set(['france', '4']));
  });

  it('reads its table', async () => {
    const { rows, answers } = await read(fixture('promptfoo/results.csv'));
    expect([rows.length, answers.length]).toEqual([2, 4]);
    expect(verdictCounts(answers)).toEqual({ 'promptfoo correct': 2, 'promptfoo incorrect': 2 });
  });

  it('takes a rating by hand as human', async () => {
    const result = (pass: boolean): object => ({
      vars: { question: 'Q?' },
      provider: { id: 'openai:gpt', label: 'gpt' },
      response: { output: 'a' },
      success: pass,
      gradingResult: {
        pass,
        score: 1,
        reason: 'x',
        componentResults: [{ pass, score: 1, reason: 'mine', assertion: { type: 'human' } }],
      },
    });
    const text = JSON.stringify({
      evalId: 'e',
      results: { version: 3, prompts: [{ raw: 'x', label: 'x' }], results: [result(true)] },
    });
    const { answers } = await both('r.json', text);
    expect(verdictCounts(answers)).toEqual({ 'promptfoo correct': 1, 'promptfoo human correct (human)': 1 });
  });
});
