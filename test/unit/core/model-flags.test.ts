import { describe, expect, test } from 'vitest';
import { weights } from '../../../src-main/cli/arguments.ts';
import {
  checkedExperiment,
  judgeInputs,
  type ModelFlags,
  panelInput,
} from '../../../src-main/cli/model-flags.ts';

const experiment = (flags: ModelFlags) =>
  checkedExperiment({ dataset: 'd', judges: judgeInputs(flags), ...panelInput(flags) });

describe('judges of the flags as one', () => {
  test('are a panel only when asked for, and a cascade by itself', () => {
    expect(panelInput({ judge: ['a', 'b'] })).toEqual({});
    expect(experiment({ judge: ['a', 'b'], panel: 'weighted' }).panel).toEqual({ kind: 'weighted' });
    const cascade = experiment({ judge: ['a', 'b'], cascade: ['c'] });
    expect(cascade.panel).toEqual({ kind: 'cascade' });
    expect(cascade.judges?.map((judge) => Object.hasOwn(Object(judge), 'cascadeOf'))).toEqual([
      false,
      false,
      true,
    ]);
  });

  test('weigh what was typed, in their order', () => {
    const { panel } = experiment({ judge: ['a', 'b'], panel: 'weighted', weights: weights('2, 0.5') });
    expect(panel).toEqual({ kind: 'weighted', weights: [2, 0.5] });
    expect(() => weights('2,,1')).toThrow(/such as 2,1,1/);
    expect(() => weights('-1,1')).toThrow(/0 or more/);
  });

  test.each([
    [{ judge: ['a', 'b'], cascade: ['c'], panel: 'majority' }, /leave out --panel/],
    [{ judge: ['a'], panel: 'majority' }, /at least two judges/],
    [{ judge: ['a'], cascade: ['c'] }, /name at least two/],
    [{ judge: ['a', 'b'], weights: [2, 1] }, /add --panel weighted/],
    [{ judge: ['a', 'b'], cascade: ['c'], weights: [2, 1] }, /add --panel weighted/],
    [{ judge: ['a', 'b'], panel: 'weighted', weights: [2] }, /one weight for each/],
    [{ judge: ['a', 'b'], panel: 'weighted', weights: [0, 0] }, /more than 0/],
  ] as const)('%j is bad usage, with a sentence', (flags, sentence) => {
    expect(() => experiment(flags)).toThrow(sentence);
  });
});
