import type { Store } from '../../store/api.ts';

const RUNS_LOOKED_AT = 100;

/**
 * Seconds an experiment will take, from what the same models did on this machine before: seconds an item and the load of
 * each. Null when one of them has not run here yet: then there is nothing honest to say.
 */
export async function estimateSeconds(
  store: Store,
  participants: readonly { readonly role: 'generate' | 'judge'; readonly name: string }[],
  items: number,
): Promise<number | null> {
  const runs = await store.call('runs.list', { limit: RUNS_LOOKED_AT, before: null });
  const past = runs.flatMap((run) => run.phases).filter((phase) => phase.done > 0 && phase.busyMs > 0);
  let seconds = 0;
  for (const { role, name } of participants) {
    const same = past.filter((phase) => phase.role === role && phase.modelName === name);
    if (same.length === 0) return null;
    const done = same.reduce((sum, phase) => sum + phase.done, 0);
    const busyMs = same.reduce((sum, phase) => sum + phase.busyMs, 0);
    const loadMs = Math.max(...same.map((phase) => phase.loadMs ?? 0));
    seconds += (loadMs + (busyMs / done) * items) / 1000;
  }
  return seconds;
}
