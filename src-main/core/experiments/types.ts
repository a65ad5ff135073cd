import type { ModelChoice } from '../../domain/experiment.ts';
import type { Machine } from '../../domain/hardware.ts';
import type { JudgePrompt } from '../../domain/prompts/judge-prompt.ts';
import type { GgufHeader, ModelFile } from '../../domain/model.ts';
import type { LoadSettings, PlanPhase } from '../../domain/plan.ts';
import type { Occupied } from '../../domain/planning/plan-model.ts';
import type { MemorySample, Run, RunEvent } from '../../domain/run.ts';
import type { Engine } from '../../engine/engine.ts';
import type { RemoteOptions } from '../../engine/remote/options.ts';
import type { RemoteEngine } from '../../engine/remote/start-remote.ts';
import type { Store } from '../../store/api.ts';
import type { Log } from '../log.ts';
import type { LoadLedger } from '../planning/ledger.ts';
import type { CountPrompts } from '../planning/token-counter.ts';
import type { MemoryQueue, Place } from './memory-queue.ts';
import type { Resident } from './resident.ts';

/** The models room, as far as a run needs it. */
export interface RunModels {
  /** By path, file name, id or name. Throws Problem NOT_FOUND with a sentence. */
  resolve(choice: string): Promise<ModelFile>;
  /** The hash, computed now when it is not known yet. */
  sha256(
    model: ModelFile,
    signal: AbortSignal,
    onProgress: (done: number, total: number) => void,
  ): Promise<string>;
  header(model: ModelFile): Promise<GgufHeader>;
}

/** What a phase needs of a context, in tokens: prompt and answer of the longest item. */
export interface PhaseNeed {
  readonly promptTokens: number;
  readonly newTokens: number;
  readonly items: number;
}

export interface RunPlanner {
  phase(a: {
    readonly role: 'generate' | 'judge';
    readonly model: ModelFile;
    readonly choice: ModelChoice;
    readonly need: PhaseNeed;
    readonly signal: AbortSignal;
    /** After a load that failed for memory: at most this many layers on the GPU. */
    readonly maxGpuLayers?: number;
    /** Bytes by device that are to be left alone, or, below zero, that will be free by then. */
    readonly occupied?: Occupied;
  }): Promise<PlanPhase>;
}

export interface EngineStart {
  (a: {
    readonly modelPath: string;
    readonly settings: LoadSettings;
    readonly totalLayers: number;
    readonly signal: AbortSignal;
    readonly log: (line: string) => void;
  }): Promise<Engine>;
}

export interface RemoteStart {
  (options: RemoteOptions): Promise<RemoteEngine>;
}

/** Memory of one process and of the devices it uses, now. */
export interface MemoryReader {
  sample(pid: number, settings: LoadSettings): Promise<Omit<MemorySample, 'at' | 'phaseSeq'>[]>;
}

export interface RunnerDeps {
  readonly store: Store;
  readonly models: RunModels;
  readonly planner: RunPlanner;
  /** What the planner sizes contexts from. */
  readonly countPrompts: CountPrompts;
  /** Learns from every load. */
  readonly ledger: Pick<LoadLedger, 'record'>;
  readonly startEngine: EngineStart;
  readonly startRemote: RemoteStart;
  /** The key under the name of an environment variable; null or undefined when there is none. Asked each time, never kept. */
  readonly apiKey: (variable: string) => string | null | undefined | Promise<string | null | undefined>;
  readonly memory: MemoryReader;
  /** The line of this process's runs. */
  readonly queue: MemoryQueue;
  /** Aborted when the workbench closes. */
  readonly closing: AbortSignal;
  readonly machine: (signal: AbortSignal) => Promise<Machine>;
  /** By id, version or hash; `ref` names this very content for good. */
  readonly judgePrompt: (
    ref: string,
  ) => Promise<{ readonly prompt: JudgePrompt; readonly sha256: string; readonly ref: string }>;
  readonly log: Log;
}

/** A run in progress, as its phases see it. */
export interface RunContext {
  readonly deps: RunnerDeps;
  readonly run: Run;
  readonly token: number;
  readonly signal: AbortSignal;
  /** In the line of runs that wait for memory. */
  readonly place: Place;
  /** What one judge phase leaves loaded for the next. */
  readonly resident: Resident;
  event(level: RunEvent['level'], text: string): void;
  /** Shown live: "Loading …". */
  step(text: string): void;
  /** Called when a phase has done its work, before the check of it and the end of its model. */
  workDone?(): void;
  /** Read at each heartbeat for the live rates; null while no engine works. */
  showMeter(meter: PhaseMeter | null): void;
}

export interface PhaseMeter {
  readonly seq: number;
  tokens(): number;
  items(): number;
  readonly total: number;
  activeSequences(): number;
}
