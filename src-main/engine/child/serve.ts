/** The child's side of the protocol, the same for the real engine and the scripted one. Knows no model. */
import { createBirpc } from 'birpc';
import { z } from 'zod';
import type { ModelPrompt } from '../../domain/prompts/model-prompt.ts';
import type { GenerateJob, GenerateResult, ScoreJob, ScoreResult } from '../engine.ts';
import {
  dryRunRequestSchema,
  generateJobSchema,
  HEARTBEAT_MS,
  loadSettingsSchema,
  promptSchema,
  PROTOCOL_VERSION,
  scoreJobSchema,
} from '../protocol.ts';
import { failedAnswer, failedScore } from '../failed-results.ts';
import type { ChildFunctions, ChildProgress, HostFunctions, LoadReply } from '../protocol.ts';

/** What an engine program does; serveChild puts it behind the protocol. */
export interface Program extends Pick<
  ChildFunctions,
  'readHeader' | 'devices' | 'dryRun' | 'tokenCounts' | 'readPrompt'
> {
  load(request: Parameters<ChildFunctions['load']>[0]): Promise<LoadReply>;
  countTokens(prompts: readonly ModelPrompt[]): number[];
  generate(stream: number, job: GenerateJob, reply: (result: GenerateResult) => void): void;
  score(stream: number, job: ScoreJob, reply: (result: ScoreResult) => void): void;
  /** Drops what waits of this stream and calls back when nothing of it is under way. */
  cancel(stream: number, stopped: () => void): void;
  progress(): ChildProgress;
  /** Said in the handshake; differs only where a test pretends to be of another version. */
  readonly protocol?: number;
}

interface OpenStream {
  readonly kind: 'generate' | 'score';
  waiting: number;
  ended: boolean;
  cancelled: boolean;
}

const loadRequestSchema = z.object({ modelPath: z.string(), settings: loadSettingsSchema });

/**
 * Serves a program on this process's IPC channel until the host lets go of it. Returns how to write to the host's
 * log. The process ends with its host: by SIGKILL, because a decode under way cannot be interrupted otherwise.
 */
export function serveChild(program: Program): { log(line: string): void; generation(): number } {
  const streams = new Map<number, OpenStream>();
  let generation = 0;
  const functions = childFunctions(program, streams, {
    greeted: (number) => {
      generation = number;
    },
    results: (stream, results) => host.results(generation, stream, results, program.progress()),
    done: (stream) => host.done(generation, stream),
  });
  const host = createBirpc<HostFunctions, ChildFunctions>(functions, {
    timeout: -1,
    eventNames: ['results', 'done', 'beat', 'log'],
    post: (message: unknown) => {
      // A host that is gone is noticed by 'disconnect'.
      if (process.connected) process.send?.(message, undefined, undefined, () => undefined);
    },
    on: (listener) => {
      process.on('message', listener);
    },
    onGeneralError: () => true,
  });
  const endWithHost = (): boolean => process.kill(process.pid, 'SIGKILL');
  process.on('disconnect', endWithHost);
  // A host that was killed while this process was starting has said so before anybody listened.
  if (!process.connected) endWithHost();
  // Ctrl-C in a terminal reaches every process of its group: the host cancels and keeps what is finished, the child must not go first.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined);
  process.on('unhandledRejection', (error) => {
    console.error(error);
    process.exit(1);
  });
  setInterval(() => void host.beat(generation, program.progress()), HEARTBEAT_MS);
  return { log: (line) => void host.log(generation, [line]), generation: () => generation };
}

interface Wire {
  greeted(generation: number): void;
  results(stream: number, results: readonly (GenerateResult | ScoreResult)[]): Promise<void> | void;
  done(stream: number): Promise<void> | void;
}

function childFunctions(program: Program, streams: Map<number, OpenStream>, wire: Wire): ChildFunctions {
  const outbox = new Map<number, (GenerateResult | ScoreResult)[]>();
  let flushing = false;
  const flush = (): void => {
    flushing = false;
    for (const [stream, results] of outbox) void wire.results(stream, results);
    outbox.clear();
    for (const [stream, state] of streams) {
      if (!state.ended || state.waiting > 0 || state.cancelled) continue;
      streams.delete(stream);
      void wire.done(stream);
    }
  };
  // What one decode step finished leaves together: sampling a step ends within one turn of the event loop.
  const soon = (): void => {
    if (flushing) return;
    flushing = true;
    setImmediate(flush);
  };
  const replier =
    (stream: number, state: OpenStream) =>
    (result: GenerateResult | ScoreResult): void => {
      state.waiting -= 1;
      const box = outbox.get(stream);
      if (box) box.push(result);
      else outbox.set(stream, [result]);
      soon();
    };
  return {
    ...(program satisfies Pick<ChildFunctions, 'readHeader' | 'devices' | 'tokenCounts' | 'readPrompt'>),
    dryRun: (request) => program.dryRun(dryRunRequestSchema.parse(request)),
    load: (request) => program.load(loadRequestSchema.parse(request)),
    countTokens: (prompts) => program.countTokens(z.array(promptSchema).parse(prompts)),
    hello(_protocol, generation) {
      wire.greeted(z.number().parse(generation));
      return { protocol: program.protocol ?? PROTOCOL_VERSION, generation, pid: process.pid };
    },
    open(stream, kind) {
      streams.set(stream, { kind, waiting: 0, ended: false, cancelled: false });
    },
    push(stream, jobs) {
      const state = streams.get(stream);
      if (!state || state.cancelled) return;
      state.waiting += jobs.length;
      const reply = replier(stream, state);
      for (const job of jobs) work(program, stream, state.kind, job, reply);
    },
    end(stream) {
      const state = streams.get(stream);
      if (!state) return;
      state.ended = true;
      soon();
    },
    cancel(stream) {
      const state = streams.get(stream);
      if (!state) return;
      state.cancelled = true;
      program.cancel(stream, () => {
        flush();
        streams.delete(stream);
        void wire.done(stream);
      });
    },
    shutdown() {
      // Every byte is given back by the end of the process; llama.cpp's own clean-up may hang in a driver.
      setImmediate(() => process.exit(0));
    },
  };
}

/**
 * Gives the program one job. What it throws is that job's answer: nobody hears of an error in an event, and the host would
 * wait for ever.
 */
function work(
  program: Program,
  stream: number,
  kind: OpenStream['kind'],
  job: GenerateJob | ScoreJob,
  reply: (result: GenerateResult | ScoreResult) => void,
): void {
  try {
    if (kind === 'generate') program.generate(stream, generateJobSchema.parse(job), reply);
    else program.score(stream, scoreJobSchema.parse(job), reply);
  } catch (error) {
    const why = `The engine could not take this question: ${reasonOf(error)}`;
    reply('labels' in job ? failedScore(job, why) : failedAnswer(job, why));
  }
}

function reasonOf(error: unknown): string {
  if (error instanceof z.ZodError) {
    return error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; ');
  }
  return error instanceof Error ? error.message : String(error);
}
