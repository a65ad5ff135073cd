import { EngineError } from '../engine.ts';
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
  /** Before a request is sent. Throws EngineError cost-cap when the cap is reached, or would be by a request of average cost. */
  begin(): void;
  /** When it has ended; null when it brought nothing. */
  end(usage: Usage | null): void;
  report(): CostReport;
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
  let underWay = 0;
  let estimated = false;
  const here = (): number =>
    prices === null
      ? 0
      : (promptTokens * prices.inputUsdPerMillion + writtenTokens * prices.outputUsdPerMillion) / MILLION;
  return {
    begin() {
      if (prices !== null && maxUsd !== null) {
        const spent = options.spentUsd + here();
        const average = requests === 0 ? 0 : here() / requests;
        if (spent >= maxUsd || spent + (underWay + 1) * average > maxUsd) throw capReached(spent, maxUsd);
      }
      underWay += 1;
    },
    end(usage) {
      underWay -= 1;
      if (usage === null) return;
      requests += 1;
      promptTokens += usage.promptTokens;
      writtenTokens += usage.writtenTokens;
      estimated ||= !usage.counted;
    },
    report: () => ({
      requests,
      promptTokens,
      writtenTokens,
      usd: prices === null ? null : options.spentUsd + here(),
      estimated,
    }),
  };
}

function capReached(spent: number, maxUsd: number): EngineError {
  return new EngineError(
    'cost-cap',
    `Stopped at the cost cap: $${spent.toFixed(4)} of $${maxUsd} is spent, and another request would pass it. ` +
      'What was answered is kept; a new run with a higher cap goes on from there.',
  );
}
