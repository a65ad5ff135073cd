import { describe, expect, test } from 'vitest';
import { experimentSchema } from '../../../src-main/contract/experiment.ts';
import type { PlanPhase } from '../../../src-main/domain/plan.ts';
import { problemsOfApi } from '../../../src-main/domain/servers.ts';
import {
  asGenerator,
  type Draft,
  judgeChoice,
  launchOf,
  missingPart,
  modelChoice,
  NEW_API,
  proposedDraft,
  withModel,
} from '../../../src-renderer/features/experiments/draft.ts';
import {
  cacheWarning,
  loadSentence,
  loadOf,
  withLoad,
} from '../../../src-renderer/features/experiments/load.ts';
import {
  arranged,
  shares,
  sharesSentence,
  togetherOf,
  withJudges,
} from '../../../src-renderer/features/experiments/panel.ts';
import { swappedOrders } from '../../../src-renderer/features/experiments/turns.ts';
import { planSearch } from '../../../src-renderer/features/planner/search.ts';
import { inPlanner } from '../../../src-renderer/features/experiments/in-planner.ts';
import { launchSearch } from '../../../src-renderer/features/experiments/search.ts';

const api = { ...NEW_API, baseUrl: 'http://localhost:8000/v1', model: 'm' };
const judges = (count: number) => Array.from({ length: count }, (_, i) => judgeChoice(`judge-${i}`));

function draftOf(more: Partial<Draft['experiment']> = {}): Draft {
  const basis = { search: {}, datasets: [], models: [], fits: new Map<string, never>(), run: null };
  const draft = proposedDraft(basis);
  return { ...draft, experiment: { ...draft.experiment, dataset: 'd', ...more } };
}

describe('a panel in the launch page', () => {
  test.each([
    ['majority', 2],
    ['weighted', 3],
    ['cascade', 3],
  ] as const)('%s of %i judges is one that core takes', (kind, count) => {
    const { judges: fitted, panel } = arranged(judges(count), kind, null);
    const experiment = withJudges(draftOf({ generator: modelChoice('g') }).experiment, fitted, panel);
    const parsed = experimentSchema.safeParse({ ...experiment, name: 'x' });
    expect(parsed.error?.message).toBeUndefined();
    expect(parsed.data?.panel?.kind).toBe(kind);
    expect(togetherOf(panel, fitted)).toBe(kind);
  });

  test('a cascade that loses a judge is none any more, and leaves no judge that waits for others', () => {
    const three = arranged(judges(3), 'cascade', null);
    expect(three.judges.at(-1)?.cascadeOf).toEqual([0, 1]);
    const two = arranged(three.judges.slice(1), 'cascade', null);
    expect(two.panel).toBeUndefined();
    expect(two.judges.every(({ cascadeOf }) => cascadeOf === undefined)).toBe(true);
  });

  test('weights are those of a weighted panel alone', () => {
    expect(arranged(judges(2), 'weighted', [1, 2]).panel?.weights).toEqual([1, 2]);
    expect(arranged(judges(2), 'majority', [1, 2]).panel?.weights).toBeNull();
  });

  test('a judge that is swapped votes twice, and whoever has more than half is named', () => {
    const [one, two] = [{ ...judgeChoice('a'), swap: true }, judgeChoice('b')];
    expect(shares([one, two], [1, 2])).toEqual([0.5, 0.5]);
    expect(sharesSentence([one, two], [1, 2])).toBe(
      'Of the whole, judge 1 is 50 % (both orders together), judge 2 is 50 %.',
    );
    expect(sharesSentence([one, two], [3, 2])).toMatch(/Where judge 1 is sure/);
  });

  test('weights that are all 0 start nothing, and core refuses them as well', () => {
    const two = judges(2);
    const weighed = (weights: readonly number[]) =>
      draftOf({ generator: modelChoice('g'), judges: two, panel: { kind: 'weighted', weights } });
    expect(missingPart(weighed([0, 0]))).toMatch(/at least one judge more than 0/);
    expect(launchOf(weighed([0, 0]), false)).toBeNull();
    expect(experimentSchema.safeParse(launchOf(weighed([0, 2]), false)?.experiment).success).toBe(true);
    expect(experimentSchema.safeParse(weighed([0, 0]).experiment).error?.message).toMatch(/more than 0/);
  });

  test.each([
    [{ kind: 'majority' }, 1, undefined, /at least two/],
    [{ kind: 'cascade' }, 3, undefined, /cascadeOf/],
    [{ kind: 'majority' }, 3, [0, 1], /make the panel a cascade/],
    [{ kind: 'weighted', weights: [1] }, 2, undefined, /one weight for each/],
    [{ kind: 'majority', weights: [1, 1] }, 2, undefined, /only a weighted panel/],
  ])('a file with %j over %i judges is refused with a sentence', (panel, count, cascadeOf, sentence) => {
    const list = judges(count).map((judge, index) =>
      index === count - 1 && cascadeOf !== undefined ? { ...judge, cascadeOf } : judge,
    );
    const parsed = experimentSchema.safeParse({ dataset: 'd', judges: list, panel });
    expect(parsed.error?.message).toMatch(sentence);
  });
});

