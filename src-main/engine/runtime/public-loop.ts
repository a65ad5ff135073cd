/**
 * The same work by node-llama-cpp's public interface only: where the addon is not as expected. Right first; about half
 * as fast. Every prompt begins in an empty sequence, and rows come and go, so that the last bits of an answer may
 * depend on its neighbours.
 */
import type { LlamaContext, LlamaContextSequence, Token } from 'node-llama-cpp';
import type { ChildProgress } from '../protocol.ts';
import { drawFrom, randomFrom } from './draw.ts';
import type { Decoder, GenerateTask, ScoreTask, Task } from './task.ts';

export interface PublicOptions {
  readonly context: LlamaContext;
  readonly sequences: number;
  readonly capacity: number;
  readonly broken: (error: unknown) => void;
}

export class PublicLoop implements Decoder {
  readonly loop = 'public';
  readonly shape = 'free';
  #options: PublicOptions;
  #queue: Task[] = [];
  #idle: LlamaContextSequence[];
  #active = new Map<Task, { cancelled: boolean }>();
  #cancels = new Map<number, () => void>();
  #counts = { generatedTokens: 0, promptTokens: 0, steps: 0 };

  constructor(options: PublicOptions) {
    this.#options = options;
    this.#idle = Array.from({ length: options.sequences }, () => options.context.getSequence());
  }

  submit(task: Task): void {
    this.#queue.push(task);
    setImmediate(() => this.#start());
  }

  cancel(stream: number, stopped: () => void): void {
    this.#queue = this.#queue.filter((task) => task.stream !== stream);
    for (const [task, state] of this.#active) if (task.stream === stream) state.cancelled = true;
    this.#cancels.set(stream, stopped);
    this.#confirmCancels();
  }

  progress(): ChildProgress {
    return { ...this.#counts, activeSequences: this.#active.size, busy: this.#active.size > 0 };
  }

  #confirmCancels(): void {
    const streams = new Set([...this.#active.keys()].map((task) => task.stream));
    for (const [stream, stopped] of this.#cancels) {
      if (streams.has(stream)) continue;
      this.#cancels.delete(stream);
      stopped();
    }
  }

  #start(): void {
    while (this.#idle.length > 0 && this.#queue.length > 0) {
      const [sequence, task] = [this.#idle.pop(), this.#queue.shift()];
      if (sequence && task) void this.#run(sequence, task);
    }
  }

  async #run(sequence: LlamaContextSequence, task: Task): Promise<void> {
    const state = { cancelled: false };
    this.#active.set(task, state);
    task.started();
    try {
      await sequence.clearHistory();
      if (task.kind === 'score') await this.#score(sequence, task, state);
      else await this.#generate(sequence, task, state);
    } catch (error) {
      this.#options.broken(error);
      return;
    }
    this.#active.delete(task);
    this.#idle.push(sequence);
    this.#confirmCancels();
    this.#start();
  }

  /** Evaluates tokens after what the sequence holds; asks for the next one's distribution at the last. */
  async #next(
    sequence: LlamaContextSequence,
    tokens: readonly Token[],
    want: { filter: readonly Token[] } | 'all' | 'greedy',
  ): Promise<{ token: Token; total: number; logits: Map<Token, number> }> {
    const last = tokens.at(-1);
    if (last === undefined) throw new Error('An empty prompt has no next token.');
    const logits =
      want === 'greedy'
        ? false
        : want === 'all' || { filter: { tokens: want.filter, includeSelected: true } };
    const generateNext = { token: true, totalLogitWeight: true, logits, options: { temperature: 0 } };
    const outputs = await sequence.controlledEvaluate([...tokens.slice(0, -1), [last, { generateNext }]]);
    this.#counts.steps += 1;
    const next = outputs.at(-1)?.next;
    if (next?.token === undefined || next.token === null) throw new Error('The model gave no next token.');
    return {
      token: next.token,
      total: next.totalLogitWeight ?? Number.NaN,
      logits: next.logits ?? new Map(),
    };
  }

  async #generate(
    sequence: LlamaContextSequence,
    task: GenerateTask,
    state: { cancelled: boolean },
  ): Promise<void> {
    const random = randomFrom(task.sampling?.seed ?? 0);
    let input: readonly Token[] = Array.from(task.tokens, asToken);
    this.#counts.promptTokens += input.length;
    for (let length = input.length; length <= this.#options.capacity; length++) {
      const next = await this.#next(sequence, input, task.sampling ? 'all' : 'greedy');
      if (state.cancelled) return;
      const { token, logprob } = task.sampling
        ? drawFrom(next.logits, task.sampling, random)
        : { token: next.token, logprob: -Math.log(next.total) };
      this.#counts.generatedTokens += 1;
      if (!task.token(token, logprob)) break;
      input = [asToken(token)];
    }
    task.finished();
  }

  async #score(
    sequence: LlamaContextSequence,
    task: ScoreTask,
    state: { cancelled: boolean },
  ): Promise<void> {
    const input = Array.from(task.tokens, asToken);
    this.#counts.promptTokens += input.length;
    const next = await this.#next(sequence, input, { filter: task.labels.map(asToken) });
    if (state.cancelled) return;
    const max = next.logits.get(next.token) ?? Number.NaN;
    const weigh = (label: number): number =>
      Math.exp((next.logits.get(asToken(label)) ?? Number.NaN) - max) / next.total;
    task.scored(task.labels.map(weigh), next.token);
  }
}

/** node-llama-cpp brands its tokens; in the addon they are plain numbers. */
function isToken(value: number): value is Token {
  return Number.isInteger(value);
}
export function asToken(value: number): Token {
  if (!isToken(value)) throw new Error(`${value} is no token.`);
  return value;
}
