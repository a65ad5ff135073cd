import * as fc from 'fast-check';

import type { RunPhase } from '../../src-main/domain/run.ts';
import type { Verdict } from '../../src-main/domain/verdict.ts';
import type { NewAnswer, NewRun, Store } from '../../src-main/store/api.ts';
import {
  addDataset,
  answerTo,
  human,
  importedAnswer,
  judge,
  judgePhase,
  judgment,
  newRun,
  OWNER,
  question,
  row,
} from './helpers.ts';

/** Something a person or a process does; `pick` chooses among what there is, `bits` among positions. */
export type Step =
  | {
      readonly kind: 'run';
      readonly of: 'questions' | 'run' | 'imported';
      readonly pick: number;
      readonly again: boolean;
    }
  | { readonly kind: 'answer' | 'reuse' | 'fail' | 'remove'; readonly pick: number; readonly bits: number }
  | { readonly kind: 'judge'; readonly pick: number; readonly bits: number; readonly verdict: Verdict }
  | { readonly kind: 'name'; readonly pick: number; readonly judge: number }
  | { readonly kind: 'label'; readonly pick: number; readonly verdict: Verdict };

const verdict = fc.constantFrom<Verdict>('correct', 'incorrect', 'unparsed');
const pick = fc.nat(20);
const bits = fc.nat(63);

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    kind: fc.constant('run' as const),
    of: fc.constantFrom('questions' as const, 'run' as const, 'imported' as const),
    pick,
    again: fc.boolean(),
  }),
  fc.record({ kind: fc.constantFrom('answer' as const, 'reuse' as const, 'fail' as const), pick, bits }),
  fc.record({ kind: fc.constant('remove' as const), pick, bits }),
  fc.record({ kind: fc.constant('judge' as const), pick, bits, verdict }),
  fc.record({ kind: fc.constant('name' as const), pick, judge: fc.nat(2) }),
  fc.record({ kind: fc.constant('label' as const), pick, verdict }),
);

/** Histories begin with a run, so that what follows has something to work on. */
export const histories: fc.Arbitrary<Step[]> = fc
  .array(step, { minLength: 5, maxLength: 40 })
  .map((steps) => [{ kind: 'run', of: 'questions', pick: 10, again: false }, ...steps]);

const JUDGES = [judge('one'), judge('two'), judge('three')];

interface Held {
  readonly runId: number;
  readonly token: number;
}

/** Plays a history on a dataset of its own. */
export async function play(store: Store, name: string, steps: readonly Step[]): Promise<void> {
  const datasetId = await addSixQuestions(store, name);
  const runs: Held[] = [];
  for (const one of steps) {
    const held = runs[one.pick % Math.max(1, runs.length)];
    if (one.kind === 'run') {
      runs.push(await makeRun(store, datasetId, one, held));
    } else if (held !== undefined && one.kind === 'remove') {
      await store.call('runs.release', { ...held, status: 'done', error: null });
      await store.call('runs.remove', { runId: held.runId });
      runs.splice(runs.indexOf(held), 1);
    } else if (held !== undefined) {
      await work(store, held, one);
    }
  }
}

/** Half of them with gold, each answered by a system of the file, a third of these judged there. */
function addSixQuestions(store: Store, name: string): Promise<number> {
  const given = { judge: human('ann'), verdict: 'correct', score: null, reason: null } as const;
  const rows = Array.from({ length: 6 }, (_, i) =>
    row(i, question(`${name} ${i}`, { gold: i % 2 === 0 ? ['g'] : [] }), [
      importedAnswer('sys', `imported ${i}`, { judgments: i % 3 === 0 ? [given] : [], f1: i / 8 }),
    ]),
  );
  return addDataset(store, name, rows);
}

async function makeRun(
  store: Store,
  datasetId: number,
  one: Extract<Step, { kind: 'run' }>,
  source: Held | undefined,
): Promise<Held> {
  const named = JUDGES.map(judgePhase);
  const judging = [
    ...named.slice(one.pick % 3, (one.pick % 3) + 1).map((phase) => ({
      ...phase,
      judge: one.pick % 2 === 0 ? phase.judge : null,
    })),
    ...(one.pick % 5 === 0 ? named.slice((one.pick + 1) % 3, ((one.pick + 1) % 3) + 1) : []),
  ];
  const runId = await store.call(
    'runs.create',
    newRun(datasetId, { ...contents(one, source, judging), again: one.again }),
  );
  const claimed = await store.call('runs.claim', { runId, owner: OWNER, expected: null });
  return { runId, token: claimed?.token ?? 0 };
}