describe('a model behind a server in the launch page', () => {
  test('is launched only when nothing about it is missing, and what is missing is said', () => {
    const without = draftOf({ judges: [] });
    expect(without.experiment.generator?.api).toEqual(NEW_API);
    expect(missingPart(without)).toBe('Generator: Give the server’s address.');
    expect(launchOf(without, false)).toBeNull();
    const whole = draftOf({ generator: withModel(modelChoice(''), { model: 'm', api }), judges: [] });
    expect(missingPart(whole)).toBeNull();
    expect(experimentSchema.safeParse(launchOf(whole, false)?.experiment).success).toBe(true);
    const judged = draftOf({
      generator: modelChoice('g'),
      judges: [judgeChoice('a'), { ...judgeChoice('m'), api: { ...api, maxCostUsd: 1 } }],
    });
    expect(missingPart(judged)).toBe('Judge 2: A cap needs both prices.');
  });

  test('becomes a model of this machine without a trace of the server, and the reverse', () => {
    const remote = withModel(judgeChoice('file'), { model: 'm', api });
    expect(remote).toMatchObject({ model: 'm', api, prompt: 'default' });
    expect(withModel(remote, { model: 'file' })).toEqual(judgeChoice('file'));
    expect(asGenerator(remote)).toMatchObject({ model: 'm', api });
    expect(asGenerator(undefined)).toEqual(modelChoice(''));
  });

  test.each([
    [{ baseUrl: 'localhost:8000' }, 'baseUrl'],
    [{ baseUrl: 'http://u:sk-secret@h/v1' }, 'baseUrl'],
    [{ baseUrl: 'http://h/v1?key=sk-secret' }, 'baseUrl'],
    [{ apiKeyEnv: 'sk-secret' }, 'apiKeyEnv'],
    [{ apiKeyEnv: 'PATH' }, 'apiKeyEnv'],
    [{ alsoAt: ['http://h', 'h'] }, 'alsoAt'],
    [{ inputUsdPerMillion: 1 }, 'inputUsdPerMillion'],
    [{ model: ' ' }, 'model'],
  ] as const)('%j is told at %s, and what is wrong is what the contract refuses', (part, field) => {
    const problems = problemsOfApi({ ...api, ...part });
    expect(Object.keys(problems)).toEqual([field]);
    expect(JSON.stringify(problems)).not.toContain('sk-secret');
    const parsed = experimentSchema.safeParse({ dataset: 'd', generator: { api: { ...api, ...part } } });
    expect(parsed.success).toBe(field === 'model');
  });
});

test('no questions, and an empty field, are not all questions: nothing is launched', () => {
  const asked = (limit: number | null) => draftOf({ generator: modelChoice('g'), judges: [], limit });
  expect(missingPart(asked(0))).toMatch(/how many questions/);
  expect(launchOf(asked(0), false)).toBeNull();
  expect(missingPart(asked(null))).toBeNull();
  expect(missingPart(asked(1))).toBeNull();
});

