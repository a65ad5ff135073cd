import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
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

  describe('FastChat: a folder with judgments', () => {
    const at = (folder: string, name: string, ...records: unknown[]): string => {
      const path = join(folder, name);
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, lines(...records));
      return path;
    };
    const judgment = (judge: string[], score: number, more: object = {}): object => ({
      question_id: 81,
      model: 'vicuna',
      judge,
      user_prompt: 'rate it',
      judgment: `so [[${score}]]`,
      score,
      turn: 1,
      tstamp: 2,
      ...more,
    });
    const bench = (): string => {
      const folder = dirname(file('x', ''));
      at(
        folder,
        'question.jsonl',
        { question_id: 81, turns: ['Write.'] },
        { question_id: 82, turns: ['Sum.'] },
      );
      const said = (id: number, ...turns: string[]): object => ({
        question_id: id,
        model_id: 'vicuna',
        choices: [{ index: 0, turns }],
      });
      at(folder, 'model_answer/vicuna.jsonl', said(81, 'first', 'second'), said(82, 'three'));
      return folder;
    };

    it('a rating is a score and never a verdict, -1 is unparsed, a later turn is left alone', async () => {
      const folder = bench();
      const path = at(
        folder,
        'model_judgment/gpt-4_single.jsonl',
        judgment(['gpt-4', 'single-v1'], 1),
        judgment(['gpt-4', 'single-math-v1'], 7),
        judgment(['gpt-4', 'single-v1-multi-turn'], 9, { turn: 2 }),
        judgment(['gpt-4', 'single-v1'], -1, { question_id: 82 }),
      );
      const expected = [
        [
          'first',
          [
            ['gpt-4 single-v1', 'unparsed', 1],
            ['gpt-4 single-math-v1', 'unparsed', 7],
          ],
        ],
        ['three', [['gpt-4 single-v1', 'unparsed', null]]],
      ];
      const told = ({ answers }: Awaited<ReturnType<typeof read>>): unknown =>
        answers.map(({ text, verdicts }) => [
          text,
          verdicts.map(({ judge, verdict, score }) => [judge, verdict, score]),
        ]);
      expect(told(await read(join(folder, 'model_answer', 'vicuna.jsonl')))).toEqual(expected);
      const judged = await read(path);
      expect(told(judged)).toEqual(expected);
      expect([judged.rows.length, judged.problems]).toEqual([2, []]);
      expect((await inspectFile(path)).kind).toBe('fastchat-judgments');
    });

    it('a judgment whose answer is missing is a problem at its line, with where to look', async () => {
      const path = at(
        bench(),
        'model_judgment/gpt-4_single.jsonl',
        judgment(['gpt-4', 'single-v1'], 5),
        judgment(['gpt-4', 'single-v1'], 5, { model: 'alpaca' }),
      );
      const { rows, problems } = await read(path);
      expect(rows).toHaveLength(1);
      expect(problems).toEqual([{ line: 2, problem: expect.stringContaining('model_answer') }]);
    });
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
