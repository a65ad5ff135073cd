import { cpSync, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { inspectFile } from '../../../src-main/core/datasets/inspect-file.ts';
import { both, file, lines, read, verdictCounts } from './helpers.ts';

describe('outputs of other programs', () => {
  it('AlpacaEval: several generators of one instruction are answers to one question', async () => {
    const outputs = ['m1', 'm2'].flatMap((generator) => [
      { instruction: 'Name a planet.', output: `${generator} says Mars`, generator, dataset: 'helpful_base' },
      { instruction: 'Name a star.', output: 'Vega', generator, dataset: 'helpful_base' },
    ]);
    const { found, rows, answers } = await both('model_outputs.json', JSON.stringify(outputs));
    expect(found.kind).toBe('alpaca-eval');
    expect([rows.length, rows.filter(({ sameQuestion }) => sameQuestion === true).length]).toEqual([4, 2]);
    expect(answers.map(({ system, text }) => [system, text])[2]).toEqual(['m2', 'm2 says Mars']);
  });

  it('AlpacaEval: the same instruction twice by one generator is two rows', async () => {
    const output = { instruction: 'Name a planet.', output: 'Mars', generator: 'm1' };
    const { rows } = await both('model_outputs.json', JSON.stringify([output, output]));
    expect(rows.map(({ sameQuestion }) => sameQuestion)).toEqual([undefined, undefined]);
  });

  it('FastChat: answers find their questions one folder above', async () => {
    const answer = {
      question_id: 81,
      answer_id: 'x',
      model_id: 'vicuna',
      choices: [{ index: 0, turns: ['first', 'second'] }],
      tstamp: 1,
    };
    const path = file(
      'question.jsonl',
      lines({ question_id: 81, category: 'writing', turns: ['Write.', 'Shorter.'], reference: ['r1', 'r2'] }),
    );
    const answers = join(dirname(path), 'model_answer');
    mkdirSync(answers);
    cpSync(file('vicuna.jsonl', lines(answer)), join(answers, 'vicuna.jsonl'));
    const { rows } = await read(join(answers, 'vicuna.jsonl'));
    expect(rows[0]).toMatchObject({
      question: { externalId: '81', question: 'Write.', gold: ['r1'] },
      answers: [{ system: 'vicuna', text: 'first' }],
    });
    // Without them there is nothing to show: a problem that says where to put them.
    const alone = file('vicuna.jsonl', lines(answer));
    await expect(read(alone)).rejects.toThrow('question.jsonl');
    expect((await inspectFile(alone)).problem).toContain('question.jsonl');
  });

  it('ragas, before and since 0.2', async () => {
    const old = await both(
      'old.jsonl',
      lines({ question: 'Q?', answer: 'said', contexts: ['c1', 'c2'], ground_truth: 'gold' }),
    );
    expect(old.rows[0]).toMatchObject({
      question: { gold: ['gold'], context: 'c1\n\nc2' },
      answers: [{ text: 'said', system: 'old' }],
    });
    const now = await both(
      'now.csv',
      `user_input,retrieved_contexts,response,reference,faithfulness\nQ?,"['c1', 'c2']",said,gold,0.83\n`,
    );
    expect(now.found.kind).toBe('ragas');
    expect(now.rows[0]).toMatchObject({
      question: { question: 'Q?', gold: ['gold'], metadata: { faithfulness: '0.83' } },
      answers: [{ text: 'said', verdicts: [] }],
    });
  });

  it('deepeval: test cases, and a finished run with its metrics', async () => {
    const plain = await both(
      'cases.json',
      JSON.stringify([{ input: 'Q?', actual_output: 'said', expected_output: 'gold', context: ['c'] }]),
    );
    expect(plain.rows[0]).toMatchObject({
      question: { question: 'Q?', gold: ['gold'], context: 'c' },
      answers: [{ text: 'said' }],
    });
    const metric = { name: 'Correctness', score: 0.4, success: false, reason: 'no' };
    const run = {
      testCases: [
        {
          name: 't',
          input: 'Q?',
          actualOutput: 'said',
          expectedOutput: 'gold',
          success: false,
          metricsData: [metric],
        },
      ],
    };
    const { found, answers } = await both('run.json', JSON.stringify(run));
    expect(found.kind).toBe('deepeval');
    expect(answers[0]?.verdicts).toEqual([
      { judge: 'deepeval Correctness', human: false, verdict: 'incorrect', score: 0.4, reason: 'no' },
    ]);
  });

  it('a table with one row a model: the column names the system', async () => {
    const { answers } = await both(
      'r.csv',
      'question,gold,model,response,correct\nQ?,a,m1,x,1\nQ?,a,m2,y,0\nR?,b,m1,,\n',
    );
    expect(answers.map(({ system, text }) => [system, text])).toEqual([
      ['m1', 'x'],
      ['m2', 'y'],
    ]);
    expect(verdictCounts(answers)).toEqual({ 'correct correct': 1, 'correct incorrect': 1 });
  });

  it("Assize's own lines: answers, log-probabilities, judgments, and the record as it was", async () => {
    const line = (sample: number, more: object = {}): object => ({
      schema: 'assize/answer@1',
      row_id: 'r1',
      record: { q: 'Q?', question: 'Q?', answer: 'a' },
      question: 'Q?',
      gold: ['a'],
      model: { name: 'llama', file: 'llama.gguf' },
      sample_index: sample,
      answer: `said ${sample}`,
      token_logprobs: [-0.5],
      judgments: [
        {
          schema: 'assize/judgment@1',
          judge: { name: 'j' },
          verdict: 'correct',
          p_correct: 0.9,
          human: false,
        },
        { schema: 'assize/judgment@1', judge: { name: 'j' }, verdict: 'error', human: false },
        { schema: 'assize/judgment@1', annotator: 'ann', verdict: 'not_attempted', human: true },
      ],
      ...more,
    });
    const { found, rows, answers } = await both('run.jsonl', lines(line(0), line(1)));
    expect(found.kind).toBe('assize-answers');
    expect(rows.map(({ sameQuestion }) => sameQuestion)).toEqual([undefined, true]);
    expect(rows[0]?.record).toEqual({ q: 'Q?', question: 'Q?', answer: 'a' });
    expect(answers[1]).toMatchObject({
      system: 'llama',
      sampleIndex: 1,
      text: 'said 1',
      tokenLogprobs: [-0.5],
    });
    expect(verdictCounts(answers)).toEqual({ 'j correct': 2, 'ann not_attempted (human)': 2 });
    expect(answers[0]?.verdicts[0]?.score).toBe(0.9);
  });
});
