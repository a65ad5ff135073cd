import type { AppInfo } from '../../domain/app.ts';
import type { ModelFit } from '../../domain/fit.ts';
import type { Machine } from '../../domain/hardware.ts';
import type { Progress } from '../../domain/import.ts';
import type { ModelFile } from '../../domain/model.ts';
import type { RunOwner } from '../../domain/run.ts';
import type { Store } from '../../store/api.ts';
import type { AnalysisSource } from '../analysis/source.ts';
import type { RunManager } from '../experiments/run-manager.ts';
import type { RunnerDeps } from '../experiments/types.ts';
import type { Grants } from '../grants.ts';
import type { PromptLibrary } from '../judging/prompt-library.ts';
import type { PlanningService } from '../planning/service.ts';
import type { ServerTrial } from '../../domain/servers.ts';
import type { TryOptions } from '../../engine/remote/try-server.ts';
import type { ReadModelPrompt } from '../judging/read-prompt.ts';
import type { RecentServers } from '../settings/recent-servers.ts';
import type { SettingsFile } from '../settings/settings.ts';
import type { ModelList } from '../../contract/models.ts';

/** The models room as the router needs it. */
export interface ModelsService {
  list(): ModelList;
  /** Looks again in every folder; what was found appears in the list as it is found. */
  rescan(signal: AbortSignal): AsyncGenerator<Progress>;
  resolve(choice: string): Promise<ModelFile>;
  /** A model file wherever it lies; it joins the list. Throws Problem. */
  addFile(path: string, signal: AbortSignal): Promise<ModelFile>;
  download(uri: string, signal: AbortSignal): AsyncGenerator<Progress>;
  hash(modelId: string, signal: AbortSignal): AsyncGenerator<Progress>;
}

/** All that handlers may use. Made once by createCore. */
export interface Services {
  readonly store: Store;
  readonly owner: RunOwner;
  readonly settings: SettingsFile;
  readonly grants: Grants;
  readonly models: ModelsService;
  readonly runs: RunManager;
  readonly runner: RunnerDeps;
  readonly prompts: PromptLibrary;
  readonly readPrompt: ReadModelPrompt;
  readonly recentServers: RecentServers;
  readonly tryServers: (options: TryOptions) => Promise<ServerTrial[]>;
  readonly analysis: AnalysisSource;
  readonly fit: (
    modelIds: readonly string[] | null,
    context: number | null,
    signal: AbortSignal,
  ) => Promise<ModelFit[]>;
  readonly planning: PlanningService;
  readonly watchMachine: (signal: AbortSignal) => AsyncIterable<Machine>;
  readonly about: () => AppInfo;
  readonly exportsFolder: string;
  readonly builtInDataset: string;
}
