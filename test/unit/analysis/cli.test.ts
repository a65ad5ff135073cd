import { describe, expect, test } from 'vitest';
import { analysisInput } from '../../../src-main/cli/analysis-options.ts';
import { ExitWith } from '../../../src-main/cli/exit-codes.ts';
import { decimal, pointsText } from '../../../src-main/cli/numbers.ts';
import { runSummaryText } from '../../../src-main/cli/run-summary.ts';
import { analysisOptions } from '../../../src-main/contract/analysis.ts';
import type { Run, RunCounts } from '../../../src-main/domain/run.ts';
import { tableOf } from './helpers.ts';

describe('options of the terminal', () => {
  test('a value may hold "=", a member may hold ":"; numbers alone are judges', () => {
    const input = analysisInput(3, {
      where: ['topic=a=b'],
      panel: ['majority:3,lexical:contains,judge:5'],
      seed: 0,
    });
    expect(analysisOptions.parse(input)).toMatchObject({
      where: [{ column: 'topic', value: 'a=b' }],
      panels: [{ kind: 'majority', members: ['judge:3', 'lexical:contains', 'judge:5'], weights: null }],
      seed: 0,
      resamples: 2000,
    });
  });

  test.each(['topic', '=x', ''])('--where %j is bad usage, not a filter that fits nothing', (text) => {
    expect(() => analysisInput(1, { where: [text] })).toThrow(ExitWith);
  });

  test.each(['mean:1,2', 'majority', 'majority:'])('--panel %j is bad usage', (text) => {
    expect(() => analysisInput(1, { panel: [text] })).toThrow(ExitWith);
  });
});

test('nothing is printed as minus zero, and a plus stands before a gain', () => {
  expect([decimal(-0.0001), decimal(-0.5), decimal(null), decimal(Number.NaN)]).toEqual([
    '0.000',
    '-0.500',
    '–',
    '–',
  ]);
  expect([pointsText(0.031), pointsText(-0.0001), pointsText(-0.2)]).toEqual([
    '+3.1 points',
    '0.0 points',
    '-20.0 points',
  ]);
});

// Catches: a summary's interval, which counts alone make, taken for that of a run with several answers a question.
test('a summary of several answers a question sends to the analysis for their intervals', () => {
  const { run } = tableOf({ judges: [] });
  const counts: RunCounts = {
    runId: run.id,
    answers: 4,
    withGold: 4,
    truncated: 0,
    loops: 0,
    failed: 0,
    empty: 0,
    injected: 0,
    meanNll: null,
    meanTokens: null,
    tokens: 0,
    exactMatch: { correct: 1, scored: 4 },
    contains: { correct: 2, scored: 4 },
    f1: { mean: null, scored: 0 },
    judges: [],
  };
  const text = (more: Partial<Run['experiment']>): string =>
    runSummaryText({ ...run, experiment: { ...run.experiment, ...more } }, counts, []);
  const generator = {
    model: 'g',
    gpuLayers: 'auto',
    context: 'auto',
    sequences: 'auto',
    devices: 'auto',
  } as const;
  expect(text({ samples: 1, generator })).not.toMatch(/too narrow/);
  expect(text({ samples: 4, generator })).toMatch(
    /several answers these intervals are too narrow: .*assize analyse/,
  );
  expect(text({ samples: 1, generator: null })).toMatch(/too narrow/);
});
