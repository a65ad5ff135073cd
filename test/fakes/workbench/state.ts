import { Problem } from '../../../src-main/core/problem.ts';
import type { Judgment } from '../../../src-main/domain/answer.ts';
import type { DatasetInfo, DatasetRow } from '../../../src-main/domain/dataset.ts';
import type { Run } from '../../../src-main/domain/run.ts';
import { DEFAULT_SETTINGS, type Settings } from '../../../src-main/domain/settings.ts';
import type { FakeRuns } from './analysis.ts';
import { datasetInfo, madeRows } from './datasets.ts';
import { MODELS } from './models.ts';
import { doneRun, type startedRun } from './runs.ts';

export type Scenario = 'full' | 'empty';

interface Held {
  readonly info: DatasetInfo;
  readonly rows: readonly DatasetRow[];
}

/** All that the stand-in remembers while it runs. */
export function createState(scenario: Scenario) {
  const rows = madeRows(3610);
  const held = new Map<number, Held>();
  const live = new Map<number, ReturnType<typeof startedRun>>();
  const done = new Map<number, Run>();
  if (scenario === 'full') {
    held.set(1, { info: datasetInfo(1, 'nq-open', rows), rows });
    held.set(2, {
      info: datasetInfo(2, 'evouna-tq', rows.slice(0, 2000), {
        kind: 'evouna',
        sourceName: 'TQ.json',
        systems: ['fid', 'gpt35', 'chatgpt', 'gpt4', 'newbing'],
        problems: [{ line: 118, problem: 'This record has no question.' }],
        problemCount: 1,
      }),
      rows: rows.slice(0, 2000),
    });
    done.set(1, doneRun(1, 300));
  }
  return {
    held,
    live,
    done,
    labels: new Map<number, Judgment[]>(),
    models: scenario === 'full' ? [...MODELS] : [],
    settings: { ...DEFAULT_SETTINGS, modelFolders: scenario === 'full' ? ['/mnt/models'] : [] } as Settings,
    nextId: 10,
  };
}

export type State = ReturnType<typeof createState>;

export function holdDataset(
  state: State,
  name: string,
  rows: readonly DatasetRow[],
  more: Partial<DatasetInfo>,
): DatasetInfo {
  state.nextId += 1;
  const info = { ...datasetInfo(state.nextId, name, rows), importedAt: Date.now(), ...more };
  state.held.set(info.id, { info, rows });
  return info;
}

/** Throws Problem NOT_FOUND. */
export function heldDataset(state: State, wanted: number | string): Held {
  const found = [...state.held.values()].find(({ info }) => info.id === wanted || info.name === wanted);
  if (found === undefined) throw new Problem('NOT_FOUND', `There is no dataset "${wanted}".`);
  return found;
}

export const heldRuns = (state: State): FakeRuns => {
  const run = (runId: number): Run => {
    const found = state.live.get(runId)?.run() ?? state.done.get(runId);
    if (found === undefined) throw new Problem('NOT_FOUND', `There is no run ${runId}.`);
    return found;
  };
  return {
    run,
    rows: (runId) => rowsOf(state, run(runId)),
    dataset: (id) => heldDataset(state, id).info,
  };
};

export const rowsOf = (state: State, run: Run): readonly DatasetRow[] =>
  heldDataset(state, run.datasetId).rows.slice(0, run.answered + 2);
