import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { inspectFile } from '../../../src-main/core/datasets/inspect-file.ts';
import { hasData, records, stringOf } from '../data.ts';
import { file, read, verdictCounts } from './helpers.ts';

const pathOf = (name: string): string =>
  fileURLToPath(new URL(`../../../../shared/data/${name}`, import.meta.url));

// Whole public data sets lie beside the repository only here; elsewhere these tests count as skipped.
describe.skipIf(!hasData('svamp.json'))('SVAMP', () => {
  it('brings every problem with its story as context and whole numbers as golds', async () => {
    const { rows, problems, remarks } = await read(pathOf('svamp.json'));
    expect([rows.length, problems, remarks]).toEqual([1000, [], []]);
    const truth = records('svamp.json');
    expect(rows.map(({ question }) => question.externalId)).toEqual(truth.map(({ ID }) => stringOf(ID)));
    // "51.0" would never match the model's "51".
    expect(
      rows.every(({ question }) => question.gold.length === 1 && /^\d+$/.test(question.gold[0] ?? '')),
    ).toBe(true);
    expect(rows[0]?.question).toMatchObject({
      question: 'How much do you have to pay to buy each pack?',
      context: 'Each pack of dvds costs 76 dollars. If there is a discount of 25 dollars on each pack',
      gold: ['51'],
      metadata: { Equation: '( 76.0 - 25.0 )', Type: 'Subtraction' },
    });
  });
});

describe.skipIf(!hasData('gsm8k-test.jsonl'))('GSM8K', () => {
  it('takes the number after the hashes, without thousands separators', async () => {
    const { rows, problems } = await read(pathOf('gsm8k-test.jsonl'));
    expect([rows.length, problems]).toEqual([1319, []]);
    const golds = rows.map(({ question }) => question.gold);
    expect(golds.every((gold) => gold.length === 1 && /^-?\d+(?:\.\d+)?$/.test(gold[0] ?? ''))).toBe(true);
    const truth = records('gsm8k-test.jsonl').map(({ answer }) => stringOf(answer).split('####')[1] ?? '');
    expect(golds.map(([gold]) => Number(gold))).toEqual(
      truth.map((text) => Number(text.replaceAll(',', ''))),
    );
  });
});

describe.skipIf(!hasData('nq-open-fid.jsonl'))('NQ-open with predictions', () => {
  it('keeps the lists of golds and stores each prediction as an answer', async () => {
    const { rows, problems, answers } = await read(pathOf('nq-open-fid.jsonl'));
    expect([rows.length, problems, answers.length]).toEqual([3610, [], 3610]);
    const truth = records('nq-open-fid.jsonl');
    expect(answers.map(({ text }) => text)).toEqual(truth.map(({ prediction }) => prediction));
    expect(rows[1]?.question.gold).toEqual(['Bobby Scott', 'Bob Russell']);
    expect(new Set(answers.map(({ system }) => system))).toEqual(new Set(['nq-open-fid']));
  });

  it('reads the same out of a gzipped file', async () => {
    const packed = file('nq.jsonl.gz', gzipSync(readFileSync(pathOf('nq-open-fid.jsonl'))));
    const { rows } = await read(packed);
    expect(rows.length).toBe(3610);
    expect((await inspectFile(packed)).compression).toBe('gzip');
  });
});

describe.skipIf(!hasData('evouna-tq.json'))('EVOUNA-TQ', () => {
  it('brings 2000 rows, 10,000 answers and the human verdicts, of which "nan" is none', async () => {
    const { rows, problems, answers } = await read(pathOf('evouna-tq.json'));
    expect([rows.length, problems, answers.length]).toEqual([2000, [], 10_000]);
    const truth = records('evouna-tq.json').flatMap((record) =>
      Object.entries(record).flatMap(([name, value]) => (name.startsWith('judge_') ? [value] : [])),
    );
    expect(verdictCounts(answers)).toEqual({
      'human correct (human)': truth.filter((value) => value === true).length,
      'human incorrect (human)': truth.filter((value) => value === false).length,
    });
    expect(new Set(answers.map(({ system }) => system))).toEqual(
      new Set(['fid', 'gpt35', 'chatgpt', 'gpt4', 'newbing']),
    );
  });

  it('splits golds into aliases, but not inside "9/11", and keeps no empty one', async () => {
    const { rows } = await read(pathOf('evouna-tq.json'));
    const golds = rows.map(({ question }) => question.gold);
    expect(golds.every((gold) => gold.length > 0 && gold.every((alias) => alias.trim() !== ''))).toBe(true);
    expect(golds.flat()).toContain('Chain of Command: The Road from 9/11 to Abu Ghraib');
    expect(golds.flat()).toContain('P/O');
    // Only aliases that hold a slash themselves were not split at it.
    expect(new Set(golds.flat().filter((alias) => alias.includes('/'))).size).toBeLessThan(4);
  });

  it('keeps a question that is there twice, and what makes the two differ', async () => {
    const { rows } = await read(pathOf('evouna-tq.json'));
    const texts = rows.map(({ question }) => question.question);
    const twice = texts.filter((text, at) => texts.indexOf(text) !== at);
    expect(twice.length).toBeGreaterThan(0);
    const pair = rows.filter(({ question }) => question.question === twice[0]);
    expect(new Set(pair.map(({ question }) => question.metadata['improper']))).toEqual(
      new Set([false, true]),
    );
    expect(pair.every((row) => row.sameQuestion === undefined)).toBe(true);
  });
});

describe.skipIf(!hasData('nq301-gpt4-judge.tsv'))('NQ301 judged by GPT-4 and people', () => {
  it('gives each answer two verdicts, unreadable replies as unparsed', async () => {
    const { rows, problems, answers } = await read(pathOf('nq301-gpt4-judge.tsv'));
    expect([rows.length, problems, answers.length]).toEqual([1490, [], 1490]);
    const counts = verdictCounts(answers);
    // Two rows have no human label.
    expect((counts['human correct (human)'] ?? 0) + (counts['human incorrect (human)'] ?? 0)).toBe(1488);
    const replies = ['correct', 'incorrect', 'unparsed'].map((word) => counts[`gpt-4 ${word}`] ?? 0);
    expect(replies.reduce((sum, count) => sum + count, 0)).toBe(1490);
    const unparsed = answers.flatMap(({ verdicts }) =>
      verdicts.filter(({ verdict }) => verdict === 'unparsed'),
    );
    expect(unparsed.every(({ reason }) => (reason ?? '').length > 0)).toBe(true);
  });
});

describe.skipIf(!hasData('inspect-min-log.json'))('an Inspect log in JSON', () => {
  it('brings sample, answer and score', async () => {
    const { rows } = await read(pathOf('inspect-min-log.json'));
    expect(rows).toHaveLength(1);
    expect(rows[0]?.question).toMatchObject({ externalId: 'row1', question: 'q', gold: ['gold', 'alias'] });
    expect(rows[0]?.answers).toEqual([
      {
        system: 'gguf/llama-3-8b-q4_k_m',
        text: 'a',
        sampleIndex: 0,
        prompt: 'user: q',
        tokenLogprobs: null,
        verdicts: [{ judge: 'judge_8b', human: false, verdict: 'correct', score: 1, reason: 'same entity' }],
      },
    ]);
  });
});
