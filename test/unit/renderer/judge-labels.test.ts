import { describe, expect, test } from 'vitest';
import type { JudgeInfo } from '../../../src-main/domain/run.ts';
import { shortenAll } from '../../../src-renderer/lib/judge-names.ts';
import { judgeLabels } from '../../../src-renderer/lib/judges.ts';

function judge(id: number, part: Partial<JudgeInfo> = {}): JudgeInfo {
  return {
    id,
    sha256: `${id}`,
    kind: 'model',
    name: 'Small-135M-Instruct.Q4_1 (strict)',
    modelSha256: null,
    promptId: 'strict',
    promptSha256: null,
    labelOrder: 'AB',
    mode: 'next-token',
    ...part,
  };
}

const shorts = (judges: readonly JudgeInfo[]): string[] =>
  [...judgeLabels(judges).values()].map(({ short }) => short);

describe('names of judges', () => {
  test('two quantizations of one model with swapped labels are four names, not two', () => {
    const judges = [
      judge(1),
      judge(2, { labelOrder: 'BA', name: 'Small-135M-Instruct.Q4_1 (strict, BA)' }),
      judge(3, { name: 'Small-135M-Instruct.Q8_0 (strict)' }),
      judge(4, { labelOrder: 'BA', name: 'Small-135M-Instruct.Q8_0 (strict, BA)' }),
    ];
    expect(shorts(judges)).toEqual(['Q4_1 AB', 'Q4_1 BA', 'Q8_0 AB', 'Q8_0 BA']);
  });

  test('beside another model the model is named too; a judge alone is its model', () => {
    const other = judge(2, { name: 'Big-8B-Instruct-Q4_K_M (strict)' });
    const prompt = judge(3, { promptId: 'yes-no', name: 'Small-135M-Instruct.Q4_1 (yes-no)' });
    expect(shorts([judge(1), other, prompt])).toEqual([
      'strict · Small-135M',
      'Big-8B',
      'yes-no · Small-135M',
    ]);
    expect(shorts([judge(1)])).toEqual(['Small-135M']);
  });

  test('two versions of a prompt, of one id, are told apart by number', () => {
    expect(shorts([judge(1), judge(2)])).toEqual(['Small-135M #1', 'Small-135M #2']);
  });

  test('the full name says each thing once', () => {
    const reasons = judge(5, { mode: 'reason', promptId: 'yes-no', name: 'Small.Q4_1 (yes-no, reason)' });
    expect(judgeLabels([reasons]).get(5)?.full).toBe('Small.Q4_1 (yes-no, labels AB, reason)');
  });

  test('on two lines it is the name and what else tells the judge, and equal judges have their numbers', () => {
    const labels = judgeLabels([judge(1), judge(2), judge(3, { labelOrder: 'BA' })]);
    expect([...labels.values()].map(({ name, traits }) => [name, traits])).toEqual([
      ['Small-135M-Instruct.Q4_1 #1', 'strict, labels AB, next-token'],
      ['Small-135M-Instruct.Q4_1 #2', 'strict, labels AB, next-token'],
      ['Small-135M-Instruct.Q4_1', 'strict, labels BA, next-token'],
    ]);
  });

  test('names cut for an axis stay as different as they were', () => {
    const names = [
      'Small-135M-Instruct.Q4_1 (strict, BA)',
      'Small-135M-Instruct.Q8_0 (strict, BA)',
      'Small-135M-Instruct.Q8_0 (three-way)',
    ];
    const short = [...shortenAll(names, 22).values()];
    expect(new Set(short).size).toBe(3);
    expect(short.every(({ length }) => length <= 22)).toBe(true);
    const middle = ['a', 'b'].map((letter) => `${'x'.repeat(30)}${letter}${'x'.repeat(30)}`);
    expect(new Set(shortenAll(middle, 20).values()).size).toBe(2);
  });
});
