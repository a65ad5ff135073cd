import type { RemoteFailure } from './failure.ts';
import type { RemoteServer } from './options.ts';

/** One of the servers, with what is known of it now. */
export interface PooledServer {
  readonly server: RemoteServer;
  underWay: number;
  /** Not asked before this time, epoch ms. */
  restsUntil: number;
  /** Tries in a row that failed for the server's own sake. */
  failures: number;
  /** Epoch ms of the first of them; null when the last try was answered. */
  failingSince: number | null;
  /** The last of them. */
  failure: RemoteFailure | null;
}

export interface Pool {
  /** The one with most room, resting ones last; counts the request. */
  take(now: number): PooledServer;
  give(server: PooledServer): void;
  /** ms until one of them may be asked. */
  waitMs(now: number): number;
  /** ms for which none of them has answered, though asked; 0 when one has. */
  silentMs(now: number): number;
  /** Of one of them, while none answers. */
  failure(): RemoteFailure | null;
}

export function createPool(servers: readonly RemoteServer[]): Pool {
  const all = servers.map((server): PooledServer => ({
    server,
    underWay: 0,
    restsUntil: 0,
    failures: 0,
    failingSince: null,
    failure: null,
  }));
  return {
    take(now) {
      const [first, ...others] = all;
      if (first === undefined) throw new RangeError('A pool needs a server.');
      const rest = (one: PooledServer): number => Math.max(0, one.restsUntil - now);
      const best = others.reduce(
        (chosen, one) =>
          rest(one) < rest(chosen) || (rest(one) === rest(chosen) && one.underWay < chosen.underWay)
            ? one
            : chosen,
        first,
      );
      best.underWay += 1;
      return best;
    },
    give(server) {
      server.underWay -= 1;
    },
    failure: () => (all.every(({ failure }) => failure !== null) ? (all[0]?.failure ?? null) : null),
    silentMs: (now) => Math.min(...all.map(({ failingSince }) => now - (failingSince ?? now))),
    waitMs: (now) => Math.max(0, Math.min(...all.map((one) => one.restsUntil - now))),
  };
}

/** Its troubles are over. */
export function answered(server: PooledServer): void {
  server.failures = 0;
  server.failingSince = null;
  server.failure = null;
}
