import type { Experiment } from '../../domain/experiment.ts';
import type { Plan, PlanPhase } from '../../domain/plan.ts';
import type {
  MeasuredPhase,
  MemorySample,
  PhaseState,
  Run,
  RunCounts,
  RunEvent,
  RunLive,
  RunOwner,
  RunStatus,
  RunSummary,
} from '../../domain/run.ts';
import type { NewJudge } from './judges.ts';

export interface NewRun {
  readonly name: string;
  readonly experiment: Experiment;
  readonly plan: Plan | null;
  readonly datasetId: number;
  readonly phases: readonly {
    readonly role: 'generate' | 'judge';
    readonly modelName: string;
    readonly judge: NewJudge | null;
    readonly plan: PlanPhase | null;
  }[];
  /** Which questions: the first `limit` in the order of `seed` (0 keeps the file's order), each `samples` times. */
  readonly selection:
    | {
        readonly kind: 'questions';
        readonly limit: number | null;
        readonly seed: number;
        readonly samples: number;
      }
    /** Stored answers: all of another run, or those that a system's name brought with the dataset. */
    | { readonly kind: 'answers-of-run'; readonly runId: number; readonly limit: number | null }
    | {
        readonly kind: 'imported-answers';
        readonly system: string | null;
        readonly limit: number | null;
        readonly seed: number;
      };
  /** False shares the answers and judgments that were made before under the same keys; true makes each once more. */
  readonly again: boolean;
}

export interface PhasePatch {
  readonly state?: PhaseState;
  readonly startedAt?: number;
  readonly endedAt?: number;
  readonly loadMs?: number;
  readonly plan?: PlanPhase;
  readonly measured?: MeasuredPhase;
  readonly provenance?: Record<string, unknown>;
  readonly error?: string | null;
  /** Added to what is there: a phase may be resumed. */
  readonly addTokens?: number;
  readonly addBusyMs?: number;
  readonly addWorked?: number;
}

/** Runs, whose they are, and what happens to them. */
export interface RunCalls {
  'runs.create'(a: NewRun): number;
  'runs.list'(a: { limit: number; before: number | null }): RunSummary[];
  'runs.get'(a: { runId: number }): Run | null;
  /**
   * Takes the run when nobody has it or `expected` still does. Null when someone else was faster.
   * The token goes with every write.
   */
  'runs.claim'(a: { runId: number; owner: RunOwner; expected: RunOwner | null }): { token: number } | null;
  /** Also says whether someone asked to cancel. */
  'runs.heartbeat'(a: { runId: number; token: number; live: RunLive }): { cancelRequested: boolean };
  'runs.requestCancel'(a: { runId: number }): void;
  'runs.setStatus'(a: { runId: number; token: number; status: RunStatus }): void;
  /** Names the judge of a phase once its model's hash is known (phases may be made without); makes the judge when it is new. */
  'runs.setPhaseJudge'(a: { runId: number; token: number; seq: number; judge: NewJudge }): {
    judgeId: number;
    repeat: number;
  };
  /** Ends ownership with the run's new status. */
  'runs.release'(a: { runId: number; token: number; status: RunStatus; error: string | null }): void;
  /** Runs that somebody owns or owned when it died: status queued, running or cancelling. */
  'runs.owned'(): { runId: number; owner: RunOwner; heartbeatAt: number }[];
  /** For runs whose owner is provably gone: status interrupted, ownership ended. False when `expected` no longer has it. */
  'runs.markInterrupted'(a: { runId: number; expected: RunOwner }): boolean;
  'runs.patchPhase'(a: { runId: number; token: number; seq: number; patch: PhasePatch }): void;
  'runs.addEvents'(a: { runId: number; token: number; events: readonly Omit<RunEvent, 'seq'>[] }): void;
  'runs.events'(a: { runId: number; afterSeq: number; limit: number }): RunEvent[];
  'runs.addMemory'(a: { runId: number; token: number; samples: readonly MemorySample[] }): void;
  'runs.memory'(a: { runId: number }): MemorySample[];
  'runs.counts'(a: { runId: number }): RunCounts;
  'runs.remove'(a: { runId: number }): void;
}
