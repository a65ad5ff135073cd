import { expect, test } from 'vitest';
import { reportCard } from '../../../src-main/core/analysis/card.ts';
import type { PanelSpec } from '../../../src-main/domain/analysis/options.ts';
import { spoken, tableOf } from './helpers.ts';

const HUMAN = spoken('cccciiiicc');

test('flips between label orders are counted over answers read in both, unparsed ones left out', async () => {
  const table = tableOf({
    judges: [
      {
        id: 1,
        name: 'j',
        verdicts: spoken('ccccciiuci'),
        p: [0.9, 0.9, 0.9, 0.6, 0.6, 0.1, 0.1, null, 0.9, 0.4],
      },
      {
        id: 2,
        name: 'j, BA',
        verdicts: spoken('cccccicicc'),
        p: [0.9, 0.9, 0.9, 0.9, 0.9, 0.1, 0.55, 0.1, 0.9, 0.9],
        more: { labelOrder: 'BA', modelSha256: 'j' },
      },
      { id: 3, name: 'Ada', kind: 'human', verdicts: HUMAN },
    ],
  });
  const [first, second] = (await reportCard(table, new Map())).entries;
  expect(first?.swap).toMatchObject({ rows: 9, flipped: 2, other: { key: 'judge:2' } });
  expect(second?.swap).toMatchObject({ rows: 9, flipped: 2, other: { key: 'judge:1' } });
  // The mean of both orders: row 6 (0.1, 0.55) incorrect, row 9 (0.4, 0.9) correct; only row 4 is wrong.
  expect(first?.swap?.averaged).toMatchObject({ rows: 10, bias: 0.1 });
});

test('another prompt with other labels is no swap of this one', async () => {
  const table = tableOf({
    judges: [
      { id: 1, name: 'j', verdicts: spoken('cccc') },
      {
        id: 2,
        name: 'k',
        verdicts: spoken('iiii'),
        more: { labelOrder: 'BA', modelSha256: 'j', promptSha256: 'x' },
      },
      { id: 3, name: 'Ada', kind: 'human', verdicts: spoken('cccc') },
    ],
  });
  expect((await reportCard(table, new Map())).entries.map((entry) => entry.swap)).toEqual([null, null]);
});

test('of two policies in the other order, the swap is with the own one', async () => {
  const swapped = { labelOrder: 'BA', modelSha256: 'm', promptSha256: 'strict' } as const;
  const table = tableOf({
    judges: [
      { id: 1, name: 'm (strict, grammar)', verdicts: spoken('cccc'), more: { modelSha256: 'm' } },
      { id: 2, name: 'm (strict, grammar, BA, lenient)', verdicts: spoken('iiii'), more: swapped },
      { id: 3, name: 'm (strict, grammar, BA)', verdicts: spoken('ccci'), more: swapped },
      { id: 4, name: 'Ada', kind: 'human', verdicts: spoken('cccc') },
    ],
  });
  expect((await reportCard(table, new Map())).entries[0]?.swap).toMatchObject({
    other: { key: 'judge:3' },
    flipped: 1,
  });
});

test('a lenient judge has a positive bias, and unparsed replies are a rate of their own', async () => {
  const table = tableOf({
    judges: [
      { id: 1, name: 'j', verdicts: spoken('ccccccccuu') },
      { id: 2, name: 'Ada', kind: 'human', verdicts: HUMAN },
    ],
  });
  const [entry] = (await reportCard(table, new Map())).entries;
  expect(entry?.quality).toMatchObject({ rows: 8, bias: 0.5, specificity: { value: 0 } });
  expect(entry?.unparsed?.value).toBe(0.2);
  expect(entry?.positive?.value).toBe(1);
});

test('without labels the card says what it needs', async () => {
  const card = await reportCard(
    tableOf({ judges: [{ id: 1, name: 'j', verdicts: spoken('ci') }] }),
    new Map(),
  );
  expect(card.entries).toEqual([]);
  expect(card.notes.join(' ')).toMatch(/Nobody has labelled/);
});

test('of answers that nearly all are right, a judge that says so is not said to tell nothing', async () => {
  const truth = `${'c'.repeat(96)}iiii`;
  const noteOf = async (said: string, panels: readonly PanelSpec[] = []): Promise<string> => {
    const table = tableOf(
      {
        judges: [
          { id: 1, name: 'judge', verdicts: spoken(said) },
          { id: 2, name: 'person', kind: 'human', verdicts: spoken(truth) },
          { id: 3, name: 'other', verdicts: spoken(said) },
        ],
      },
      { panels },
    );
    return (await reportCard(table, new Map())).notes.join(' ');
  };
  expect(await noteOf(truth)).not.toMatch(/nearly always the same/);
  expect(await noteOf('c'.repeat(100))).toMatch(
    /judge says nearly always the same.*κ is not clearly above 0/,
  );
  const weighed = [{ kind: 'weighted', members: ['judge:1', 'judge:3'], weights: null }] as const;
  expect(await noteOf(truth)).not.toMatch(/flattered/);
  expect(await noteOf(truth, weighed)).toMatch(/from these same labels/);
});
