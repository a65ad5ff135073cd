import type {
  Label,
  LabelQueue,
  LabelState,
  LabelTask,
  QueueOrder,
} from '../../../src-main/domain/analysis/labelling.ts';
import type { DatasetRow } from '../../../src-main/domain/dataset.ts';
import type { JudgeInfo } from '../../../src-main/domain/run.ts';
import { Problem } from '../../../src-main/core/problem.ts';
import { labellingRouter } from '../../../src-main/core/router/labelling.ts';
import type { Settings } from '../../../src-main/domain/settings.ts';
import { listItem } from './answers.ts';
import type { FakeRuns } from './analysis.ts';
import { JUDGES } from './runs.ts';
import { standInStore } from './stand-in-store.ts';
import { chance } from './text.ts';

/** A label as the analysis reads it. */
export interface GivenLabel {
  readonly answerId: number;
  readonly verdict: Label;
  readonly queueId: number;
  readonly draw: 'random' | 'sorted';
}

export interface FakeLabels {
  readonly person: JudgeInfo;
  given(): readonly GivenLabel[];
  queues(): readonly LabelQueue[];
  readonly begin: (runId: number, order: QueueOrder, seed: number) => LabelState;
  readonly state: (queueId: number) => LabelState;
  readonly put: (queueId: number, answerId: number, verdict: Label, note: string | null) => LabelState;
  readonly undo: (queueId: number) => LabelState;
}

interface Held {
  readonly queue: LabelQueue;
  readonly rows: readonly DatasetRow[];
  readonly given: { answerId: number; verdict: Label; note: string | null }[];
  takenBack: (LabelTask['takenBack'] & { answerId: number }) | null;
}

/** Queues kept in memory; `already` answers of run 1 have a label from the beginning. */
export function createFakeLabels(runs: Pick<FakeRuns, 'rows'>, already: number): FakeLabels {
  const [, , person] = JUDGES;
  if (person === undefined) throw new Error('The stand-in has no person among its judges.');
  const held = new Map<number, Held>();
  const of = (queueId: number): Held => {
    const found = held.get(queueId);
    if (found === undefined) throw new Problem('NOT_FOUND', `There is no label queue ${queueId}.`);
    return found;
  };
  const begin = (runId: number, order: QueueOrder, seed: number): LabelState => {
    const known = [...held.values()].find(
      ({ queue }) => queue.runId === runId && queue.order === order && queue.seed === seed,
    );
    if (known !== undefined) return stateOf(known);
    const queueId = held.size + 1;
    const rows = runs
      .rows(runId)
      .filter((row) => listItem(row).answerId !== null)
      .toSorted((a, b) => chance('queue', seed, a.rowId) - chance('queue', seed, b.rowId));
    const queue = {
      queueId,
      runId,
      judgeId: person.id,
      author: person.name,
      order,
      sortJudgeId: order === 'unsure' ? 1 : null,
      seed,
      population: rows.length,
      labelled: 0,
      skipped: 0,
      createdAt: Date.now(),
    };
    const fresh: Held = { queue, rows, given: [], takenBack: null };
    held.set(queueId, fresh);
    return stateOf(fresh);
  };
  const put = (queueId: number, answerId: number, verdict: Label, note: string | null): LabelState => {
    const entry = of(queueId);
    entry.given.push({ answerId, verdict, note });
    entry.takenBack = null;
    return stateOf(entry);
  };
  const undo = (queueId: number): LabelState => {
    const entry = of(queueId);
    entry.takenBack = entry.given.pop() ?? null;
    return stateOf(entry);
  };
  if (already > 0) {
    const { queue } = begin(1, 'random', 0);
    for (const row of of(queue.queueId).rows.slice(0, already)) {
      put(queue.queueId, row.rowId, chance('person', row.rowId) < 0.12 ? 'incorrect' : saidOf(row), null);
    }
  }
  return {
    person,
    begin,
    put,
    undo,
    state: (queueId) => stateOf(of(queueId)),
    queues: () => [...held.values()].map((entry) => stateOf(entry).queue),
    given: () =>
      [...held.values()].flatMap(({ queue, given }) =>
        given.map(({ answerId, verdict }): GivenLabel => ({
          answerId,
          verdict,
          queueId: queue.queueId,
          draw: queue.order === 'random' ? 'random' : 'sorted',
        })),
      ),
  };
}

const saidOf = (row: DatasetRow): Label => (listItem(row).contains === true ? 'correct' : 'incorrect');

function stateOf({ queue, rows, given, takenBack }: Held): LabelState {
  const done = new Set(given.map(({ answerId }) => answerId));
  const rank = rows.findIndex(({ rowId }) => !done.has(rowId));
  const row = rows[rank];
  return {
    queue: {
      ...queue,
      labelled: given.length,
      skipped: given.filter(({ verdict }) => verdict === 'skipped').length,
    },
    task:
      row === undefined
        ? null
        : {
            answerId: row.rowId,
            rank: rank + 1,
            question: row.question.question,
            context: row.question.context,
            choices: row.question.choices,
            gold: row.question.gold,
            answer: listItem(row).answer ?? '',
            takenBack: takenBack?.answerId === row.rowId ? takenBack : null,
          },
  };
}

/** The real router of labelling over the queues in memory. */
export function fakeLabelling(runs: FakeRuns, labels: FakeLabels, settings: () => Settings) {
  const store = standInStore({
    'runs.get': ({ runId }) => runs.run(runId),
    'judges.ensure': () => labels.person.id,
    'labels.begin': ({ runId, order, seed }) => labels.begin(runId, order, seed),
    'labels.queues': ({ runId }) => labels.queues().filter((queue) => queue.runId === runId),
    'labels.state': ({ queueId }) => labels.state(queueId),
    'labels.put': ({ queueId, answerId, verdict, note }) => labels.put(queueId, answerId, verdict, note),
    'labels.undo': ({ queueId }) => labels.undo(queueId),
  });
  return labellingRouter({ store, settings: { get: settings } });
}
