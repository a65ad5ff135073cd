import { describe, expect, test } from 'vitest';
import { analyseRun, breakdownOf } from '../../../src-main/core/analysis/analyse.ts';
import { judgeNamed, judgesOf } from '../../../src-main/core/analysis/judges.ts';
import { Problem } from '../../../src-main/core/problem.ts';
import { panelKey, type PanelSpec } from '../../../src-main/domain/analysis/options.ts';
import { spoken, tableOf } from './helpers.ts';

describe('accuracy by judge', () => {
  test('unparsed, failed, skipped and unseen answers are in no accuracy, and each is counted', async () => {
    const table = tableOf({ judges: [{ id: 1, name: 'judge', verdicts: spoken('ccciuxsn..') }] });
    const [judge] = (await analyseRun(table)).judges;
    expect(judge?.accuracy.accuracy?.value).toBe(3 / 4);
    expect(judge?.accuracy).toMatchObject({ scored: 4, unscored: 4, total: 8 });
    expect(judge?.accuracy.counts).toMatchObject({ unparsed: 1, error: 1, skipped: 1, not_attempted: 1 });
    expect(judge?.missing).toBe(2);
  });

  test('answers to one question are drawn together: copies of it do not narrow the interval', async () => {
    const once = spoken('cicciciiccicicci');
    const single = tableOf({ judges: [{ id: 1, name: 'j', verdicts: once }] });
    const copied = tableOf({
      questions: Array.from({ length: once.length * 5 }, (_, i) => Math.floor(i / 5)),
      judges: [{ id: 1, name: 'j', verdicts: once.flatMap((verdict) => Array(5).fill(verdict)) }],
    });
    const [a] = (await analyseRun(single)).judges;
    const [b] = (await analyseRun(copied)).judges;
    expect(b?.bootstrap?.low).toBe(a?.bootstrap?.low);
    expect(b?.bootstrap?.clusters).toBe(once.length);
    // 80 answers of 16 questions are worth 15.2: n − 1 of answers by that of questions.
    const [one, five] = [a?.accuracy.accuracy, b?.accuracy.accuracy];
    expect(five?.value).toBe(one?.value);
    expect(five?.low).toBeLessThan(one?.low ?? 0);
    expect(five?.low).toBeCloseTo(one?.low ?? 0, 1);
  });

  test('a filter narrows every denominator; one that fits nothing is refused with the values there are', async () => {
    const made = {
      metadata: { level: ['easy', 'easy', 'hard', 'hard', 'hard'] },
      judges: [{ id: 1, name: 'j', verdicts: spoken('ccici') }],
    };
    const { scope, judges } = await analyseRun(
      tableOf(made, { where: [{ column: 'level', value: 'hard' }] }),
    );
    expect([scope.answers, scope.answersOfRun]).toEqual([3, 5]);
    expect(judges[0]?.accuracy.accuracy?.value).toBe(1 / 3);
    expect(() => tableOf(made, { where: [{ column: 'level', value: 'Hard' }] })).toThrow(/easy, hard/);
    expect(() => tableOf(made, { where: [{ column: 'lever', value: 'hard' }] })).toThrow(Problem);
  });

  test('macro counts groups alike, micro counts answers alike', () => {
    const view = breakdownOf(
      tableOf({
        metadata: { topic: ['a', 'a', 'a', 'a', 'b'] },
        judges: [{ id: 1, name: 'j', verdicts: spoken('cccci') }],
      }),
      'topic',
    );
    const { breakdown } = view.judges[0] ?? { breakdown: null };
    expect(breakdown?.macro?.value).toBe(0.5);
    expect(breakdown?.micro.accuracy?.value).toBe(0.8);
  });
});

// Catches: "f1 0.000" beside the run's own "F1 (mean) 0.204", two numbers under one name.
test('F1 as a judge is named by its threshold, and found by its short name', async () => {
  const table = tableOf({ judges: [{ id: 1, name: 'j', verdicts: spoken('cc') }] });
  table.matrix.f1.set([0.3, 0.6]);
  const f1 = (await analyseRun(table)).judges.find(({ judge }) => judge.key === 'lexical:f1');
  expect(f1?.judge.name).toBe('F1 ≥ 0.5');
  expect(f1?.accuracy.accuracy?.value).toBe(0.5);
  expect(judgeNamed(judgesOf(table), 'f1').ref.key).toBe('lexical:f1');
});

