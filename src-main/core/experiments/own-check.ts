import type { RowSampler } from '../../engine/host/recheck.ts';
import { isCrash } from './engine-session.ts';
import type { RunContext } from './types.ts';

/**
 * The check at the end of a phase: some of its rows are made again by the loaded model in another order, and what came
 * out is said and given back, to be kept with the phase. Null when nothing was compared. An engine that dies over it
 * has not spoiled the rows: that is said, and the phase goes on to its end.
 */
export async function checkOwnRows(
  context: RunContext,
  sampler: RowSampler,
): Promise<Record<string, unknown> | null> {
  context.step('Making some rows again, to see that they come out the same');
  try {
    const found = await sampler.recheck(context.signal);
    if (found === null || found.checked === 0 || context.signal.aborted) return null;
    context.event(found.identical === found.checked ? 'info' : 'warning', found.sentence);
    return { ...found };
  } catch (error) {
    if (!isCrash(error)) throw error;
    context.event('warning', `The rows are there, but they could not be checked: ${error.message}`);
    return null;
  }
}
