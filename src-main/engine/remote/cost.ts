import { EngineError } from '../engine.ts';
import { NoReply } from './http.ts';
import type { Prices } from './options.ts';

export interface Usage {
  readonly promptTokens: number;
  readonly writtenTokens: number;
  /** False where the server did not say and the numbers come from the texts' lengths. */
  readonly counted: boolean;
}

export interface CostReport {
  readonly requests: number;
  readonly promptTokens: number;
  readonly writtenTokens: number;
  /** Of this engine and of what was spent before on the same work; null without prices. */
  readonly usd: number | null;
  /** True when some replies did not say what they used. */
  readonly estimated: boolean;
}

export interface CostMeter {
  /**
   * Before a request is sent, with the most that it can use. Waits while requests under way might leave too little, so that
   * the cap is used up and not passed. Throws EngineError cost-cap when it would be passed, NoReply 'aborted'.
   */
  begin(most: Omit<Usage, 'counted'>, signal: AbortSignal): Promise<Reservation>;
  report(): CostReport;
}

export interface Reservation {
  /** When the request has ended; null when it brought nothing. */
  end(usage: Usage | null): void;
}

const MILLION = 1_000_000;

export function createCostMeter(options: {
  readonly prices: Prices | null;
  readonly maxUsd: number | null;
  readonly spentUsd: number;
}): CostMeter {
  const { prices, maxUsd } = options;
  let requests = 0;
  let promptTokens = 0;
  let writtenTokens = 0;
  let reserved = 0;
  let underWay = 0;
  const waiting = new Set<() => void>();
  let estimated = false;
  const usdOf = (read: number, written: number): number =>
    prices === null ? 0 : (read * prices.inputUsdPerMillion + written * prices.outputUsdPerMillion) / MILLION;
  const here = (): number => usdOf(promptTokens, writtenTokens);
  const spent = (): number => options.spentUsd + here();
  const oneEnds = (signal: AbortSignal): Promise<void> =>
    new Promise((resolve, reject) => {
      const done = (): void => {
        waiting.delete(done);
        signal.removeEventListener('abort', done);
        if (signal.aborted) reject(new NoReply('aborted'));
        else resolve();
      };
      waiting.add(done);
      signal.addEventListener('abort', done, { once: true });
    });
  return {
    async begin(most, signal) {
      const usd = usdOf(most.promptTokens, most.writtenTokens);
      if (maxUsd !== null) {
        while (spent() + reserved + usd > maxUsd) {
          if (underWay === 0) throw capReached(spent(), maxUsd);
          await oneEnds(signal);
        }
      }
      reserved += usd;
      underWay += 1;
      return {
        end(usage) {
          reserved -= usd;
          underWay -= 1;
          if (usage !== null) {
            requests += 1;
            promptTokens += usage.promptTokens;
            writtenTokens += usage.writtenTokens;
            estimated ||= !usage.counted;
          }
          for (const wake of waiting) wake();
        },
      };
    },
    report: () => ({
      requests,
      promptTokens,
      writtenTokens,
      usd: prices === null ? null : spent(),
      estimated,
    }),
  };
}

function capReached(spent: number, maxUsd: number): EngineError {
  return new EngineError(
    'cost-cap',
    `Stopped at the cost cap: $${spent.toFixed(4)} of $${maxUsd} is spent, and one more request could pass it. ` +
      'What was answered is kept; a new run with a higher cap goes on from there.',
  );
}
