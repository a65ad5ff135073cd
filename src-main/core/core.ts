import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { createRouterClient } from '@orpc/server';
import type { Workbench } from '../contract/client.ts';
import type { AppInfo } from '../domain/app.ts';
import type { ModelFile } from '../domain/model.ts';
import { openStore } from '../store/client.ts';
import { createAnalysisSource } from './analysis/source.ts';
import { startRemoteEngine } from '../engine/remote/start-remote.ts';
import { tryServers } from '../engine/remote/try-server.ts';
import { removeDeadImports } from './datasets/abandon-import.ts';
import { connectEngine } from './engine-room.ts';
import { createMemoryQueue } from './experiments/memory-queue.ts';
import { thisOwner } from './experiments/owner.ts';
import { createRunManager, type RunManager } from './experiments/run-manager.ts';
import type { RunnerDeps } from './experiments/types.ts';
import { createGrants, type Grants } from './grants.ts';
import { firstReading, readMachine, watchMachine } from './hardware/machine.ts';
import { createMemoryReader } from './hardware/memory-reader.ts';
import { createPromptLibrary } from './judging/prompt-library.ts';
import { homeFolder, type Locations } from './locations.ts';
import { createLog, type Log } from './log.ts';
import { Problem } from './problem.ts';
import { modelFetcher } from './models/fetch-model.ts';
import { createModelLibrary } from './models/library.ts';
import type { ModelCache } from './models/model-cache.ts';
import { createModelsService } from './models/service.ts';
import { scanModels } from './models/scan-models.ts';
import { createFit } from './planning/fit.ts';
import { createLedger } from './planning/ledger.ts';
import { createLongestQuestions } from './planning/longest-questions.ts';
import { createModelSource } from './planning/model-source.ts';
import { createPlanner } from './planning/planner.ts';
import { recentMachine, type RecentMachine } from './planning/recent-machine.ts';
import { remoteHeaders } from './planning/remote-header.ts';
import { createPlanning } from './planning/service.ts';
import { catalogueFiles } from './planning/tables.ts';
import { createTokenCounter } from './planning/token-counter.ts';
import { type AppRouter, createRouter } from './router/index.ts';
import { createRecentServers } from './settings/recent-servers.ts';
import { openSettings } from './settings/settings.ts';

export interface CoreOptions {
  readonly dataDir: string;
  readonly door: AppInfo['door'];
  readonly version: string;
  readonly locations: Locations;
  /** The Node that runs engine children: never Electron. */
  readonly nodePath: string;
  readonly env: NodeJS.ProcessEnv;
  /** Keys kept elsewhere (the desktop's safe storage), asked before the environment, by the name of the variable. */
  readonly apiKey?: (variable: string) => Promise<string | null>;
  readonly platform?: NodeJS.Platform;
  readonly home?: string;
}

export interface Core {
  readonly router: AppRouter;
  /** The same router called directly: the terminal's door. Throws Problem for expected failures. */
  readonly client: Workbench;
  readonly grants: Grants;
  readonly runs: RunManager;
  /** A model by path, name or id, also outside the folders. Throws Problem NOT_FOUND. */
  readonly resolveModel: (choice: string) => Promise<ModelFile>;
  readonly log: Log;
  readonly dataDir: string;
  /** Stops runs so that another process can resume them, ends children, closes the database. */
  close(): Promise<void>;
}

const MACHINE_INTERVAL_MS = 2000;

async function makeDataFolder(dataDir: string): Promise<void> {
  try {
    await mkdir(dataDir, { recursive: true, mode: 0o700 });
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new Problem(
      'STORAGE',
      `The data folder ${dataDir} could not be made (${why}). Name another with --data-dir or ASSIZE_DATA_DIR.`,
    );
  }
}

/**
 * The workbench in this process. Throws Problem when its folder cannot be made, StoreError when the database cannot be opened, with a sentence.
 */