describe('judges against people', () => {
  test('several people are one reference: the majority, nothing where they are even', async () => {
    const table = tableOf({
      judges: [
        { id: 1, name: 'model', verdicts: spoken('cccc') },
        { id: 2, name: 'Ada', kind: 'human', verdicts: spoken('ci.s') },
        { id: 3, name: 'Ben', kind: 'human', verdicts: spoken('cci.') },
      ],
    });
    const analysis = await analyseRun(table);
    expect(analysis.humans).toMatchObject({ labelled: 3, labelledByMore: 2, conflicts: 1 });
    const against = analysis.againstHumans.find(({ judge }) => judge.key === 'judge:1');
    // The row on which people differ and the one that was skipped are in neither cell.
    expect(against?.confusion).toEqual({
      truePositive: 1,
      falsePositive: 1,
      falseNegative: 0,
      trueNegative: 0,
    });
  });

  test("alpha leaves out rules and the people together: they are made of the others' votes", async () => {
    const table = tableOf({
      judges: [
        { id: 1, name: 'a', verdicts: spoken('ciciic') },
        { id: 2, name: 'b', verdicts: spoken('ciciii') },
        { id: 3, name: 'contains', kind: 'lexical', verdicts: spoken('iiiiii') },
        { id: 4, name: 'Ada', kind: 'human', verdicts: spoken('ci....') },
        { id: 5, name: 'Ben', kind: 'human', verdicts: spoken('ci....') },
      ],
    });
    const { agreement } = await analyseRun(table);
    expect(agreement.alphaJudges).toEqual(['judge:1', 'judge:2', 'judge:4', 'judge:5']);
    expect(agreement.judges.map(({ key }) => key)).toContain('lexical:contains');
  });
});

test('what is made of judges is not set against its own parts', async () => {
  const panel = { kind: 'majority', members: ['judge:1', 'judge:2'], weights: null } as const;
  const table = tableOf(
    {
      judges: [
        { id: 1, name: 'a', verdicts: spoken('ciciic') },
        { id: 2, name: 'b', verdicts: spoken('ciciii') },
        { id: 4, name: 'Ada', kind: 'human', verdicts: spoken('cic...') },
        { id: 5, name: 'Ben', kind: 'human', verdicts: spoken('cii...') },
      ],
    },
    { panels: [panel] },
  );
  const { pairs } = (await analyseRun(table)).agreement;
  const has = (one: string, other: string): boolean =>
    pairs.some(
      ({ first, second }) => (first === one && second === other) || (first === other && second === one),
    );
  expect([has('humans', 'judge:4'), has('humans', 'judge:5'), has(panelKey(panel), 'judge:1')]).toEqual([
    false,
    false,
    false,
  ]);
  expect([has('humans', 'judge:1'), has('judge:4', 'judge:5'), has(panelKey(panel), 'judge:4')]).toEqual([
    true,
    true,
    true,
  ]);
});

describe('panels', () => {
  const members = ['judge:1', 'judge:2', 'judge:3'];
  const made = {
    judges: [
      { id: 1, name: 'a', verdicts: spoken('ccicu') },
      { id: 2, name: 'b', verdicts: spoken('cicic') },
      { id: 3, name: 'c', verdicts: spoken('.ic.c') },
    ],
  };
  const verdicts = (spec: PanelSpec) =>
    judgesOf(tableOf(made, { panels: [spec] })).list.find(({ ref }) => ref.key === panelKey(spec))?.verdicts;

  test('a majority needs every member; a cascade asks the third only where two differ', () => {
    expect(verdicts({ kind: 'majority', members, weights: null })).toEqual(spoken('.ic.c'));
    expect(verdicts({ kind: 'cascade', members, weights: null })).toEqual(spoken('cic.c'));
  });

  test('a member that has not judged here is named, not taken for silent', () => {
    const spec: PanelSpec = { kind: 'majority', members: ['judge:1', 'judge:9'], weights: null };
    expect(() => judgesOf(tableOf(made, { panels: [spec] }))).toThrow(/judge:9/);
  });
});

// Catches: two judges of one name, of which nobody can tell which verdicts are read anew.
test('two versions of a model’s prompt or of what reads it are two judges; people and other files of a name are not', async () => {
  const judge = (id: number, name: string, kind: 'model' | 'human', model: string) =>
    ({ id, name, kind, verdicts: spoken('ci'), more: { modelSha256: model } }) as const;
  const { judges } = await analyseRun(
    tableOf({
      judges: [
        judge(3, 'J (strict, reason)', 'model', 'm'),
        judge(4, 'J (strict, reason)', 'model', 'other'),
        judge(9, 'J (strict, reason)', 'model', 'm'),
        judge(10, 'Ada', 'human', 'x'),
      ],
    }),
  );
  expect(judges.map(({ judge: { key, name } }) => [key, name]).slice(0, 4)).toEqual([
    ['judge:3', 'J (strict, reason) (earlier version)'],
    ['judge:4', 'J (strict, reason)'],
    ['judge:9', 'J (strict, reason)'],
    ['judge:10', 'Ada'],
  ]);
});

test('two versions of a rule are two judges, and the newest has its name', async () => {
  const rule = (id: number, letters: string) =>
    ({ id, name: 'numeric', kind: 'lexical', verdicts: spoken(letters) }) as const;
  const table = tableOf({
    judges: [rule(3, 'ci'), rule(9, 'cc')],
  });
  const { judges } = await analyseRun(table);
  const numeric = judges.filter(({ judge }) => judge.name.startsWith('numeric'));
  expect(numeric.map(({ judge, accuracy }) => [judge.key, judge.name, accuracy.counts.correct])).toEqual([
    ['judge:3', 'numeric (earlier version)', 1],
    ['lexical:numeric', 'numeric', 2],
  ]);
});
