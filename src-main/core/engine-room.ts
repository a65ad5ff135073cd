import { startEngine } from '../engine/host/start-engine.ts';
import { countTokens, probeDevices, probeHeaders, readPrompt } from '../engine/host/probe.ts';
import type { ReadModelPrompt } from './judging/read-prompt.ts';
import type { EngineStart } from './experiments/types.ts';
import type { ProbeDevices } from './hardware/machine.ts';
import type { Locations } from './locations.ts';
import type { Log } from './log.ts';
import type { ProbeHeaders } from './models/header-reader.ts';
import type { TokenCounterDeps } from './planning/token-counter.ts';

export interface EngineRoom {
  readonly start: EngineStart;
  readonly probeHeaders: ProbeHeaders;
  readonly probeDevices: ProbeDevices;
  readonly countTokens: TokenCounterDeps['countTokens'];
  readonly readPrompt: ReadModelPrompt;
}

/** Free memory of a card that only the engine can read is asked again after this. */
const FRESH_MS = 5000;
/** A machine in which no backend found a real card will hardly grow one while the workbench runs; a child a minute is too many. */
const NONE_FRESH_MS = 10 * 60_000;

/** Core's way to the engine's children: which program they run, under which Node, and where their words go. */
export function connectEngine(options: {
  readonly locations: Locations;
  readonly nodePath: string;
  readonly log: Log;
}): EngineRoom {
  const { locations, nodePath, log } = options;
  const entry = locations.probe;
  const said = (line: string): void => log.info('probe', { line });
  /** Whether a model has come or gone since the devices were read. */
  let aged = false;
  let devices: { readonly at: number; readonly found: ReturnType<ProbeDevices> } | null = null;
  const ask: ProbeDevices = (signal) => probeDevices({ entry, nodePath, signal, log: said });
  return {
    async start(start) {
      const engine = await startEngine({
        ...start,
        entry: locations.engine,
        env: locations.engineEnv,
        nodePath,
      });
      // The next run in line is planned on what is free now, not on what was before this load.
      aged = true;
      return {
        ...engine,
        async stop() {
          const exit = await engine.stop();
          aged = true;
          return exit;
        },
      };
    },
    probeHeaders: (paths, signal) => probeHeaders(paths, { entry, nodePath, signal, log: said }),
    countTokens: (path, prompts, signal) =>
      countTokens(path, prompts, { entry, nodePath, signal, log: said }),
    readPrompt: (path, asked, signal) => readPrompt(path, asked, { entry, nodePath, signal, log: said }),
    async probeDevices(signal) {
      if (devices !== null) {
        const found = await devices.found.catch(() => null);
        const real = found?.some((backend) => backend.devices.some((device) => !device.software)) ?? false;
        const fresh = real ? (aged ? 0 : FRESH_MS) : NONE_FRESH_MS;
        if (found !== null && Date.now() - devices.at < fresh) return found;
      }
      aged = false;
      devices = { at: Date.now(), found: ask(signal) };
      return devices.found;
    },
  };
}
