import { describe, expect, test } from 'vitest';
import golden from '../../fixtures/statistics/golden.json' with { type: 'json' };
import {
  correlationEstimate,
  partialCorrelation,
  pearson,
  slope,
  spearman,
} from '../../../src-main/domain/statistics/correlation.ts';
import { lengthBias, lengthSlope } from '../../../src-main/domain/statistics/length-bias.ts';
import { createRandom } from '../../../src-main/domain/statistics/random.ts';
import {
  clusterByMeaning,
  discreteSemanticEntropy,
  predictiveEntropy,
  sentenceSar,
  weightedSemanticEntropy,
} from '../../../src-main/domain/statistics/semantic-entropy.ts';
import {
  nllByPosition,
  prefixCurve,
  relevanceWeightedNll,
  sequenceScores,
  tokenSar,
} from '../../../src-main/domain/statistics/uncertainty.ts';

const { correlation, uncertainty } = golden;

// golden.json: test/fixtures/statistics/golden.py (scipy, statsmodels, numpy by definition).
describe('correlation', () => {
  const { x, z, w } = correlation;

  test('Pearson with Fisher interval, Spearman with ties, partial, robust slope', () => {
    expect(pearson(x, z)).toBeCloseTo(correlation.pearson, 12);
    expect(spearman(x, z)).toBeCloseTo(correlation.spearman, 12);
    const interval = correlationEstimate(x, z, 'pearson');
    expect(interval?.low).toBeCloseTo(correlation.pearsonLow, 10);
    expect(interval?.high).toBeCloseTo(correlation.pearsonHigh, 10);
    expect(partialCorrelation(z, w, x)).toBeCloseTo(correlation.partial, 10);
    const line = slope(x, w);
    expect(line?.value).toBeCloseTo(correlation.slope, 12);
    expect(line?.low).toBeCloseTo(correlation.slopeLow, 8);
    expect(line?.high).toBeCloseTo(correlation.slopeHigh, 8);
  });

  test('constant series and too few rows have none', () => {
    expect(pearson([1, 1, 1], [1, 2, 3])).toBeNull();
    expect(correlationEstimate([1, 2, 3], [3, 1, 2])).toBeNull();
    expect(slope([1, 1, 1], [1, 2, 3])).toBeNull();
    expect(() => spearman([1], [1, 2])).toThrow(RangeError);
  });
});

describe('length bias', () => {
  const random = createRandom(17);
  const lengths = Array.from({ length: 400 }, () => 1 + random.int(60));

  test('a score that is only length is found out: AUROC without any knowledge, partial near 0', () => {
    const score = lengths.map((length) => length + random.next() * 10);
    const wrong = lengths.map((length) => random.next() < length / 80);
    const found = lengthBias(lengths, score, wrong);
    expect(found.auroc).toBeGreaterThan(0.6);
    expect(found.aurocOfLength).toBeGreaterThan(0.6);
    expect(Math.abs(found.partial ?? 1)).toBeLessThan(0.12);
    expect(found.sentence).toMatch(/part of the AUROC may be length/);
  });

  test('a score that knows something keeps it with length held fixed', () => {
    const wrong = lengths.map(() => random.next() < 0.4);
    const score = wrong.map((isWrong) => random.next() + (isWrong ? 0.7 : 0));
    const found = lengthBias(lengths, score, wrong);
    expect(found.partial).toBeGreaterThan(0.4);
    expect(found.sentence).toMatch(/no sign/);
  });

  test('a judge that grows lenient with length has a positive slope per 100 tokens', () => {
    const human = lengths.map(() => 0);
    const judge = lengths.map((length) => Number(random.next() < length / 100));
    expect(lengthSlope(lengths, judge, human)?.low).toBeGreaterThan(0.5);
  });

  test('answers of one length say nothing', () => {
    expect(lengthBias([5, 5, 5, 5, 5], [1, 2, 3, 4, 5], [true, false, true, false, true]).sentence).toMatch(
      /too few/,
    );
  });
});

