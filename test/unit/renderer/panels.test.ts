import { expect, test } from 'vitest';
import { panelsOf, panelText } from '../../../src-renderer/features/analysis/panels.ts';
import { judgeNames } from '../../../src-renderer/lib/judge-names.ts';

test('an address gives its panels back, and nothing for what is none', () => {
  const panel = { kind: 'cascade', members: ['judge:1', 'judge:2', 'lexical:contains'] } as const;
  expect(panelsOf([panelText(panel)])).toEqual([{ ...panel, weights: null }]);
  // Too few members for their kind, an unknown kind, and nothing at all.
  expect(panelsOf(['cascade~judge:1~judge:2', 'majority~judge:1', 'jury~judge:1~judge:2', ''])).toEqual([]);
  expect(panelsOf(undefined)).toEqual([]);
});

test('a panel is named by its members’ numbers, with its weights left out', () => {
  const ref = { judgeId: null, name: 'weighted of A + B', kind: 'panel' } as const;
  const key = 'panel:weighted(judge:1,lexical:contains;2,1)';
  expect(judgeNames([{ ...ref, key }]).get(key)).toBe('Weighted of #1, contains');
  // All judging models together are no panel that was asked for.
  expect(judgeNames([{ ...ref, key: 'marginal', name: 'all' }]).get('marginal')).toBe('all');
});
