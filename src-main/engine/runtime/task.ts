/** One prompt on its way through a decoder: what the own loop and the public way both take. */
import type { ChildProgress } from '../protocol.ts';

export interface Sampling {
  readonly temperature: number;
  readonly topP: number;
  /** 32 bits, from the job's seed, sample index and prompt. */
  readonly seed: number;
}

interface BaseTask {
  readonly stream: number;
  readonly tokens: Uint32Array;
  /** Ends of the pieces in which the prompt is evaluated, ascending; the last is the prompt's length. */
  readonly pieces: readonly number[];
  /** A sequence took it. */
  started(): void;
}

export interface GenerateTask extends BaseTask {
  readonly kind: 'generate';
  /** Null for greedy. */
  readonly sampling: Sampling | null;
  /** Takes a token and ln of its probability over the whole vocabulary at temperature 1; true while more are wanted. */
  token(token: number, logprob: number): boolean;
  finished(): void;
}

export interface ScoreTask extends BaseTask {
  readonly kind: 'score';
  /** Tokens whose probabilities are asked for. */
  readonly labels: readonly number[];
  /** Probabilities of the labels over the whole vocabulary, and the most probable token. */
  scored(probabilities: readonly number[], top: number): void;
}
export type Task = GenerateTask | ScoreTask;

export interface Decoder {
  readonly loop: 'own' | 'public';
  readonly shape: 'constant' | 'free';
  submit(task: Task): void;
  /** Drops what waits of a stream; calls back when nothing of it is under way. */
  cancel(stream: number, stopped: () => void): void;
  progress(): ChildProgress;
}

/**
 * Ends of a prompt's pieces: cut at every shared end and, between these, every `batch` tokens. The same prompt is
 * always cut at the same places, whoever its neighbours are, because the number of rows decides which kernels run
 * and with them the last bits of the result.
 */
export function piecesOf(length: number, cuts: readonly number[], batch: number): number[] {
  const pieces: number[] = [];
  let from = 0;
  for (const end of [...cuts.filter((cut) => cut > 0 && cut < length), length]) {
    for (let at = from + batch; at < end; at += batch) pieces.push(at);
    if (end > from) pieces.push(end);
    from = end;
  }
  return pieces;
}
