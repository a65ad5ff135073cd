import { spawn } from 'node:child_process';
import type { ChildProcess, Serializable } from 'node:child_process';
import { createBirpc } from 'birpc';
import type { BirpcReturn } from 'birpc';
import type { z } from 'zod';
import { EngineError } from '../engine.ts';
import { childProgressSchema, envelopeSchema, PROTOCOL_VERSION, welcomeSchema } from '../protocol.ts';
import type { ChildFunctions, ChildProgress, HostFunctions } from '../protocol.ts';
import {
  couldNotStart,
  garbage,
  otherVersion,
  seconds,
  started,
  stopped,
  unexpectedEnd,
} from './failures.ts';
import type { RawExit } from './failures.ts';
import { DEFAULT_LIMITS, type Limits } from './limits.ts';
import { createLogCapture } from './log-capture.ts';
import { createWatchdog } from './watchdog.ts';
import type { Watchdog } from './watchdog.ts';

/** After an orderly shutdown the process ends within milliseconds; a driver's exit handler may not let it. */
const SHUTDOWN_MS = 1500;
const LAST_WORDS_MS = 250;

export interface ChildOptions {
  readonly entry: string;
  /** The Node that runs the child; this process's own by default. */
  readonly nodePath?: string | undefined;
  readonly args?: readonly string[] | undefined;
  readonly env: Readonly<Record<string, string>>;
  readonly log: (line: string) => void;
  readonly limits?: Partial<Limits> | undefined;
  readonly on?: Pick<HostFunctions, 'results' | 'done'> | undefined;
}

/** A running engine process: spoken to through `call` and `event`, watched, and seen to its end. */
export interface EngineChild {
  readonly pid: number;
  readonly limits: Limits;
  /** Calls and parses the answer. Rejects with the child's EngineError when it dies first; has no deadline of its own. */
  call<T>(schema: z.ZodType<T>, send: (rpc: ChildRpc) => Promise<unknown>): Promise<T>;
  event(send: (rpc: ChildRpc) => Promise<unknown>): void;
  progress(): ChildProgress;
  /** The process is gone. Never rejects. */
  readonly exited: Promise<RawExit>;
  /** Why it ended or is ending against our will; null while it lives and after a stop that was asked for. */
  failure(): EngineError | null;
  /** Ends it: with a reason against our will, with null on request. Resolves when it is seen gone. */
  kill(reason: EngineError | null): Promise<RawExit>;
  /** Asks it to end, then kills. Resolves when it is seen gone. */
  shutdown(): Promise<RawExit>;
  logTail(): readonly string[];
  /** Called once, when the child has failed or ended. */
  onEnd(listener: () => void): void;
}
export type ChildRpc = BirpcReturn<ChildFunctions, HostFunctions>;

let generations = 0;

class Link implements EngineChild {
  readonly limits: Limits;
  readonly exited: Promise<RawExit>;
  #process: ChildProcess;
  #rpc: ChildRpc;
  #generation = ++generations;
  #logs;
  #failure: EngineError | null = null;
  #asked = false;
  #gone: RawExit | null = null;
  #watch: Watchdog;
  #ends = new Set<() => void>();
  #pending = new Set<(error: EngineError) => void>();

