import type { Experiment } from '../../domain/experiment.ts';
import type { Store } from '../../store/api.ts';
import { findDataset } from '../datasets/find-dataset.ts';
import type { RunManager } from '../experiments/run-manager.ts';
import { Problem } from '../problem.ts';

/** How far back is looked for a run that shows the same answers. */
const RUNS_LOOKED_AT = 500;

/**
 * A run over the answers that came with a dataset, without a model: what an analysis of somebody else's results begins
 * with. The same answers are the same run. Throws Problem NOT_FOUND, or REFUSED when the dataset brought none.
 */
export async function openStoredAnswers(
  store: Store,
  runs: RunManager,
  named: { readonly dataset: string | number; readonly system: string | null },
): Promise<{ runId: number; added: boolean }> {
  const dataset = await findDataset(store, named.dataset);
  const { system } = named;
  if (dataset.systems.length === 0) {
    throw new Problem('REFUSED', `${dataset.name} brought no answers; run a model on it first.`);
  }
  if (system !== null && !dataset.systems.includes(system)) {
    const names = dataset.systems.join(', ');
    throw new Problem(
      'NOT_FOUND',
      `${dataset.name} has no answers of "${system}". It has those of ${names}.`,
    );
  }
  const name = `${dataset.name}: answers of ${system ?? 'all systems'}`;
  const before = await store.call('runs.list', { before: null, limit: RUNS_LOOKED_AT });
  const same = before.find(
    (run) => run.datasetId === dataset.id && run.name === name && run.phases.length === 0,
  );
  if (same !== undefined) return { runId: same.id, added: false };
  const runId = await runs.start({
    name,
    experiment: experimentOf(name, dataset.name),
    plan: null,
    datasetId: dataset.id,
    phases: [],
    selection: { kind: 'imported-answers', system, limit: null, seed: 0 },
    again: false,
  });
  await runs.finished(runId);
  return { runId, added: true };
}

function experimentOf(name: string, dataset: string): Experiment {
  return {
    name,
    dataset,
    limit: null,
    seed: 0,
    generator: null,
    prompt: { style: 'short', fewShot: 0, useContext: true, instruction: null },
    decoding: { temperature: 0, topP: 1, maxTokens: 64, stop: [] },
    samples: 1,
    judges: [],
  };
}
