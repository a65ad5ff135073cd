import type { Called } from './caller.ts';
import type { CostReport } from './cost.ts';
import type { Dialect } from './dialect.ts';
import { hostOf, type RemoteOptions } from './options.ts';

/** What the servers said of themselves, and what they were asked. */
export interface RemoteReport {
  readonly hosts: readonly string[];
  /** Names under which replies came: a hosted alias resolves to a dated one. */
  readonly models: readonly string[];
  readonly fingerprints: readonly string[];
  /** Server headers, and who owns the model by the server's list. */
  readonly software: readonly string[];
  readonly dialect: Dialect;
  readonly cost: CostReport;
}

/** Gathers what replies say. */
export interface Facts {
  heard(called: Called): void;
  software(names: readonly unknown[]): void;
  report(dialect: Dialect, cost: CostReport): RemoteReport;
}

export function createFacts(options: RemoteOptions): Facts {
  const models = new Set<string>();
  const fingerprints = new Set<string>();
  const software = new Set<string>();
  return {
    heard({ completion }) {
      if (completion.model !== null) models.add(completion.model);
      if (completion.fingerprint !== null) fingerprints.add(completion.fingerprint);
    },
    software(names) {
      for (const name of names) if (typeof name === 'string' && name !== '') software.add(name);
    },
    report: (dialect, cost) => ({
      hosts: options.servers.map((server) => hostOf(server.baseUrl)),
      models: [...models],
      fingerprints: [...fingerprints],
      software: [...software],
      dialect,
      cost,
    }),
  };
}
