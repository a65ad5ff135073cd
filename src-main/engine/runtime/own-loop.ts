/**
 * The batching loop at llama.cpp's own speed: one batch a step over the addon's context, no queue between. Continuous:
 * a sequence that finishes takes the next prompt before the next step. In constant shape a prompt's pieces go in
 * batches of their own and every step has one row a sequence, idle ones decoding a token that is thrown away, so that
 * an answer depends on nothing but its prompt.
 */
import type { ChildProgress } from '../protocol.ts';
import type { Native } from './binding.ts';
import { createRegisterWash } from './register-wash.ts';
import type { RegisterWash } from './register-wash.ts';
import { createGreedy, draw, pick, weigh } from './sampling.ts';
import { createSequences } from './sequences.ts';
import type { Memory, Sequences } from './sequences.ts';
import { createSlot, isDecoding, release } from './slots.ts';
import type { Slot } from './slots.ts';
import { createTaskQueue } from './task-queue.ts';
import type { TaskQueue } from './task-queue.ts';
import type { Decoder, Task } from './task.ts';
import { createThreadTuner } from './thread-tuner.ts';
import type { ThreadTuner } from './thread-tuner.ts';

export interface LoopOptions {
  readonly native: Native;
  readonly sequences: number;
  /** Rows of the largest batch. */
  readonly batch: number;
  /** Tokens a sequence can hold. */
  readonly context: number;
  readonly memory: Memory;
  /** Workers of libuv's pool: with one, all rows share a sampler; with more, two must never meet in it. */
  readonly workers: number;
  /** Token that idle rows decode. */
  readonly idleToken: number;
  /** Threads of the plan, tuned by measuring; 0 leaves them alone (a GPU does the work). */
  readonly threads: number;
  /** A decode failed: nothing in the context can be trusted, the process must end. */
  readonly broken: (error: unknown) => void;
}

/** Four steps of all threads, four of half, four of one. */
const WARM_STEPS = 12;
const FIRST = Uint32Array.of(0);
const NONE = new Uint32Array(0);

export class OwnLoop implements Decoder {
  readonly loop = 'own';
  readonly shape: 'constant' | 'free';
  #options: LoopOptions;
  #slots: Slot[];
  #sequences: Sequences;
  #queue: TaskQueue = createTaskQueue();
  #running = false;
  #cancels = new Map<number, (() => void)[]>();
  #one = new Uint32Array(1);
  #tuner: ThreadTuner | null;
  #registers: RegisterWash;
  #counts = { generatedTokens: 0, promptTokens: 0, steps: 0 };

  constructor(options: LoopOptions) {
    const { native, sequences, workers, threads } = options;
    this.#options = options;
    // Every step has a row for each sequence. When they are no multiple of eight, the rows at the end of a batch may
    // run through other kernels than those before them, and an answer's last bits depend on its place.
    this.shape = sequences === 1 || sequences % 8 === 0 ? 'constant' : 'free';
    const set = (count: number): void => native.context.setThreads(count);
    this.#tuner = threads > 1 ? createThreadTuner(threads, set) : null;
    this.#registers = createRegisterWash(workers);
    const shared = createGreedy(native);
    this.#slots = Array.from({ length: sequences }, (_, sequence) =>
      createSlot(sequence, options.context, workers === 1 ? shared : createGreedy(native)),
    );
    this.#sequences = createSequences(native.context, this.#slots, options.memory);
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
   * Makes steps of idle rows until the number of threads is found, and whether registers need washing, or `budgetMs`
   * is over: what a step of a large model takes is not decided by waiting. Call it before the first task.
   */
  async warmUp(budgetMs: number): Promise<void> {
    const startedAt = performance.now();
    const [row] = this.#slots;
    for (let step = 0; step < WARM_STEPS && performance.now() - startedAt < budgetMs; step++) {
      const [index] = await this.#decodeRows(new Set());
      if (row && index !== undefined)
        await this.#registers.tryOn(this.#options.native.context, index, row.greedy);
      this.#removeIdle(new Set());
    }
    for (const slot of this.#slots) this.#sequences.forget(slot);
  }

  /** True when what follows a step of these kernels is slow until registers are washed. */
  get washesRegisters(): boolean {
    return this.#registers.isNeeded;
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
        else if (this.#queue.length === 0 && this.#cancels.size === 0 && !this.#isAnyBusy()) break;
      }
      this.#running = false;
    } catch (error) {
      this.#options.broken(error);
    }
  }

