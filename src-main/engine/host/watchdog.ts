import { EngineError } from '../engine.ts';
import type { ChildProgress } from '../protocol.ts';
import { seconds } from './failures.ts';

const WATCH_EVERY_MS = 1000;
/** The host itself slept (suspended laptop, blocked loop): what the child sent meanwhile is not read yet. */
const HOST_FROZE_MS = 5000;

export interface Watchdog {
  saw(progress: ChildProgress): void;
  progress(): ChildProgress;
  end(): void;
}

/**
 * Finds two kinds of hang: a child that says nothing for `silenceMs` (its event loop stands still), and one that
 * beats, is busy, and makes no step for `stepMs` (a decode that never returns). Calls `hung` once.
 */
export function createWatchdog(
  limits: { readonly silenceMs: number; readonly stepMs: number },
  hung: (error: EngineError) => void,
): Watchdog {
  let last: ChildProgress = {
    generatedTokens: 0,
    promptTokens: 0,
    activeSequences: 0,
    steps: 0,
    busy: false,
  };
  let seenAt = Date.now();
  let steppedAt = seenAt;
  let checkedAt = seenAt;

  const check = (): void => {
    const now = Date.now();
    const froze = now - checkedAt > HOST_FROZE_MS;
    checkedAt = now;
    if (froze) {
      seenAt = now;
      steppedAt = now;
      return;
    }
    if (now - seenAt > limits.silenceMs) {
      hung(new EngineError('hung', `The engine said nothing for ${seconds(now - seenAt)} and was ended.`));
    } else if (last.busy && now - steppedAt > limits.stepMs) {
      const stuck = seconds(now - steppedAt);
      hung(
        new EngineError(
          'hung',
          `The engine made no step for ${stuck} while decoding and was ended. Resume the run.`,
        ),
      );
    }
  };
  const timer = setInterval(check, WATCH_EVERY_MS).unref();
  return {
    saw(progress) {
      seenAt = Date.now();
      if (progress.steps !== last.steps || !progress.busy) steppedAt = seenAt;
      last = progress;
    },
    progress: () => last,
    end: () => clearInterval(timer),
  };
}