export async function createCore(options: CoreOptions): Promise<Core> {
  const { dataDir, locations, env } = options;
  const platform = options.platform ?? process.platform;
  await makeDataFolder(dataDir);
  const log = createLog(join(dataDir, 'assize.log'));
  const databasePath = join(dataDir, 'assize.sqlite');
  const store = await openStore({ path: databasePath, workerEntry: locations.storeWorker });
  const settings = await openSettings(join(dataDir, 'settings.json'));
  if (settings.problem !== null) log.warn(settings.problem);
  const closing = new AbortController();
  const owner = thisOwner(options.door);
  const grants = createGrants();
  const engine = connectEngine({ locations, nodePath: options.nodePath, log });
  const ownModels = join(dataDir, 'models');

  const cache: ModelCache = {
    get: (key) => store.call('cache.get', { key }),
    put: (key, value) => store.call('cache.put', { key, value }),
  };
  const library = createModelLibrary({
    scan: (signal) =>
      scanModels({
        folders: settings.get().modelFolders,
        ownFolder: ownModels,
        env,
        home: options.home ?? homeFolder() ?? dataDir,
        platform,
        signal,
      }),
    probeHeaders: engine.probeHeaders,
    cache,
  });
  const models = createModelsService({
    library,
    closing: closing.signal,
    fetchModel: modelFetcher({ folder: ownModels, folders: () => settings.get().modelFolders, dataDir, env }),
  });
  const machineDeps = () => ({
    probeDevices: engine.probeDevices,
    dataDir,
    disks: settings.get().modelFolders,
    env,
    platform,
  });
  const machine = (signal: AbortSignal) => readMachine({ ...machineDeps(), signal });
  // A page shows what is known and is followed by the rest; a command in a terminal waits for the whole truth.
  const recent: RecentMachine =
    options.door === 'cli'
      ? { now: machine, whole: machine }
      : recentMachine({
          read: machine,
          quick: (signal) => firstReading(machineDeps(), signal),
          closing: closing.signal,
        });
  const countPrompts = createTokenCounter({ countTokens: engine.countTokens, cache, log });
  const ledger = createLedger({ store, machine, log });
  const planner = createPlanner({ machine, header: models.header, settings: () => settings.get(), ledger });
  const prompts = createPromptLibrary(join(locations.resources, 'prompts'), join(dataDir, 'prompts'));
  const runner: RunnerDeps = {
    store,
    models,
    planner,
    countPrompts,
    ledger,
    startEngine: engine.start,
    startRemote: startRemoteEngine,
    apiKey: async (variable) => (await options.apiKey?.(variable)) ?? env[variable],
    memory: createMemoryReader(env, platform),
    queue: createMemoryQueue(),
    closing: closing.signal,
    machine,
    judgePrompt: (id) => prompts.get(id),
    log,
  };
  const catalogue = catalogueFiles(join(locations.resources, 'catalogue'), join(dataDir, 'catalogue'));
  const planning = createPlanning({
    store,
    list: () => library.list(),
    header: models.header,
    machine: recent.whole,
    machineNow: recent.now,
    settings: () => settings.get(),
    ledger,
    catalogue,
    countPrompts,
    longestQuestions: createLongestQuestions(store),
    judgePrompt: runner.judgePrompt,
    source: createModelSource({
      resolve: models.resolve,
      header: models.header,
      list: () => library.list(),
      remoteHeader: remoteHeaders({ probeHeaders: engine.probeHeaders, env }),
      shapes: async () => (await catalogue.read()).shapes,
    }),
  });
  const runs = createRunManager(runner, owner, (busy) =>
    busy ? library.pauseHashing() : library.resumeHashing(),
  );
  await runs.recover();
  // Of large imports this takes a while; nothing waits for it.
  removeDeadImports(store).catch((error: unknown) =>
    log.warn('what a killed import left was not removed', { error: String(error) }),
  );
  const router = createRouter({
    store,
    owner,
    settings,
    grants,
    models,
    runs,
    runner,
    prompts,
    readPrompt: engine.readPrompt,
    recentServers: createRecentServers(join(dataDir, 'servers.json')),
    tryServers,
    analysis: createAnalysisSource(store),
    planning,
    fit: createFit({ planner, library, machine: recent.whole, scanOnce: models.scanOnce }),
    watchMachine: (signal) => watchMachine(machineDeps(), MACHINE_INTERVAL_MS, signal),
    about: () => ({
      version: options.version,
      door: options.door,
      dataDir,
      databasePath,
      node: process.version,
      defaultModelPresent: library.list().some((model) => model.problem === null),
    }),
    exportsFolder: join(dataDir, 'exports'),
    builtInDataset: join(locations.resources, 'datasets', 'general-knowledge.jsonl'),
  });
  void models
    .scanOnce()
    .catch((error: unknown) => log.warn('models were not scanned', { error: String(error) }));
  return {
    router,
    client: createRouterClient(router),
    grants,
    runs,
    resolveModel: models.resolve,
    log,
    dataDir,
    async close() {
      closing.abort();
      await runs.close();
      await store[Symbol.asyncDispose]();
    },
  };
}
