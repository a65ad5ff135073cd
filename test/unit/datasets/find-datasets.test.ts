import { describe, expect, it } from 'vitest';
import { findDatasets } from '../../../src-main/core/datasets/find-datasets.ts';
import { fixture, read } from './helpers.ts';

describe('a folder', () => {
  it('is searched for files that can be imported, by content and with a reason each', async () => {
    const { files, cut } = await findDatasets(fixture(''));
    expect(cut).toBe(false);
    const kinds = Object.fromEntries(files.map(({ place, kind }) => [place.replaceAll('\\', '/'), kind]));
    expect(kinds).toMatchObject({
      'evouna-tq-20.json': 'evouna',
      'gsm8k-20.jsonl': 'gsm8k',
      'inspect/choices.eval': 'inspect-eval',
      'inspect/edited.json': 'inspect-json',
      'lm-eval/samples_tiny_gen_2026-11-24T08-22-06.287005.jsonl': 'lm-eval-samples',
      'nq-open-20.jsonl': 'openqa-eval',
      'nq301-20.tsv': 'openqa-eval',
      'promptfoo/results.json': 'promptfoo-results',
      'svamp-20.json': 'svamp',
    });
    expect(
      Object.keys(kinds).some((name) => name.startsWith('lm-eval/results') || name === 'README.md'),
    ).toBe(false);
    expect(files.every(({ why }) => why.endsWith('.'))).toBe(true);
  });

  it('stops when cancelled', async () => {
    const stop = new AbortController();
    const scan = findDatasets(fixture(''), {
      signal: stop.signal,
      onFile: () => stop.abort(new Error('enough')),
    });
    await expect(scan).rejects.toThrow('enough');
  });
});

describe('slices of public data', () => {
  it.each([
    ['svamp-20.json', 20, 0],
    ['gsm8k-20.jsonl', 20, 0],
    ['nq-open-20.jsonl', 20, 20],
    ['evouna-tq-20.json', 20, 100],
    ['nq301-20.tsv', 20, 20],
  ])('%s', async (name, rowCount, answerCount) => {
    const { rows, answers, problems } = await read(fixture(name));
    expect([rows.length, answers.length, problems]).toEqual([rowCount, answerCount, []]);
  });
});
