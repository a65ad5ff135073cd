import { z } from 'zod';
import type { LoadSettings } from '../../domain/plan.ts';
import { EngineError } from '../engine.ts';
import type { Engine, EngineExit, LoadedModel } from '../engine.ts';
import { generateResultSchema, loadReplySchema, scoreResultSchema } from '../protocol.ts';
import type { LoadReply } from '../protocol.ts';
import type { Breaker } from './breaker.ts';
import { startChild } from './child.ts';
import type { EngineChild } from './child.ts';
import { buildEnvironment, workersFor } from './environment.ts';
import type { RawExit } from './failures.ts';
import type { Limits } from './limits.ts';
import { createStreams } from './streams.ts';
import type { Streams } from './streams.ts';

export interface StartOptions {
  /** The child's program: src-main/engine/runtime/main.ts, or out/main/engine.js when built. */
  readonly entry: string;
  readonly modelPath: string;
  readonly settings: LoadSettings;
  /** Of the model, as its plan counts them: whether some of them stay on the CPU. */
  readonly totalLayers?: number | undefined;
  /** Aborting ends the load; after that use stop(). */
  readonly signal: AbortSignal;
  /** One line of what llama.cpp and the child say; bounded. */
  readonly log: (line: string) => void;
  /** Added to the child's built environment, and wins. */
  readonly env?: Readonly<Record<string, string>> | undefined;
  readonly args?: readonly string[] | undefined;
  readonly nodePath?: string | undefined;
  readonly breaker?: Breaker | undefined;
  readonly limits?: Partial<Limits> | undefined;
  /** libuv workers of the child; as many as `workersFor` says unless given. */
  readonly workers?: number | undefined;
}

/** Signals by which a machine ends a process that asks for too much: the kernel's killer, an allocator's abort. */
const MEMORY_SIGNALS = new Set(['SIGKILL', 'SIGABRT', 'SIGBUS']);
/** The same as exit codes, where a shell or Windows stands between: 128 + 6, 128 + 9, abort() of the C runtime. */
const MEMORY_CODES = new Set([134, 137, 3, -1073740791, 3221226505]);

/**
 * Starts a child and loads a model in it. Rejects with EngineError: not-a-model, unsupported, out-of-memory (refused,
 * or the process was killed or aborted while loading), crashed, hung, protocol, cancelled, circuit-open. When it
 * rejects the process is gone. Retrying with fewer layers is the caller's: each call is one attempt.
 */
export async function startEngine(options: StartOptions): Promise<Engine> {
  options.breaker?.check();
  try {
    return await attempt(options);
  } catch (error) {
    if (error instanceof EngineError && ['crashed', 'hung', 'protocol'].includes(error.kind)) {
      options.breaker?.failed(error.message);
    }
    throw error;
  }
}

async function attempt(options: StartOptions): Promise<Engine> {
  const { settings, signal } = options;
  const streams = createStreams();
  const workers = options.workers ?? workersFor(settings, options.totalLayers);
  const env = buildEnvironment(process.env, { ...settings, workers }, options.env);
  const child = await startChild(
    {
      entry: options.entry,
      nodePath: options.nodePath,
      args: options.args,
      env,
      log: options.log,
      limits: options.limits,
      on: {
        results: (_generation, stream, results) => streams.results(stream, results),
        done: (_generation, stream) => streams.done(stream),
      },
    },
    signal,
  );
  const reply = await load(child, options);
  if (!reply.ok) {
    await child.shutdown();
    throw new EngineError(reply.kind, reply.message);
  }
  void child.exited.then(() => {
    const failure = child.failure();
    if (failure) options.breaker?.failed(failure.message);
  });
  return createEngine(child, reply.model, streams, options.breaker);
}

async function load(child: EngineChild, options: StartOptions): Promise<LoadReply> {
  const { modelPath, settings, signal } = options;
  const abort = (): void => void child.kill(null);
  signal.addEventListener('abort', abort, { once: true });
  try {
    if (signal.aborted) abort();
    return await child.call(loadReplySchema, (rpc) => rpc.load({ modelPath, settings }));
  } catch (error) {
    const exit = await child.kill(null);
    if (signal.aborted) throw new EngineError('cancelled', 'Cancelled while the model was loading.');
    if (error instanceof EngineError && error.kind === 'crashed' && diedForMemory(exit)) {
      const how = exit.signal ?? `code ${exit.code}`;
      throw new EngineError(
        'out-of-memory',
        `The engine was ended by ${how} while loading, as happens when memory runs out. ` +
          'Put fewer layers on the GPU, take a smaller context or another quantization.',
        { cause: error },
      );
    }
    throw error;
  } finally {
    signal.removeEventListener('abort', abort);
  }
}

function diedForMemory(exit: RawExit): boolean {
  if (exit.signal !== null) return MEMORY_SIGNALS.has(exit.signal);
  return exit.code !== null && MEMORY_CODES.has(exit.code);
}

function createEngine(
  child: EngineChild,
  model: LoadedModel,
  streams: Streams,
  breaker: Breaker | undefined,
): Engine {
  const exited: Promise<EngineExit> = child.exited.then((exit) => ({
    ...exit,
    reason: child.failure()?.message ?? null,
  }));
  const stop = async (): Promise<EngineExit> => {
    await child.shutdown();
    return exited;
  };
  return {
    model,
    exited,
    stop,
    [Symbol.asyncDispose]: async () => {
      await stop();
    },
    generate: (jobs, signal) =>
      counted(
        streams.run(child, 'generate', generateResultSchema, jobs, signal, model.settings.sequences),
        breaker,
      ),
    score: (jobs, signal) =>
      counted(
        streams.run(child, 'score', scoreResultSchema, jobs, signal, model.settings.sequences),
        breaker,
      ),
    countTokens: (prompts) =>
      child.call(z.array(z.number()), (rpc) => Promise.resolve(rpc.countTokens(prompts))),
    progress: () => {
      const { generatedTokens, promptTokens, activeSequences } = child.progress();
      return { generatedTokens, promptTokens, activeSequences };
    },
  };
}

/** Work that came to its end, not a mere load, proves the machinery: a model that loads and always dies must not. */
async function* counted<T>(
  results: AsyncIterable<T>,
  breaker: Breaker | undefined,
): AsyncGenerator<T, void, undefined> {
  yield* results;
  breaker?.succeeded();
}
