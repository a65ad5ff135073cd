import type { RunLive } from '../../domain/run.ts';
import { StoreError } from '../../store/api.ts';
import { createRateMeter } from './rates.ts';
import type { PhaseMeter, RunContext } from './types.ts';

/** A cancel asked for in another process is acknowledged within half a second; this leaves room for a slow disk. */
const HEARTBEAT_MS = 300;

/**
 * Says that the owner lives, with what it is doing, and hears whether someone asked to cancel. `onLost` when the run has
 * changed hands: then nothing more may be written.
 */
export function startHeartbeat(
  context: RunContext,
  shown: { step(): string; meter(): PhaseMeter | null },
  on: { readonly cancel: () => void; readonly lost: () => void },
): { stop(): Promise<void> } {
  const tokens = createRateMeter();
  const items = createRateMeter();
  let seq = -1;
  let stopped = false;
  let timer: NodeJS.Timeout | null = null;
  let beating: Promise<void> = Promise.resolve();

  const live = (): RunLive => {
    const meter = shown.meter();
    if (meter === null) {
      return {
        tokensPerSecond: null,
        itemsPerSecond: null,
        etaSeconds: null,
        activeSequences: 0,
        step: shown.step(),
      };
    }
    const now = Date.now();
    if (meter.seq !== seq) {
      seq = meter.seq;
      tokens.reset();
      items.reset();
    }
    tokens.add(meter.tokens(), now);
    items.add(meter.items(), now);
    const itemsPerSecond = items.perSecond();
    const left = Math.max(0, meter.total - meter.items());
    return {
      tokensPerSecond: tokens.perSecond(),
      itemsPerSecond,
      etaSeconds: itemsPerSecond === null || itemsPerSecond <= 0 ? null : left / itemsPerSecond,
      activeSequences: meter.activeSequences(),
      step: shown.step(),
    };
  };
  const beat = async (): Promise<void> => {
    try {
      const answer = await context.deps.store.call('runs.heartbeat', {
        runId: context.run.id,
        token: context.token,
        live: live(),
      });
      if (answer.cancelRequested) on.cancel();
    } catch (error) {
      if (error instanceof StoreError && error.kind === 'not-owner') on.lost();
      else context.deps.log.warn('heartbeat failed', { run: context.run.id, error: String(error) });
    }
    if (!stopped) timer = setTimeout(tick, HEARTBEAT_MS);
  };
  const tick = (): void => {
    beating = beat();
  };
  tick();
  return {
    async stop() {
      stopped = true;
      if (timer !== null) clearTimeout(timer);
      await beating;
      if (timer !== null) clearTimeout(timer);
    },
  };
}
