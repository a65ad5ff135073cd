import { describe, expect, test } from 'vitest';
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

  test.each([
    [{ judge: ['a', 'b'], cascade: ['c'], panel: 'majority' }, /leave out --panel/],
    [{ judge: ['a'], panel: 'majority' }, /at least two judges/],
    [{ judge: ['a'], cascade: ['c'] }, /name at least two/],
  ] as const)('%j is bad usage, with a sentence', (flags, sentence) => {
    expect(() => experiment(flags)).toThrow(sentence);
  });
});