  #isAnyBusy(): boolean {
    return this.#slots.some((slot) => slot.task !== null);
  }

  #applyCancels(): void {
    if (this.#cancels.size === 0) return;
    const isCancelled = (task: Task): boolean => this.#cancels.has(task.stream);
    this.#queue.drop(isCancelled);
    for (const slot of this.#slots) if (slot.task && isCancelled(slot.task)) release(slot);
    const stopped = [...this.#cancels.values()].flat();
    this.#cancels.clear();
    for (const call of stopped) call();
  }

  /**
   * Gives waiting prompts to idle sequences and evaluates them piece by piece. When others are decoding it lets them
   * make a step after each batch's worth of tokens, so that a long prompt does not stall them; but a state that is half
   * way through its prompt would take the idle row's token in for good, and waits until it is through.
   */
  async #fill(): Promise<void> {
    let budget = this.#options.batch;
    for (;;) {
      if (this.#cancels.size > 0) return;
      let slot = this.#slots.find((candidate) => candidate.task !== null && !isDecoding(candidate));
      if (!slot) {
        if (this.#slots.every((candidate) => candidate.task !== null)) return;
        const task = this.#queue.take();
        if (task === undefined) return;
        slot = await this.#admit(task);
      }
      budget -= await this.#evaluatePiece(slot);
      const mayStop = this.#options.memory !== 'state' || slot.task === null || isDecoding(slot);
      if (budget <= 0 && mayStop) {
        if (this.#slots.some((candidate) => isDecoding(candidate))) return;
        budget = this.#options.batch;
      }
    }
  }

  async #admit(task: Task): Promise<Slot> {
    const slot = await this.#sequences.take(task);
    slot.next = slot.pieces.length;
    slot.task = task;
    task.started();
    return slot;
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
    const [index = -1] = context.addToBatch(slot.sequence, slot.length, tokens, wanted);
    await context.decodeBatch();
    if (isLast) this.#registers.wash();
    slot.tokens.set(tokens, slot.length);
    slot.length = end;
    slot.pieces.push(end);
    slot.next += 1;
    this.#counts.steps += 1;
    this.#counts.promptTokens += tokens.length;
    if (isLast) await this.#firstTokens(slot, task, index);
    else await this.#sequences.keepFor(this.#queue.next, slot);
    return tokens.length;
  }

  /** What follows a prompt: its score, or its first token, and those of further samples from the same logits. */
  async #firstTokens(slot: Slot, task: Task, index: number): Promise<void> {
    if (task.kind === 'score') {
      const { probabilities, top } = await weigh(this.#options.native.context, slot, index, task.labels);
      release(slot);
      task.scored(probabilities, top);
      return;
    }
    const idle = this.#slots.filter((candidate) => candidate.task === null);
    const twins = this.#queue.takeTwins(task, idle.length);
    const all = [slot, ...idle.slice(0, twins.length)];
    for (const [place, twin] of twins.entries()) {
      const target = idle[place];
      if (!target) break;
      await this.#sequences.copy(target, slot);
      target.next = slot.next;
      target.task = twin;
      twin.started();
    }
    await Promise.all(all.map((each) => this.#sample(each, index)));
  }

  /** One token for every decoding sequence, in a batch whose shape does not depend on how many there are. */
  async #step(decoding: readonly Slot[]): Promise<void> {
    const real = new Set(decoding);
    const indexes = await this.#decodeRows(real);
    this.#registers.wash();
    this.#removeIdle(real);
    const sampling = this.#slots.map((slot, row) => {
      if (!real.has(slot)) return undefined;
      slot.tokens[slot.length] = slot.last;
      slot.length += 1;
      return this.#sample(slot, indexes[row] ?? -1);
    });
    await Promise.all(sampling.filter((promise) => promise !== undefined));
  }

  /** Decodes one row a sequence; returns the batch's index of each. */
  async #decodeRows(real: ReadonlySet<Slot>): Promise<number[]> {
    const { context } = this.#options.native;
    context.initBatch(this.#slots.length);
    const indexes = this.#slots.map((slot) => {
      if (!real.has(slot) && slot.length >= this.#options.context) this.#sequences.forget(slot);
      this.#one[0] = real.has(slot) ? slot.last : this.#options.idleToken;
      return context.addToBatch(slot.sequence, slot.length, this.#one, FIRST)[0] ?? -1;
    });
    const startedAt = performance.now();
    await context.decodeBatch();
    this.#tuner?.step(performance.now() - startedAt);
    this.#counts.steps += 1;
    return indexes;
  }

  /** Takes the tokens of idle rows out of their sequences again; where that cannot be, they stay as the nonsense they are. */
  #removeIdle(real: ReadonlySet<Slot>): void {
    const { native, memory } = this.#options;
    for (const slot of this.#slots) {
      if (real.has(slot)) continue;
      if (memory === 'state') {
        slot.length += 1;
        slot.pieces = [];
      } else native.context.removeTokenCellsFromSequence(slot.sequence, slot.length, -1);
    }
  }

  async #sample(slot: Slot, index: number): Promise<void> {
    const { native } = this.#options;
    const { task } = slot;
    if (task?.kind !== 'generate') return;
    const { token, logprob } = task.sampling
      ? await draw(native, slot, task.sampling, index)
      : await pick(native.context, slot, index);
    this.#counts.generatedTokens += 1;
    slot.last = token;
    if (task.token(token, logprob) && slot.length < this.#options.context) return;
    release(slot);
    task.finished();
  }
}
