import type { Experiment } from './experiment.ts';
import type { Plan, PlanPhase } from './plan.ts';

export type RunStatus = 'queued' | 'running' | 'cancelling' | 'cancelled' | 'interrupted' | 'failed' | 'done';
export type PhaseState = 'waiting' | 'loading' | 'running' | 'unloading' | 'done' | 'failed' | 'cancelled';

/** Who writes a run's rows: a process that is provably the same one, or provably gone. */
export interface RunOwner {
  readonly pid: number;
  /** Of the process, in clock ticks since boot where the system tells, else epoch ms: a reused pid differs. */
  readonly startTime: string;
  readonly bootId: string;
  readonly hostname: string;
  /** "serve", "desktop", "cli": where the run can be cancelled from. */
  readonly door: string;
}

/** Whether both are one process; through which door it came does not matter. */
export function sameOwner(a: RunOwner, b: RunOwner): boolean {
  return a.pid === b.pid && a.startTime === b.startTime && a.bootId === b.bootId && a.hostname === b.hostname;
}

/** What the owner says of its live work at each heartbeat; everything countable comes from the rows themselves. */
export interface RunLive {
  readonly tokensPerSecond: number | null;
  readonly itemsPerSecond: number | null;
  readonly etaSeconds: number | null;
  readonly activeSequences: number;
  /** "Loading SmolLM2 (98 MB)…" */
  readonly step: string;
}

export interface RunPhase {
  readonly seq: number;
  readonly role: 'generate' | 'judge';
  readonly modelName: string;
  readonly judgeId: number | null;
  /** 0 shares judgments (or answers) made before under the same key; n > 0 is the n-th repeat that was asked for. */
  readonly repeat: number;
  readonly state: PhaseState;
  readonly total: number;
  readonly done: number;
  readonly failed: number;
  readonly startedAt: number | null;
  readonly endedAt: number | null;
  /** Tokens written (generate) or prompt tokens evaluated (judge), and the seconds that took, load not counted. */
  readonly tokens: number;
  readonly busyMs: number;
  /** Items that were worked on in those seconds: `done` also counts what was stored before. */
  readonly worked: number;
  readonly loadMs: number | null;
  readonly plan: PlanPhase | null;
  /** Bytes seen, by device id, at the peak of the phase and after its process had ended. */
  readonly measured: MeasuredPhase | null;
  /** Model hash and header facts, engine and llama.cpp version, backend, device, layers, context, sequences, threads, hashes. */
  readonly provenance: Readonly<Record<string, unknown>> | null;
  readonly error: string | null;
}

export interface MeasuredPhase {
  readonly devices: readonly {
    readonly deviceId: string;
    readonly name: string;
    /** llama.cpp's own account of its buffers. */
    readonly weightsBytes: number;
    readonly kvBytes: number;
    readonly computeBytes: number;
    /** Of the process on the device, highest sample; null where the system does not tell. */
    readonly peakBytes: number | null;
    readonly beforeBytes: number | null;
    readonly afterBytes: number | null;
    /** Of the whole device, all processes, highest sample while the model was loaded. */
    readonly usedPeakBytes?: number | null;
  }[];
  readonly exit: string;
}

export interface RunSummary {
  readonly id: number;
  readonly name: string;
  readonly createdAt: number;
  readonly startedAt: number | null;
  readonly endedAt: number | null;
  readonly status: RunStatus;
  readonly datasetId: number;
  readonly datasetName: string;
  /** Answers wanted (questions × samples), and there. */
  readonly total: number;
  readonly answered: number;
  readonly phases: readonly RunPhase[];
  readonly live: RunLive | null;
  readonly owner: RunOwner | null;
  readonly error: string | null;
}

export interface Run extends RunSummary {
  readonly experiment: Experiment;
  readonly plan: Plan | null;
  readonly judges: readonly JudgeInfo[];
}

/** A judge as rows know it: a model with a prompt, a rule, a person, or the name a file gave. */
export interface JudgeInfo {
  readonly id: number;
  readonly sha256: string;
  readonly kind: 'model' | 'human' | 'lexical' | 'imported' | 'api' | 'panel';
  readonly name: string;
  readonly modelSha256: string | null;
  readonly promptId: string | null;
  readonly promptSha256: string | null;
  readonly labelOrder: 'AB' | 'BA' | null;
  readonly mode: string;
}

/** Something that happened in a run, kept with it: a step, a retry, a failed row, a child's last words. */
export interface RunEvent {
  readonly seq: number;
  readonly at: number;
  readonly level: 'info' | 'warning' | 'error';
  readonly text: string;
}

/** One sample of memory while a run was on. */
export interface MemorySample {
  readonly at: number;
  readonly phaseSeq: number;
  readonly deviceId: string;
  /** Of the engine's process on that device; null where the system does not tell. */
  readonly processBytes: number | null;
  /** Of the whole device, all processes. */
  readonly deviceUsedBytes: number | null;
}

/** Counts and means of one judge over one run's answers: the raw material of every accuracy shown. */
export interface JudgeCounts {
  readonly judge: JudgeInfo;
  readonly correct: number;
  readonly incorrect: number;
  readonly notAttempted: number;
  readonly unparsed: number;
  readonly error: number;
  readonly skipped: number;
  /** Answers that this judge has not seen. */
  readonly missing: number;
  readonly meanPCorrect: number | null;
  readonly meanLabelMass: number | null;
  /** Verdicts that have a label mass, and those of them whose labels have less than half of the probability. */
  readonly massKnown: number;
  readonly massLittle: number;
}

export interface RunCounts {
  readonly runId: number;
  readonly answers: number;
  readonly withGold: number;
  readonly truncated: number;
  readonly loops: number;
  readonly failed: number;
  /** Answers without a character but white space. */
  readonly empty: number;
  /** Answers that speak to a judge (flagged when they were stored). */
  readonly injected: number;
  readonly meanNll: number | null;
  readonly meanTokens: number | null;
  readonly tokens: number;
  readonly exactMatch: { readonly correct: number; readonly scored: number };
  readonly contains: { readonly correct: number; readonly scored: number };
  readonly f1: { readonly mean: number | null; readonly scored: number };
  readonly judges: readonly JudgeCounts[];
}
