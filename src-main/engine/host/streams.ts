import { z } from 'zod';
import type { ZodType } from 'zod';
import { EngineError } from '../engine.ts';
import type { GenerateJob, ScoreJob } from '../engine.ts';
import type { StreamKind } from '../protocol.ts';
import type { EngineChild } from './child.ts';

/** Jobs sent ahead of their results: enough to tokenize ahead and to hide the way there and back, few to keep in memory. */
const LOOK_AHEAD = 128;
/** Jobs follow when this share of them is left: many in one message, where one for each result would cost as much as storing it. */
const REFILL_BELOW = 0.75;

interface Job {
  readonly id: string;
}

/** One call of generate or score: jobs go in as room allows, results come out in the order they end. */
interface Stream {
  received(results: readonly unknown[]): void;
  done(): void;
  childEnded(): void;
}

export interface Streams {
  results(stream: number, results: readonly unknown[]): void;
  done(stream: number): void;
  run<J extends GenerateJob | ScoreJob, R extends Job>(
    child: EngineChild,
    kind: StreamKind,
    schema: ZodType<R>,
    jobs: AsyncIterable<J>,
    signal: AbortSignal,
    sequences: number,
  ): AsyncGenerator<R, void, undefined>;
}

/** The streams of one engine, by number. */
export function createStreams(): Streams {
  const open = new Map<number, Stream>();
  let last = 0;
  return {
    results(stream, results) {
      open.get(stream)?.received(results);
    },
    done(stream) {
      open.get(stream)?.done();
    },
    async *run(child, kind, schema, jobs, signal, sequences) {
      const failure = child.failure();
      if (failure) throw failure;
      const number = ++last;
      const run = new Run(child, number, kind, schema, jobs, Math.max(LOOK_AHEAD, 4 * sequences));
      open.set(number, run);
      const abort = (): void => run.cancel();
      signal.addEventListener('abort', abort, { once: true });
      try {
        if (signal.aborted) return;
        run.start();
        yield* run.results();
      } finally {
        signal.removeEventListener('abort', abort);
        await run.close();
        open.delete(number);
      }
    },
  };
}

class Run<J extends GenerateJob | ScoreJob, R extends Job> implements Stream {
  #child: EngineChild;
  #number: number;
  #kind: StreamKind;
  #schema: ZodType<R>;
  #jobs: AsyncIterator<J>;
  #window: number;
  /** Jobs sent and neither answered nor, once answered, taken by the reader: what back-pressure counts. */
  #sent = new Map<string, number>();
  #untaken = 0;
  #inbox: R[] = [];
  #started = false;
  #finished = false;
  #cancelled = false;
  #error: unknown = null;
  #wakeReader: (() => void) | null = null;
  #wakePump: (() => void) | null = null;
  #whenDone = Promise.withResolvers<void>();

  constructor(
    child: EngineChild,
    number: number,
    kind: StreamKind,
    schema: ZodType<R>,
    jobs: AsyncIterable<J>,
    window: number,
  ) {
    this.#child = child;
    this.#number = number;
    this.#kind = kind;
    this.#schema = schema;
    this.#jobs = jobs[Symbol.asyncIterator]();
    this.#window = window;
  }

  start(): void {
    this.#started = true;
    this.#child.onEnd(() => this.childEnded());
    this.#child.event((rpc) => rpc.open(this.#number, this.#kind));
    void this.#pump();
  }

  async #pump(): Promise<void> {
    try {
      let batch: J[] = [];
      for (;;) {
        if (this.#untaken >= this.#window && !this.#over()) {
          this.#send(batch);
          batch = [];
          await new Promise<void>((resolve) => {
            this.#wakePump = resolve;
          });
        }
        if (this.#over()) return;
        const next = this.#jobs.next();
        // What is at hand goes out together; a slow source must not hold back what it already gave.
        let item = await Promise.race([next, turn()]);
        if (item === null) {
          this.#send(batch);
          batch = [];
          item = await next;
        }
        if (this.#over()) return;
        if (item.done === true) break;
        this.#sent.set(item.value.id, (this.#sent.get(item.value.id) ?? 0) + 1);
        this.#untaken += 1;
        batch.push(item.value);
      }
      this.#send(batch);
      this.#child.event((rpc) => rpc.end(this.#number));
    } catch (error) {
      this.#error ??= error;
      this.cancel();
    }
  }

  #over(): boolean {
    return this.#finished || this.#cancelled;
  }

  #send(batch: readonly J[]): void {
    if (batch.length === 0) return;
    this.#child.event((rpc) => rpc.push(this.#number, batch));
  }

  /** Throws when the child sends what was not asked for: the caller ends it. */
  received(results: readonly unknown[]): void {
    if (this.#finished) return;
    for (const raw of results) {
      const result = this.#schema.parse(raw);
      const waiting = this.#sent.get(result.id) ?? 0;
      if (waiting === 0)
        throw new EngineError('protocol', 'The engine answered a job it was not given and was ended.');
      if (waiting === 1) this.#sent.delete(result.id);
      else this.#sent.set(result.id, waiting - 1);
      this.#inbox.push(result);
    }
    this.#wakeReader?.();
  }

  done(): void {
    this.#finish();
  }

  childEnded(): void {
    if (this.#finished) return;
    if (!this.#cancelled) {
      this.#error ??=
        this.#child.failure() ?? new EngineError('cancelled', 'The engine was stopped during the run.');
    }
    this.#finish();
  }

  #finish(): void {
    this.#finished = true;
    this.#whenDone.resolve();
    this.#wakeReader?.();
    this.#wakePump?.();
  }

  /** Asks the child to stop this stream; kills it when the step under way does not end in time. */
  cancel(): void {
    if (this.#cancelled || this.#finished) return;
    this.#cancelled = true;
    this.#wakePump?.();
    if (!this.#started) {
      this.#finish();
      return;
    }
    const { cancelMs } = this.#child.limits;
    const late = setTimeout(() => void this.#child.kill(null), cancelMs);
    void this.#whenDone.promise.then(() => clearTimeout(late));
    void this.#child.call(z.unknown(), (rpc) => rpc.cancel(this.#number)).catch(() => undefined);
  }

  async *results(): AsyncGenerator<R, void, undefined> {
    for (;;) {
      const batch = this.#inbox;
      this.#inbox = [];
      for (const result of batch) {
        yield result;
        this.#untaken -= 1;
        if (this.#untaken <= this.#window * REFILL_BELOW) this.#wakePump?.();
      }
      if (this.#inbox.length > 0) continue;
      if (this.#finished) break;
      await new Promise<void>((resolve) => {
        this.#wakeReader = resolve;
      });
    }
    if (this.#error !== null) throw this.#error;
    const unanswered = this.#sent.size;
    if (unanswered > 0 && !this.#cancelled) {
      throw new EngineError('protocol', `The engine ended the run with ${unanswered} questions unanswered.`);
    }
  }

  /** Leaves nothing behind: a reader that stopped early cancels, and the source of jobs is told. */
  async close(): Promise<void> {
    if (this.#started && !this.#finished) {
      this.cancel();
      await this.#whenDone.promise;
    }
    void this.#jobs.return?.().then(undefined, () => undefined);
  }
}

/** Null after one turn of the event loop. */
function turn(): Promise<null> {
  return new Promise((resolve) => {
    setImmediate(() => resolve(null));
  });
}
