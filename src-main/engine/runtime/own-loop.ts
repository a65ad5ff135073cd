/**
 * The batching loop at llama.cpp's own speed: one batch a step over the addon's context, no queue between. Continuous:
 * a sequence that finishes takes the next prompt before the next step. In constant shape a prompt's pieces go in
 * batches of their own and every step has one row a sequence, idle ones decoding a token that is thrown away, so that
 * an answer depends on nothing but its prompt.
 */
import type { ChildProgress } from '../protocol.ts';
import type { Native, NativeSampler } from './binding.ts';
import type { Decoder, GenerateTask, ScoreTask, Task } from './task.ts';
import { createThreadTuner } from './thread-tuner.ts';
import type { ThreadTuner } from './thread-tuner.ts';

export interface LoopOptions {
  readonly native: Native;
  readonly sequences: number;
  /** Rows of the largest batch. */
  readonly batch: number;
  /** Tokens a sequence can hold. */
  readonly context: number;
  /** Off where the model cannot go back in a sequence (sliding window): each prompt then begins anew. */
  readonly reusePrefixes: boolean;
  /** Workers of libuv's pool: with one, all rows share a sampler; with more, two must never meet in it. */
  readonly workers: number;
  /** Token that idle rows decode. */
  readonly idleToken: number;
  /** Threads of the plan, tuned by measuring; 0 leaves them alone (a GPU does the work). */
  readonly threads: number;
  /** A decode failed: nothing in the context can be trusted, the process must end. */
  readonly broken: (error: unknown) => void;
}

interface Slot {
  readonly sequence: number;
  /** What the sequence's cache holds; `length` of it is valid. */
  tokens: Uint32Array;
  length: number;
  /** Ends of the prompt pieces evaluated into the cache: only these can be shared. */
  pieces: number[];
  task: Task | null;
  /** Next piece to evaluate; equal to the number of pieces when decoding. */
  next: number;
  readonly greedy: NativeSampler;
  sampler: NativeSampler | null;
  last: number;
}

/** Fewer tokens than this are evaluated sooner than a sequence's cache is copied. */
const WORTH_COPYING = 16;
/** Four steps of all threads, four of half, four of one. */
const WARM_STEPS = 12;
const FIRST = Uint32Array.of(0);
const NONE = new Uint32Array(0);

export class OwnLoop implements Decoder {
  readonly loop = 'own';
  readonly shape: 'constant' | 'free';
  #options: LoopOptions;
  #slots: Slot[];
  #queue: Task[] = [];
  #head = 0;
  #running = false;
  #cancels = new Map<number, (() => void)[]>();
  #one: Uint32Array;
  #tuner: ThreadTuner | null;
  #counts = { generatedTokens: 0, promptTokens: 0, steps: 0 };

