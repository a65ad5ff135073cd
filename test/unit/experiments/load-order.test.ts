import { describe, expect, test } from 'vitest';
import { experimentSchema } from '../../../src-main/contract/experiment.ts';
import { inLoadOrder } from '../../../src-main/core/experiments/load-order.ts';
import type { Experiment } from '../../../src-main/domain/experiment.ts';

/** "a1" asks model a with something of its own, "a2>01" decides between the judges at 0 and 1. */
function experimentOf(judges: string, panel?: Experiment['panel']) {
  return experimentSchema.parse({
    dataset: 'd',
    generator: 'g',
    judges: judges.split(' ').map((text) => {
      const [name = '', asks = ''] = text.split('>');
      const cascade = asks === '' ? {} : { cascadeOf: [...asks].map(Number) };
      return { model: name[0], mode: 'reason', maxTokens: Number(name.slice(1)) + 100, ...cascade };
    }),
    ...(panel === undefined ? {} : { panel }),
  });
}

const spelled = ({ judges }: Experiment): string =>
  judges
    .map(({ model, maxTokens = 100, cascadeOf = [] }) =>
      [`${model}${maxTokens - 100}`, ...(cascadeOf.length === 0 ? [] : [cascadeOf.join('')])].join('>'),
    )
    .join(' ');

// Catches: a model of many gigabytes loaded twice, because another judge was named between two that ask it.
describe('judges are asked so that a model is loaded once', () => {
  test.each([
    ['a1 b1 a2', 'a1 a2 b1'],
    ['a1 b1 a2 b2 c1', 'a1 a2 b1 b2 c1'],
    // The one that decides asks the model of a member: that member comes last.
    ['a1 b1 a2>01', 'b1 a1 a2>01'],
    ['a1 b1 c1>01 a2>01', 'b1 a1 a2>01 c1>01'],
    ['a1 b1 c1', 'a1 b1 c1'],
    ['a1 b1 b2 c1>012', 'a1 b1 b2 c1>012'],
  ])('%s', (named, asked) => {
    expect(spelled(inLoadOrder(experimentOf(named)))).toBe(asked);
  });

  test('weights stay with their judges, and what is asked stays an experiment', () => {
    const found = inLoadOrder(experimentOf('a1 b1 a2', { kind: 'weighted', weights: [1, 2, 3] }));
    expect(found.panel).toEqual({ kind: 'weighted', weights: [1, 3, 2] });
    const cascade = inLoadOrder(experimentOf('a1 b1 a2>01', { kind: 'cascade', weights: null }));
    expect(experimentSchema.parse(cascade)).toEqual(cascade);
  });

  test('judges behind a server stay where they are, and other wishes are another load', () => {
    const api = { baseUrl: 'http://localhost:9/v1', model: 'm' };
    const parsed = experimentSchema.parse({
      dataset: 'd',
      generator: 'g',
      judges: [{ api }, { model: 'a' }, { api, policy: 'lenient' }, { model: 'a', context: 512 }],
    });
    expect(inLoadOrder(parsed)).toEqual(parsed);
  });
});
