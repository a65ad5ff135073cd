import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { offeredLabels } from '../../../src-main/domain/prompts/judge-render.ts';
import {
  averageOrders,
  MIN_LABEL_MASS,
  flipRate,
  verdictFromDistribution,
} from '../../../src-main/domain/verdicts/next-token.ts';
import { readJudgePrompt } from '../prompts/files.ts';

// correct, incorrect, Correct, Incorrect
const labels = offeredLabels(readJudgePrompt('strict'), 'AB', true);
const read = (...probabilities: number[]) => verdictFromDistribution(labels, { probabilities });

describe('verdict of a next-token distribution', () => {
  test('P(correct) is renormalised over the labels, their mass is kept beside it', () => {
    const reading = read(0.6, 0.2, 0, 0);
    expect(reading).toMatchObject({ verdict: 'correct', label: 'correct', note: null });
    expect(reading.pCorrect).toBeCloseTo(0.75, 12);
    expect(reading.labelMass).toBeCloseTo(0.8, 12);
  });

  test('spellings of one label count together: "Correct" alone is no parse failure', () => {
    expect(read(0.01, 0.3, 0.5, 0)).toMatchObject({ verdict: 'correct', label: 'correct' });
  });

  test('little mass on all labels is unparsed, never incorrect, and says what came instead', () => {
    const reading = verdictFromDistribution(labels, { probabilities: [0.01, 0.02, 0, 0], topToken: 'The' });
    expect(reading.verdict).toBe('unparsed');
    expect(reading.note).toContain('"The"');
    expect(reading.labelMass).toBeCloseTo(0.03, 12);
  });

  test('the limit itself is read, just below it is not, and P(correct) is kept either way', () => {
    expect(read(MIN_LABEL_MASS, 0, 0, 0).verdict).toBe('correct');
    expect(read(MIN_LABEL_MASS * 0.99, 0, 0, 0)).toMatchObject({ verdict: 'unparsed', pCorrect: 1 });
    const limit = 0.5;
    expect(verdictFromDistribution(labels, { probabilities: [0.4, 0, 0, 0] }, limit).verdict).toBe(
      'unparsed',
    );
  });

  test('no mass at all and a tie are unparsed', () => {
    expect(read(0, 0, 0, 0)).toMatchObject({ verdict: 'unparsed', pCorrect: null, labelMass: 0 });
    expect(read(0.5, 0.5, 0, 0)).toMatchObject({ verdict: 'unparsed', pCorrect: 0.5 });
  });

  test('NaN from an engine is unparsed, not a verdict', () => {
    expect(read(Number.NaN, Number.NaN, 0, 0).verdict).toBe('unparsed');
  });

  test('a token that begins two spellings is counted once', () => {
    const reading = verdictFromDistribution(labels, {
      probabilities: [0.4, 0.5, 0.4, 0],
      labelTokens: [7, 8, 7, 9],
    });
    expect(reading).toMatchObject({ verdict: 'incorrect' });
    expect(reading.labelMass).toBeCloseTo(0.9, 12);
  });

  test('a token that begins labels of two verdicts cannot be read', () => {
    const reading = verdictFromDistribution(labels, {
      probabilities: [0.4, 0.4, 0, 0],
      labelTokens: [7, 7, 8, 9],
    });
    expect(reading.verdict).toBe('unparsed');
    expect(reading.note).toMatch(/same token/);
  });

  test('a list of another length is refused: labels and probabilities would be mixed up', () => {
    expect(() => read(0.5, 0.5)).toThrow(RangeError);
  });

  test('a rubric is judged by its sides and keeps the expected points', () => {
    const rubric = offeredLabels(readJudgePrompt('rubric-1-5'), 'AB', true);
    // 3 is the single most probable point, yet 4 and 5 together are more than 1, 2 and 3.
    const reading = verdictFromDistribution(rubric, { probabilities: [0, 0.05, 0.4, 0.3, 0.25] });
    expect(reading).toMatchObject({ verdict: 'correct', label: '4' });
    expect(reading.score).toBeCloseTo(0.1 + 1.2 + 1.2 + 1.25, 12);
  });

  test('points of a reversed rubric stay with their labels', () => {
    const rubric = offeredLabels(readJudgePrompt('rubric-1-5'), 'BA', true);
    const reading = verdictFromDistribution(rubric, { probabilities: [0.9, 0.1, 0, 0, 0] });
    expect(reading).toMatchObject({ verdict: 'correct', label: '5' });
    expect(reading.score).toBeCloseTo(4.9, 12);
  });

  test('not_attempted is a verdict of its own', () => {
    const three = offeredLabels(readJudgePrompt('three-way'), 'AB', true);
    expect(verdictFromDistribution(three, { probabilities: [0.1, 0.1, 0.7] }).verdict).toBe('not_attempted');
  });

  test('whatever the distribution, numbers stay in range', () => {
    const p = fc.double({ min: 0, max: 1, noNaN: true });
    fc.assert(
      fc.property(fc.tuple(p, p, p, p, p), (weights) => {
        const total = weights.reduce((a, b) => a + b, 0) || 1;
        const reading = read(...weights.slice(0, 4).map((w) => w / total));
        expect(reading.labelMass).toBeGreaterThanOrEqual(0);
        expect(reading.labelMass).toBeLessThanOrEqual(1);
        const p = reading.pCorrect ?? 0.5;
        expect(p).toBeGreaterThanOrEqual(0);
        expect(p).toBeLessThanOrEqual(1);
        const side = { correct: p >= 0.5, incorrect: p <= 0.5, not_attempted: false, unparsed: true };
        expect(side[reading.verdict]).toBe(true);
      }),
    );
  });
});

describe('both label orders', () => {
  test('a judge that prefers the first label flips, and the average decides by strength', () => {
    const average = averageOrders(read(0.9, 0.1, 0, 0), read(0.45, 0.55, 0, 0));
    expect(average).toMatchObject({ verdict: 'correct', flipped: true });
    expect(average.pCorrect).toBeCloseTo(0.675, 12);
  });

  test('agreement keeps the verdict; an unparsed order leaves the other one', () => {
    expect(averageOrders(read(0.2, 0.8, 0, 0), read(0.4, 0.6, 0, 0))).toMatchObject({
      verdict: 'incorrect',
      flipped: false,
    });
    expect(averageOrders(read(0, 0, 0, 0), read(0.4, 0.6, 0, 0))).toMatchObject({
      verdict: 'incorrect',
      flipped: null,
    });
  });

  test('the flip rate is over answers read in both orders', () => {
    const flip = averageOrders(read(0.9, 0.1, 0, 0), read(0.1, 0.9, 0, 0));
    const keep = averageOrders(read(0.9, 0.1, 0, 0), read(0.8, 0.1, 0, 0));
    const lost = averageOrders(read(0, 0, 0, 0), read(0.8, 0.1, 0, 0));
    expect(flipRate([flip, keep, keep, keep, lost])).toBe(0.25);
    expect(flipRate([lost])).toBeNull();
  });
});