describe('scores of an answer', () => {
  test('G-NLL, length-normalised, perplexity, first and least token', () => {
    const found = sequenceScores(Float32Array.from(uncertainty.logprobs), -0.5);
    expect(found?.gNll).toBeCloseTo(uncertainty.gnll, 6);
    expect(found?.gNllWithEog).toBeCloseTo(uncertainty.gnll + 0.5, 6);
    expect(found?.lengthNormalisedNll).toBeCloseTo(uncertainty.ln, 6);
    expect(found?.perplexity).toBeCloseTo(uncertainty.perplexity, 5);
    expect(found?.firstTokenProbability).toBeCloseTo(uncertainty.first, 6);
    expect(found?.minimumTokenProbability).toBeCloseTo(uncertainty.least, 6);
  });

  test('no tokens have no scores; certainty is 0, not −0', () => {
    expect(sequenceScores([])).toBeNull();
    expect(Object.is(sequenceScores([0, 0])?.gNll, 0)).toBe(true);
    expect(sequenceScores([-1])?.gNllWithEog).toBeNull();
  });

  test('relevance 1 for every token is G-NLL, SAR is its normalised form', () => {
    const { logprobs, relevance } = uncertainty;
    expect(
      relevanceWeightedNll(
        logprobs,
        logprobs.map(() => 1),
      ),
    ).toBeCloseTo(uncertainty.gnll, 12);
    expect(tokenSar(logprobs, relevance)).toBeCloseTo(uncertainty.tokenSar, 12);
    expect(
      tokenSar(
        logprobs,
        logprobs.map(() => 0),
      ),
    ).toBeCloseTo(uncertainty.ln, 12);
    expect(() => relevanceWeightedNll([1], [])).toThrow(RangeError);
  });

  test('prefix curve: knows after the token that tells, short answers read whole', () => {
    const answers = [[-0.1, -3], [-0.1, -0.1, -0.1], [-0.1, -2, -0.1], [-0.1]];
    const curve = prefixCurve(answers, [true, false, true, false], [1, 2, 9]);
    expect(curve.map((point) => point.auroc)).toEqual([0.5, 1, 1]);
    expect(nllByPosition(answers, 5).map((p) => p.answers)).toEqual([4, 3, 2]);
    expect(nllByPosition(answers, 2)[1]?.meanNll).toBeCloseTo(5.1 / 3, 12);
  });
});

describe('scores of several samples', () => {
  const { sequence, clusters } = uncertainty;

  test('discrete and weighted semantic entropy, predictive entropy, SAR', () => {
    expect(discreteSemanticEntropy(clusters)).toBeCloseTo(uncertainty.discrete, 12);
    expect(weightedSemanticEntropy(clusters, sequence)).toBeCloseTo(uncertainty.weighted, 12);
    expect(predictiveEntropy(sequence)).toBeCloseTo(uncertainty.predictive, 12);
    expect(sentenceSar(sequence, uncertainty.similarity)).toBeCloseTo(uncertainty.sentenceSar, 10);
  });

  test('one meaning is 0, as many as samples is ln n, and very small probabilities do not underflow', () => {
    expect(Object.is(discreteSemanticEntropy([1, 1, 1]), 0)).toBe(true);
    expect(discreteSemanticEntropy(['a', 'b', 'c'])).toBeCloseTo(Math.log(3), 12);
    expect(weightedSemanticEntropy([0, 1], [-2000, -2000])).toBeCloseTo(Math.log(2), 12);
    expect(discreteSemanticEntropy([])).toBeNull();
  });

  test('unlike samples leave sentence SAR at predictive entropy, alike ones make it certain', () => {
    const none = sequence.map(() => sequence.map(() => 0));
    const all = sequence.map(() => sequence.map(() => 1));
    expect(sentenceSar(sequence, none)).toBeCloseTo(uncertainty.predictive, 12);
    expect(sentenceSar(sequence, all)).toBeLessThan(uncertainty.predictive);
  });

  test('clusters by meaning: greedy, against first members only', () => {
    const asked: string[] = [];
    const words = ['Oslo', 'oslo', 'Bergen', 'OSLO', 'bergen'];
    const ids = clusterByMeaning(words.length, (a, b) => {
      asked.push(`${a}-${b}`);
      return words[a]?.toLowerCase() === words[b]?.toLowerCase();
    });
    expect(ids).toEqual([0, 0, 1, 0, 1]);
    expect(asked).toEqual(['0-1', '0-2', '0-3', '0-4', '2-4']);
  });
});
