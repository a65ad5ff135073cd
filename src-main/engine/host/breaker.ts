import { EngineError } from '../engine.ts';

/** Three: one may be chance, two a machine under pressure; a third means the next will fail too. */
const FAILURES_TO_OPEN = 3;
/** After a minute one more start is let through, for a driver that was reloaded or memory that was freed. */
const COOL_DOWN_MS = 60_000;

/** Counts failures of the machinery (crash, hang, protocol) in a row and refuses further starts after the third. */
export interface Breaker {
  /** Throws EngineError('circuit-open') while open. */
  check(): void;
  failed(reason: string): void;
  succeeded(): void;
}

/**
 * One breaker for what shares a fate: a model with its settings, usually a run. Running out of memory or an unusable
 * file are answers, not failures of the machinery, and are not counted by startEngine.
 */
export function createBreaker(now: () => number = Date.now): Breaker {
  let failures = 0;
  let openedAt: number | null = null;
  let lastReason = '';
  return {
    check() {
      if (openedAt === null) return;
      if (now() - openedAt >= COOL_DOWN_MS) {
        openedAt = null;
        failures = FAILURES_TO_OPEN - 1;
        return;
      }
      throw new EngineError(
        'circuit-open',
        `The engine failed ${FAILURES_TO_OPEN} times in a row and is not started again for a minute. ` +
          `Last failure: ${lastReason}`,
      );
    },
    failed(reason) {
      failures += 1;
      lastReason = reason;
      if (failures >= FAILURES_TO_OPEN) openedAt = now();
    },
    succeeded() {
      failures = 0;
      openedAt = null;
    },
  };
}