  constructor(options: ChildOptions) {
    this.limits = { ...DEFAULT_LIMITS, ...options.limits };
    this.#logs = createLogCapture(options.log);
    this.#process = spawn(options.nodePath ?? process.execPath, [options.entry, ...(options.args ?? [])], {
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      serialization: 'advanced',
      env: options.env,
      windowsHide: true,
    });
    this.#logs.attach(this.#process.stdout);
    this.#logs.attach(this.#process.stderr);
    this.exited = this.#observeExit();
    this.#rpc = this.#connect(options.on);
    this.#watch = createWatchdog(this.limits, (error) => void this.kill(error));
  }

  get pid(): number {
    return this.#process.pid ?? -1;
  }

  #observeExit(): Promise<RawExit> {
    return new Promise((resolve) => {
      const ended = (exit: RawExit): void => {
        if (this.#gone) return;
        this.#gone = exit;
        this.#watch.end();
        if (!this.#asked) this.#failure ??= unexpectedEnd(exit, this.#logs.tail());
        this.#settle();
        this.#rpc.$close();
        resolve(exit);
      };
      this.#process.once('error', (error) => {
        this.#failure ??= couldNotStart(error);
        if (this.#process.pid === undefined) ended({ code: null, signal: null });
      });
      this.#process.once('exit', (code, signal) => {
        // Its last words are still in the pipes; they close a moment later, unless something else holds them.
        const late = setTimeout(() => ended({ code, signal }), LAST_WORDS_MS);
        this.#process.once('close', () => {
          clearTimeout(late);
          ended({ code, signal });
        });
      });
    });
  }

  /** Tells everyone who waits that nothing more will come. */
  #settle(): void {
    const error = this.#failure ?? stopped();
    for (const reject of this.#pending) reject(error);
    this.#pending.clear();
    for (const listener of this.#ends) listener();
    this.#ends.clear();
  }

  #connect(on: ChildOptions['on']): ChildRpc {
    const mine = (generation: number): boolean =>
      generation === this.#generation && this.#failure === null && this.#gone === null;
    const functions: HostFunctions = {
      results: (generation, stream, results, progress) => {
        if (!mine(generation)) return;
        this.#saw(progress);
        this.#guard(() => on?.results(generation, stream, results, progress));
      },
      done: (generation, stream) => {
        if (mine(generation)) this.#guard(() => on?.done(generation, stream));
      },
      beat: (generation, progress) => {
        if (mine(generation)) this.#saw(progress);
      },
      log: (generation, lines) => {
        if (!mine(generation) || !Array.isArray(lines)) return;
        for (const line of lines) this.#logs.line(String(line));
      },
    };
    return createBirpc<ChildFunctions, HostFunctions>(functions, {
      timeout: -1,
      eventNames: ['open', 'push', 'end'],
      post: (message: Serializable) => this.#post(message),
      on: (listener) => {
        this.#process.on('message', (message: unknown) => {
          if (envelopeSchema.safeParse(message).success) listener(message);
          else void this.kill(garbage());
        });
      },
      onGeneralError: () => true,
    });
  }

  #post(message: Serializable): void {
    if (!this.#process.connected) return;
    // A send that fails means the process is going: its exit tells the rest.
    this.#process.send(message, () => undefined);
  }

  /** Runs a handler whose failure is the child's fault: it sent what cannot be understood. */
  #guard(handler: () => void): void {
    try {
      handler();
    } catch (error) {
      void this.kill(error instanceof EngineError ? error : garbage(error));
    }
  }

  #saw(progress: unknown): void {
    const parsed = childProgressSchema.safeParse(progress);
    if (!parsed.success) {
      void this.kill(garbage(parsed.error));
      return;
    }
    this.#watch.saw(parsed.data);
  }

  async call<T>(schema: z.ZodType<T>, send: (rpc: ChildRpc) => Promise<unknown>): Promise<T> {
    const answer = await this.#orEnd(send(this.#rpc));
    const parsed = schema.safeParse(answer);
    if (parsed.success) return parsed.data;
    const error = garbage(parsed.error);
    void this.kill(error);
    throw error;
  }

  /** Races an answer against the end of the child, so that nothing waits for the dead. */
  #orEnd(answer: Promise<unknown>): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const died = (error: EngineError): void => reject(error);
      if (this.#gone || this.#failure) {
        reject(this.#failure ?? stopped());
        answer.catch(() => undefined);
        return;
      }
      this.#pending.add(died);
      answer.then(resolve, (error: unknown) => {
        const message = error instanceof Error ? error.message : String(error);
        reject(new EngineError('protocol', `The engine could not answer: ${message}`, { cause: error }));
      });
      void answer.catch(() => undefined).finally(() => this.#pending.delete(died));
    });
  }

  event(send: (rpc: ChildRpc) => Promise<unknown>): void {
    if (this.#gone || this.#failure) return;
    void send(this.#rpc).catch(() => undefined);
  }

  /** Versions and generation must agree before anything else is said. */
  async hello(): Promise<void> {
    const late = setTimeout(() => {
      const message = `The engine did not answer within ${seconds(this.limits.helloMs)} of its start.`;
      void this.kill(new EngineError('hung', message));
    }, this.limits.helloMs);
    try {
      const welcome = await this.call(welcomeSchema, (rpc) => rpc.hello(PROTOCOL_VERSION, this.#generation));
      if (welcome.protocol === PROTOCOL_VERSION && welcome.generation === this.#generation) return;
      throw otherVersion(welcome.protocol);
    } catch (error) {
      const failure = error instanceof EngineError ? error : garbage(error);
      await this.kill(failure);
      throw failure;
    } finally {
      clearTimeout(late);
    }
  }

  progress(): ChildProgress {
    return this.#watch.progress();
  }
  failure(): EngineError | null {
    return this.#failure;
  }
  logTail(): readonly string[] {
    return this.#logs.tail();
  }
  onEnd(listener: () => void): void {
    if (this.#gone || this.#failure) listener();
    else this.#ends.add(listener);
  }

  kill(reason: EngineError | null): Promise<RawExit> {
    if (reason === null) this.#asked = true;
    else if (!this.#asked && !this.#gone) this.#failure ??= reason;
    this.#process.kill('SIGKILL');
    this.#settle();
    return this.exited;
  }

  shutdown(): Promise<RawExit> {
    if (this.#asked || this.#gone) return this.exited;
    this.#asked = true;
    this.event((rpc) => rpc.shutdown());
    const late = setTimeout(() => this.#process.kill('SIGKILL'), SHUTDOWN_MS);
    void this.exited.then(() => clearTimeout(late));
    return this.exited;
  }
}

/**
 * Starts an engine process and shakes hands. Rejects with EngineError: crashed (did not start, or ended at once),
 * hung (no answer), protocol (another version). On rejection the process is gone.
 */
export async function startChild(options: ChildOptions, signal: AbortSignal): Promise<EngineChild> {
  if (signal.aborted) throw new EngineError('cancelled', 'Cancelled before the engine was started.');
  const link = started(() => new Link(options));
  const abort = (): void => void link.kill(null);
  signal.addEventListener('abort', abort, { once: true });
  try {
    await link.hello();
    return link;
  } finally {
    signal.removeEventListener('abort', abort);
  }
}