function contents(
  one: Extract<Step, { kind: 'run' }>,
  source: Held | undefined,
  judging: NewRun['phases'],
): Partial<NewRun> {
  if (one.of === 'run' && source !== undefined) {
    return { phases: judging, selection: { kind: 'answers-of-run', runId: source.runId, limit: 4 } };
  }
  if (one.of === 'imported') {
    const seed = one.pick;
    return { phases: judging, selection: { kind: 'imported-answers', system: null, limit: null, seed } };
  }
  return { phases: [{ role: 'generate', modelName: 'g', judge: null, plan: null }, ...judging] };
}

async function work(store: Store, held: Held, one: Exclude<Step, { kind: 'run' | 'remove' }>): Promise<void> {
  const { runId } = held;
  const phases = (await store.call('runs.get', { runId }))?.phases ?? [];
  const judging = phases.filter((phase) => phase.role === 'judge');
  const phase = judging[one.pick % Math.max(1, judging.length)];
  switch (one.kind) {
    case 'answer': {
      const answers = await someAnswers(store, held, phases, one.bits);
      await store.call('runs.putAnswers', { ...held, seq: 0, answers });
      return;
    }
    case 'reuse': {
      const keys = await someAnswers(store, held, phases, one.bits);
      await store.call('runs.reuseAnswers', { ...held, seq: 0, keys });
      return;
    }
    case 'fail': {
      const answers = await someAnswers(store, held, phases, one.bits);
      const failures = answers.map(({ position }) => ({ position, reason: 'no' }));
      await store.call('runs.putFailures', { ...held, seq: phase?.seq ?? 0, failures });
      return;
    }
    case 'name': {
      const named = JUDGES[one.judge];
      if (phase === undefined || named === undefined) return;
      await store.call('runs.setPhaseJudge', { ...held, seq: phase.seq, judge: named });
      return;
    }
    case 'judge':
      await giveVerdicts(store, held, phase, one);
      return;
    case 'label':
      await label(store, runId, one);
  }
}

async function someAnswers(
  store: Store,
  held: Held,
  phases: readonly RunPhase[],
  chosen: number,
): Promise<NewAnswer[]> {
  const pending = await store.call('runs.pendingAnswers', { runId: held.runId, after: -1, limit: 99 });
  return pending
    .filter((item) => (chosen >> item.position) & 1)
    .map((item) =>
      answerTo(item, {
        sampleIndex: item.sampleIndex + (phases[0]?.role === 'generate' ? phases[0].repeat : 0),
        finishReason: item.position % 2 === 0 ? 'eog' : 'length',
      }),
    );
}

async function giveVerdicts(
  store: Store,
  held: Held,
  phase: RunPhase | undefined,
  one: Extract<Step, { kind: 'judge' }>,
): Promise<void> {
  const judgeId = phase?.judgeId ?? null;
  if (phase === undefined || judgeId === null) return;
  const { runId } = held;
  const pending = await store.call('runs.pendingJudgments', { runId, judgeId, after: -1, limit: 99 });
  const judgments = pending
    .filter((item) => (one.bits >> item.position) & 1)
    .map((item) =>
      judgment(item.answerId, judgeId, {
        repeat: phase.repeat,
        verdict: one.verdict,
        labelMass: item.position % 2 === 0 ? 0.25 : null,
      }),
    );
  await store.call('runs.putJudgments', { ...held, seq: phase.seq, judgments });
}

async function label(store: Store, runId: number, one: Extract<Step, { kind: 'label' }>): Promise<void> {
  const judgeId = await store.call('judges.ensure', human('me'));
  const items = await store.call('answers.export', { runId, after: -1, limit: 99, tokens: false });
  const answerId = items[one.pick % Math.max(1, items.length)]?.answerId ?? null;
  if (answerId === null) return;
  await store.call('judgments.addHuman', { answerId, judgeId, verdict: one.verdict, note: null });
}