describe('the way to the planner', () => {
  const phase = (role: 'generate' | 'judge', modelId: string, devices: string[] = []) =>
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what a link is made of, of a whole phase
    ({
      role,
      modelId,
      devices: [...devices, 'host'].map((deviceId) => ({ deviceId })),
    }) as unknown as PlanPhase;
  const plan = (phases: readonly PlanPhase[]) => ({
    at: 0,
    phases,
    verdict: 'yes' as const,
    reasons: [],
  });

  test('takes what was chosen of each load, a swapped judge once, and cards by id', () => {
    const { experiment } = draftOf({
      generator: withLoad(modelChoice('g'), { context: 1024, gpuLayers: 0 }),
      schedule: 'together',
      judges: [
        { ...judgeChoice('s'), swap: true },
        withLoad(judgeChoice('j'), { batch: 64, kvType: 'q8_0', devices: ['L4'] }),
      ],
    });
    const phases = [phase('generate', 'id g'), phase('judge', 'id s'), phase('judge', 'id s')];
    const link = inPlanner({
      experiment,
      plan: plan([...phases, phase('judge', 'id j', ['GPU-7'])]),
    });
    expect(link).toEqual({
      generator: 'id g',
      judge: ['id s', 'id j'],
      dataset: 'd',
      schedule: 'together',
      changes: [
        { kind: 'context', modelId: 'generator', contextPerSequence: 1024 },
        { kind: 'offload', modelId: 'generator', gpuLayers: 0 },
        { kind: 'kv-type', modelId: 'judge-2', kvType: 'q8_0' },
        { kind: 'batch', modelId: 'judge-2', batch: 64 },
        { kind: 'devices', modelId: 'judge-2', devices: ['GPU-7'] },
      ],
    });
    // Everything of it is what the planner's address can say.
    expect(planSearch(JSON.parse(JSON.stringify(link)))).toEqual(link);
  });

  test('leaves out who is behind a server', () => {
    const { experiment } = draftOf({
      generator: withModel(modelChoice(''), { model: 'm', api }),
      judges: [withLoad(judgeChoice('j'), { sequences: 2 })],
    });
    expect(inPlanner({ experiment, plan: plan([phase('judge', 'id j')]) })).toEqual({
      judgeOnly: true,
      judge: ['id j'],
      dataset: 'd',
      changes: [{ kind: 'sequences', modelId: 'judge-0', sequences: 2 }],
    });
  });
});

describe('how a model is loaded', () => {
  test('the usual cache is not written into a file, another is, and says what it risks', () => {
    const quantized = withLoad(judgeChoice('a'), { kvType: 'q4_0', context: 2048 });
    expect(quantized).toEqual({ ...judgeChoice('a'), kvType: 'q4_0', context: 2048 });
    expect(experimentSchema.safeParse({ dataset: 'd', judges: [quantized] }).success).toBe(true);
    expect(loadSentence(loadOf(quantized))).toBe(
      'KV cache q4_0, 2,048 tokens of context, the rest as planned',
    );
    expect(cacheWarning('q4_0')).toMatch(/q4_0.*experimental.*may differ from those with f16/);
    expect(withLoad(quantized, { kvType: 'f16', context: 'auto' })).toEqual(judgeChoice('a'));
    expect(cacheWarning(loadOf(judgeChoice('a')).kvType)).toBeNull();
  });

  test('does not follow a model behind a server', () => {
    const quantized = withLoad(judgeChoice('a'), { kvType: 'q8_0', gpuLayers: 0 });
    const remote = withModel(quantized, { model: 'm', api });
    expect(remote).toEqual({ ...judgeChoice('m'), api });
    expect(withModel(quantized, { model: 'b' })).toMatchObject({ kvType: 'q8_0', gpuLayers: 0 });
  });

  test('cards and batch are written into a choice and its sentence, and leave no trace once they are as usual', () => {
    const pinned = withLoad(judgeChoice('a'), { batch: 64, devices: ['RTX 4090'] });
    expect(pinned).toEqual({ ...judgeChoice('a'), batch: 64, devices: ['RTX 4090'] });
    expect(experimentSchema.parse({ dataset: 'd', judges: [pinned] }).judges).toEqual([pinned]);
    expect(loadSentence(loadOf(pinned))).toBe(
      'KV cache f16, prompts read 64 tokens at a time, on RTX 4090, the rest as planned',
    );
    expect(loadSentence({ ...loadOf(pinned), devices: [] })).toContain('on the CPU alone');
    expect(withLoad(pinned, { batch: 'auto', devices: 'auto' })).toEqual(judgeChoice('a'));
  });

  test('an address with nonsense in it proposes the usual', () => {
    const search = {
      load: { kvType: 'q2', context: -1, sequences: 'x' },
      judgeLoad: [null, 3],
      judge: ['a'],
    };
    expect(launchSearch(search)).toEqual({ judge: ['a'] });
  });
});

test('the two phases of a swapped judge are told apart by their order, and no other phase is given one', () => {
  const phases = (['generate', 'judge', 'judge', 'judge', 'judge'] as const).map((role, seq) => ({
    role,
    seq,
  }));
  const swapped = (labelOrder: 'AB' | 'BA') => ({ ...judgeChoice('a'), swap: true, labelOrder });
  const experiment = {
    judges: [swapped('BA'), judgeChoice('b'), { ...judgeChoice('c'), labelOrder: 'BA' as const }],
  };
  expect([...swappedOrders({ experiment, phases })]).toEqual([
    [1, 'BA'],
    [2, 'AB'],
  ]);
});
