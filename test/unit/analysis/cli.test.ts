import { describe, expect, test } from 'vitest';
import { analysisInput } from '../../../src-main/cli/analysis-options.ts';
import { ExitWith } from '../../../src-main/cli/exit-codes.ts';
import { decimal, pointsText } from '../../../src-main/cli/numbers.ts';
import { analysisOptions } from '../../../src-main/contract/analysis.ts';

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
