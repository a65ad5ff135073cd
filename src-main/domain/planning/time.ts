import type { PlanPhase, Schedule } from '../plan.ts';
import type { Range, SpeedEstimate } from './speed.ts';

/** What one phase has to do. */
export interface PhaseWork {
  readonly prompts: number;
  readonly promptTokens: number;
  /** Tokens written in all: answers, or reasons of a judge; next-token verdicts write none. */
  readonly newTokens: number;
}

export interface PhaseTime {
  readonly role: PlanPhase['role'];
  readonly modelName: string;
  readonly loadSeconds: Range;
  readonly workSeconds: Range;
  /** Seconds that one more prompt takes. */
  readonly perPromptSeconds: Range;
}

export interface ScheduleTime {
  readonly schedule: Schedule;
  readonly phases: readonly PhaseTime[];
  /** Loading, whatever the number of prompts. */
  readonly fixedSeconds: Range;
  readonly perPromptSeconds: Range;
  readonly totalSeconds: Range;
}

/** Bytes a second from disk: a SATA drive to a fast NVMe one, files that are cached above that. */
const DISK: Range = [0.4e9, 5e9];

/** Starting the engine's process and reading the header. */
const START_SECONDS: Range = [1, 6];

/** Slowest and fastest, as [low seconds, high seconds]. */
export function timePhase(
  phase: PlanPhase,
  fileBytes: number,
  work: PhaseWork,
  speed: SpeedEstimate,
): PhaseTime {
  const seconds = (which: 0 | 1): number =>
    work.promptTokens / speed.promptTokensPerSecond[which] + work.newTokens / speed.tokensPerSecond[which];
  const workSeconds: Range = [seconds(1), seconds(0)];
  const each = Math.max(1, work.prompts);
  return {
    role: phase.role,
    modelName: phase.modelName,
    loadSeconds: [START_SECONDS[0] + fileBytes / DISK[1], START_SECONDS[1] + fileBytes / DISK[0]],
    workSeconds,
    perPromptSeconds: [workSeconds[0] / each, workSeconds[1] / each],
  };
}

function add(a: Range, b: Range): Range {
  return [a[0] + b[0], a[1] + b[1]];
}

function longer(a: Range, b: Range): Range {
  return [Math.max(a[0], b[0]), Math.max(a[1], b[1])];
}

const NOTHING: Range = [0, 0];

/**
 * Wall-clock of an experiment. In turn, phases add up. Together on the same cards they share the cards, so work adds up
 * all the same; only loading overlaps with nothing. On cards of their own, judging follows generation item by item, and
 * the slower of them decides.
 */
export function timeSchedule(schedule: Schedule, phases: readonly PhaseTime[]): ScheduleTime {
  const combine = schedule === 'split' ? longer : add;
  const fixedSeconds = phases.map((p) => p.loadSeconds).reduce(schedule === 'split' ? longer : add, NOTHING);
  const work = phases.map((p) => p.workSeconds).reduce(combine, NOTHING);
  const perPromptSeconds = phases.map((p) => p.perPromptSeconds).reduce(combine, NOTHING);
  return { schedule, phases, fixedSeconds, perPromptSeconds, totalSeconds: add(fixedSeconds, work) };
}

/**
 * From how many prompts on `b` is faster than `a`, by the middle of both ranges. Zero: always; null: never.
 */
export function breakEvenPrompts(a: ScheduleTime, b: ScheduleTime): number | null {
  const middle = (range: Range): number => (range[0] + range[1]) / 2;
  const saved = middle(a.perPromptSeconds) - middle(b.perPromptSeconds);
  const extra = middle(b.fixedSeconds) - middle(a.fixedSeconds);
  if (extra <= 0 && saved >= 0) {
    return 0;
  }
  if (saved <= 0) {
    return null;
  }
  return Math.ceil(extra / saved);
}

/**
 * Rounds of generating and judging (a batch at a time, as real-time evaluation does) from which keeping both models loaded is
 * faster than loading them in turn every round. Null when it never is.
 */
export function breakEvenRounds(
  sequential: ScheduleTime,
  together: ScheduleTime,
  prompts: number,
): number | null {
  const middle = (range: Range): number => (range[0] + range[1]) / 2;
  const perRound = middle(sequential.fixedSeconds);
  const slower = (middle(together.perPromptSeconds) - middle(sequential.perPromptSeconds)) * prompts;
  const extra = middle(together.fixedSeconds) + Math.max(0, slower);
  return perRound <= 0 ? null : Math.max(1, Math.ceil(extra / perRound));
}