  constructor(options: LoopOptions) {
    this.#options = options;
    // Below a multiple of eight, rows at the end of a batch may run through other kernels than those before them.
    this.shape = options.sequences === 1 || options.sequences % 8 === 0 ? 'constant' : 'free';
    const greedy = (): NativeSampler => {
      const sampler = options.native.createSampler();
      sampler.applyConfig({ temperature: 0 });
      return sampler;
    };
    const shared = greedy();
    this.#one = new Uint32Array(1);
    const set = (threads: number): void => options.native.context.setThreads(threads);
    this.#tuner =
      options.threads > 1 && this.shape === 'constant' ? createThreadTuner(options.threads, set) : null;
    this.#slots = Array.from({ length: options.sequences }, (_, sequence) => ({
      sequence,
      tokens: new Uint32Array(options.context),
      length: 0,
      pieces: [],
      task: null,
      next: 0,
      greedy: options.workers === 1 ? shared : greedy(),
      sampler: null,
      last: 0,
    }));
  }

  submit(task: Task): void {
    this.#queue.push(task);
    this.#wake();
  }

  cancel(stream: number, stopped: () => void): void {
    const list = this.#cancels.get(stream) ?? [];
    list.push(stopped);
    this.#cancels.set(stream, list);
    this.#wake();
  }

  progress(): ChildProgress {
    const activeSequences = this.#slots.filter((slot) => slot.task !== null).length;
    return { ...this.#counts, activeSequences, busy: this.#running };
  }

  /** Threads in use now. */
  get threads(): number {
    return this.#tuner?.threads ?? this.#options.threads;
  }

  /** Takes its number of threads up again, after another has used the context. */
  useThreads(): void {
    if (this.#tuner) this.#options.native.context.setThreads(this.#tuner.threads);
  }

  /**
   * Makes steps of idle rows until the number of threads is found, or `budgetMs` is over: what a step of a large model
   * takes is not decided by waiting. Call it before the first task.
   */
  async warmUp(budgetMs: number): Promise<void> {
    const startedAt = performance.now();
    for (let step = 0; step < WARM_STEPS && performance.now() - startedAt < budgetMs; step++)
      await this.#step([]);
  }

  #wake(): void {
    if (this.#running) return;
    this.#running = true;
    // A batch of jobs arrives as one message: let all of them in before the first step.
    setImmediate(() => void this.#run());
  }

  async #run(): Promise<void> {
    try {
      for (;;) {
        this.#applyCancels();
        await this.#fill();
        const decoding = this.#slots.filter((slot) => isDecoding(slot));
        if (decoding.length > 0) await this.#step(decoding);
        else if (this.#waiting === 0 && this.#slots.every((slot) => slot.task === null)) break;
      }
      this.#running = false;
    } catch (error) {
      this.#options.broken(error);
    }
  }

  get #waiting(): number {
    return this.#queue.length - this.#head;
  }

  #applyCancels(): void {
    if (this.#cancels.size === 0) return;
    const cancelled = (task: Task | null): boolean => task !== null && this.#cancels.has(task.stream);
    this.#queue = this.#queue.slice(this.#head).filter((task) => !cancelled(task));
    this.#head = 0;
    for (const slot of this.#slots) if (cancelled(slot.task)) release(slot);
    const stopped = [...this.#cancels.values()].flat();
    this.#cancels.clear();
    for (const call of stopped) call();
  }

  #take(): Task | undefined {
    const task = this.#queue[this.#head];
    if (task === undefined) return undefined;
    this.#head += 1;
    if (this.#head > 1024) {
      this.#queue = this.#queue.slice(this.#head);
      this.#head = 0;
    }
    return task;
  }

  /**
   * Gives waiting prompts to idle sequences and evaluates them piece by piece. When others are decoding it lets them
   * make a step after each batch's worth of tokens, so that a long prompt does not stall them.
   */
  async #fill(): Promise<void> {
    let budget = this.#options.batch;
    for (;;) {
      if (this.#cancels.size > 0) return;
      let slot = this.#slots.find((candidate) => candidate.task !== null && !isDecoding(candidate));
      if (!slot) {
        if (this.#waiting === 0 || this.#slots.every((candidate) => candidate.task !== null)) return;
        const task = this.#take();
        if (task === undefined) return;
        slot = await this.#admit(task);
      }
      budget -= await this.#evaluatePiece(slot);
      if (budget <= 0) {
        if (this.#slots.some((candidate) => isDecoding(candidate))) return;
        budget = this.#options.batch;
      }
    }
  }

  /** Chooses the idle sequence that already holds most of the prompt, or copies from one that holds more. */
  async #admit(task: Task): Promise<Slot> {
    const idle = this.#slots.filter((slot) => slot.task === null);
    const [chosen, own] = this.#best(idle, task);
    if (!chosen) throw new Error('No idle sequence.');
    const [richest, most] = this.#best(this.#slots, task);
    let reuse = own;
    if (richest && most.tokens - own.tokens >= WORTH_COPYING) {
      await this.#options.native.context.copySequenceStateFromOtherSequence(
        chosen.sequence,
        richest.sequence,
      );
      chosen.tokens.set(richest.tokens.subarray(0, richest.length));
      chosen.length = richest.length;
      chosen.pieces = [...richest.pieces];
      reuse = most;
    }
    this.#truncate(chosen, reuse.tokens);
    chosen.pieces = task.pieces.slice(0, reuse.pieces);
    chosen.task = task;
    chosen.next = reuse.pieces;
    task.started();
    return chosen;
  }

  /** The slot with the longest reusable beginning; among equals the one whose cache is shortest, as worth least. */
  #best(slots: readonly Slot[], task: Task): [Slot | undefined, { pieces: number; tokens: number }] {
    let best: Slot | undefined;
    let most = { pieces: 0, tokens: 0 };
    for (const slot of slots) {
      const reuse = this.#options.reusePrefixes ? reusable(slot, task) : { pieces: 0, tokens: 0 };
      const better =
        reuse.tokens > most.tokens ||
        (reuse.tokens === most.tokens && slot.length < (best?.length ?? Infinity));
      if (best && !better) continue;
      best = slot;
      most = reuse;
    }
    return [best, most];
  }

  #truncate(slot: Slot, length: number): void {
    const { context } = this.#options.native;
    if (length === 0 || !context.removeTokenCellsFromSequence(slot.sequence, length, -1)) {
      context.disposeSequence(slot.sequence);
      if (length > 0) throw new Error('A sequence could not be cut back to a shared prefix.');
    }
    slot.length = length;
  }

  /** Evaluates one piece in a batch of its own; after the last one samples. Returns the number of its tokens. */
  async #evaluatePiece(slot: Slot): Promise<number> {
    const { context } = this.#options.native;
    const task = slot.task;
    if (!task) return 0;
    const end = task.pieces[slot.next] ?? task.tokens.length;
    const isLast = slot.next === task.pieces.length - 1;
    const tokens = task.tokens.subarray(slot.length, end);
    context.initBatch(tokens.length);
    const wanted = isLast ? Uint32Array.of(tokens.length - 1) : NONE;
    const [index] = context.addToBatch(slot.sequence, slot.length, tokens, wanted);
    await context.decodeBatch();
    slot.tokens.set(tokens, slot.length);
    slot.length = end;
    slot.pieces.push(end);
    slot.next += 1;
    this.#counts.steps += 1;
    this.#counts.promptTokens += tokens.length;
    if (!isLast || index === undefined) return tokens.length;
    if (task.kind === 'score') await this.#score(slot, task, index);
    else await this.#sample(slot, task, index);
    return tokens.length;
  }

  /** One token for every decoding sequence, in a batch whose shape does not depend on how many there are. */
  async #step(decoding: readonly Slot[]): Promise<void> {
    const { context } = this.#options.native;
    const rows = this.shape === 'constant' ? this.#slots : decoding;
    context.initBatch(rows.length);
    const indexes: number[] = [];
    for (const slot of rows) {
      const real = isDecoding(slot);
      if (!real && slot.length >= this.#options.context) this.#forget(slot);
      this.#one[0] = real ? slot.last : this.#options.idleToken;
      indexes.push(context.addToBatch(slot.sequence, slot.length, this.#one, FIRST)[0] ?? -1);
    }
    const startedAt = performance.now();
    await context.decodeBatch();
    this.#tuner?.step(performance.now() - startedAt);
    this.#counts.steps += 1;
    const sampling: Promise<void>[] = [];
    for (const [row, slot] of rows.entries()) {
      const { task } = slot;
      if (!isDecoding(slot) || task?.kind !== 'generate') {
        context.removeTokenCellsFromSequence(slot.sequence, slot.length, -1);
        continue;
      }
      slot.tokens[slot.length] = slot.last;
      slot.length += 1;
      sampling.push(this.#sample(slot, task, indexes[row] ?? -1));
    }
    await Promise.all(sampling);
  }

  #forget(slot: Slot): void {
    this.#truncate(slot, 0);
    slot.pieces = [];
  }

  async #sample(slot: Slot, task: GenerateTask, index: number): Promise<void> {
    const [token, logprob] = task.sampling
      ? await this.#draw(slot, task, index)
      : await this.#pick(slot, index);
    // Cancelled while it was sampled.
    if (slot.task !== task) return;
    this.#counts.generatedTokens += 1;
    slot.last = token;
    if (task.token(token, logprob) && slot.length < this.#options.context) return;
    release(slot);
    task.finished();
  }

  /** Greedy: the token is the maximum, so its negative log-probability is ln Σ exp(logit − max). */
  async #pick(slot: Slot, index: number): Promise<[number, number]> {
    const sampled = await this.#options.native.context.sampleToken(
      index,
      slot.greedy,
      false,
      false,
      false,
      true,
    );
    return [sampled[0], -Math.log(sampled[4] ?? Number.NaN)];
  }

  /** Draws by temperature and top-p, then asks the untouched logits for the token's probability. */
  async #draw(slot: Slot, task: GenerateTask, index: number): Promise<[number, number]> {
    const { native } = this.#options;
    if (!slot.sampler && task.sampling) {
      const { temperature, topP, seed } = task.sampling;
      slot.sampler = native.createSampler();
      slot.sampler.applyConfig(topP < 1 ? { temperature, topP, seed } : { temperature, seed });
    }
    const sampler = slot.sampler ?? slot.greedy;
    const [token] = await native.context.sampleToken(index, sampler, false, false, false, false);
    const { logits, max, total } = await this.#logits(slot, index, [token]);
    return [token, (logits.get(token) ?? Number.NaN) - max - Math.log(total)];
  }

  async #score(slot: Slot, task: ScoreTask, index: number): Promise<void> {
    const { logits, max, total, top } = await this.#logits(slot, index, task.labels);
    release(slot);
    const probabilities = task.labels.map(
      (label) => Math.exp((logits.get(label) ?? Number.NaN) - max) / total,
    );
    task.scored(probabilities, top);
  }

  /** Logits of some tokens, the highest, and Σ exp(logit − highest) over the vocabulary. */
  async #logits(
    slot: Slot,
    index: number,
    tokens: readonly number[],
  ): Promise<{ logits: Map<number, number>; max: number; total: number; top: number }> {
    // The binding's own "include the highest" only adds it when it is there already; the greedy choice is the highest.
    const filter = [tokens, false, false, true, 0] as const;
    const { context } = this.#options.native;
    const [top, , , pairs = [], total] = await context.sampleToken(
      index,
      slot.greedy,
      false,
      false,
      filter,
      true,
    );
    const logits = new Map<number, number>();
    for (let at = 0; at + 1 < pairs.length; at += 2) logits.set(pairs[at] ?? -1, pairs[at + 1] ?? Number.NaN);
    return { logits, max: logits.get(top) ?? Number.NaN, total: total ?? Number.NaN, top };
  }
}

function isDecoding(slot: Slot): boolean {
  return slot.task?.kind === 'generate' && slot.next === slot.task.pieces.length;
}

function release(slot: Slot): void {
  slot.task = null;
  slot.sampler?.dispose();
  slot.sampler = null;
}

/** How many of the task's pieces the slot's cache holds, evaluated in the same pieces; never the last one. */
function reusable(slot: Slot, task: Task): { pieces: number; tokens: number } {
  let pieces = 0;
  let tokens = 0;
  while (pieces < task.pieces.length - 1 && slot.pieces[pieces] === task.pieces[pieces]) {
    const end = task.pieces[pieces] ?? 0;
    for (let at = tokens; at < end; at++) {
      if (slot.tokens[at] !== task.tokens[at]) return { pieces, tokens };
    }
    tokens = end;
    pieces += 1;
  }
  return { pieces, tokens };
}
