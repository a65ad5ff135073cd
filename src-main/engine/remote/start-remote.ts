import { createHash } from 'node:crypto';
import type { LoadSettings } from '../../domain/plan.ts';
import { GREEDY } from '../../domain/decoding.ts';
import { failedAnswer, failedScore } from '../failed-results.ts';
import { EngineError } from '../engine.ts';
import type { Engine, EngineExit, GenerateJob, GenerateResult, ScoreJob, ScoreResult } from '../engine.ts';
import { answerOf } from './answer.ts';
import { type Called, type Caller, createCaller, fatalError } from './caller.ts';
import { type CostReport, createCostMeter } from './cost.ts';
import { type Dialect, dialectNotes, renderedText, requestFor } from './dialect.ts';
import { RemoteFailure } from './failure.ts';
import { NoReply } from './http.ts';
import { hostOf, type RemoteOptions } from './options.ts';
import { readModels } from './replies.ts';
import { scoreOf } from './score.ts';
import { createFacts, type Facts, type RemoteReport } from './report.ts';
import { runJobs } from './stream.ts';

export interface RemoteEngine extends Engine {
  /** Grows with every reply. */
  report(): RemoteReport;
}

/** Where a server gives no probabilities, enough tokens for a verdict in words and its preamble. */
const VERDICT_TOKENS = 24;

/**
 * An engine over one or several OpenAI-compatible servers. Starting it sends one request of one token, which settles what
 * the server understands. Rejects with EngineError: refused (key, model, address), network, cost-cap, cancelled.
 */
export async function startRemoteEngine(options: RemoteOptions): Promise<RemoteEngine> {
  const startedAt = performance.now();
  const meter = createCostMeter({
    prices: options.prices,
    maxUsd: options.maxCostUsd,
    spentUsd: options.spentUsd,
  });
  const caller = createCaller(options, meter);
  const facts = createFacts(options);
  try {
    const listed = await askModels(options, caller, facts);
    facts.heard(await trial(options, caller));
    const notes = [...listed, ...dialectNotes(caller.dialect)];
    return createRemote(options, caller, facts, {
      notes,
      loadMs: Math.round(performance.now() - startedAt),
      cost: () => meter.report(),
    });
  } catch (error) {
    caller.close();
    if (error instanceof NoReply) throw new EngineError('cancelled', 'Cancelled while the server was asked.');
    if (error instanceof RemoteFailure && error.fatal === null) {
      throw new EngineError(error.retry ? 'network' : 'refused', error.message, { cause: error });
    }
    throw fatalError(error);
  }
}

async function trial(options: RemoteOptions, caller: Caller): Promise<Called> {
  const prompt =
    options.style === 'chat'
      ? ({ kind: 'chat', system: null, user: 'Reply with the word "ready".' } as const)
      : ({ kind: 'text', text: 'Ready? Answer:' } as const);
  const asked = { prompt, decoding: { ...GREEDY, maxTokens: 1 }, seed: null, logprobs: true, choices: null };
  const called = await caller.complete(
    (dialect) => requestFor(options, dialect, asked),
    options.signal,
    true,
  );
  // Silently ignored by many servers: then nobody should go on asking for them.
  if ((called.completion.tokens?.length ?? 0) === 0) caller.noLogprobs();
  return called;
}

/** The servers' own lists, which not all of them have: notes on what is odd. Throws only when a key is refused. */
async function askModels(options: RemoteOptions, caller: Caller, facts: Facts): Promise<string[]> {
  const notes: string[] = [];
  for (const server of options.servers) {
    try {
      const reply = await caller.get(server, '/models', options.signal);
      const models = readModels(reply.text);
      const own = models?.find((model) => model.id === options.model);
      facts.software([reply.headers.server, own?.ownedBy]);
      if (models !== null && models.length > 0 && own === undefined) {
        notes.push(`${hostOf(server.baseUrl)} does not list "${options.model}" among its models.`);
      }
    } catch (error) {
      if (!(error instanceof RemoteFailure)) throw error;
      if (error.status === 401 || error.status === 403) throw error;
    }
  }
  return notes;
}

/** 31 bits from all that makes an answer its own, as the local engine draws them. */
function seedOf(job: GenerateJob): number | null {
  if (job.decoding.temperature === 0) return null;
  const digest = createHash('sha256')
    .update(`${job.seed}/${job.sampleIndex}/`)
    .update(renderedText(job.prompt))
    .digest();
  return digest.readUInt32LE(0) >>> 1;
}

/** What stands where a local model says how it is loaded. */
function settingsOf(concurrency: number): LoadSettings {
  return {
    gpuLayers: 0,
    contextPerSequence: 0,
    sequences: concurrency,
    batch: 0,
    threads: 0,
    flashAttention: false,
    kvType: 'f16',
    mmap: false,
    backend: 'cpu',
    devices: [],
  };
}

function createRemote(
  options: RemoteOptions,
  caller: Caller,
  facts: Facts,
  about: {
    readonly notes: readonly string[];
    readonly loadMs: number;
    readonly cost: () => CostReport;
  },
): RemoteEngine {
  const limit = options.concurrency * options.servers.length;
  const stopped = new AbortController();
  const exit = Promise.withResolvers<EngineExit>();
  let active = 0;

  const ask = async (
    request: (dialect: Dialect) => ReturnType<typeof requestFor>,
    signal: AbortSignal,
  ): Promise<Called> => {
    active += 1;
    try {
      const called = await caller.complete(request, signal);
      facts.heard(called);
      return called;
    } finally {
      active -= 1;
    }
  };
  const generateOne = async (job: GenerateJob, signal: AbortSignal): Promise<GenerateResult> => {
    const asked = {
      prompt: job.prompt,
      decoding: job.decoding,
      seed: seedOf(job),
      logprobs: true,
      choices: job.choices?.map((choice) => choice.trim()) ?? null,
    };
    const { completion, usage, durationMs } = await ask(
      (dialect) => requestFor(options, { ...dialect, topLogprobs: Math.min(1, dialect.topLogprobs) }, asked),
      signal,
    );
    return answerOf(job, completion, usage, durationMs);
  };
  const scoreOne = async (job: ScoreJob, signal: AbortSignal): Promise<ScoreResult> => {
    const { completion, usage, durationMs } = await ask((dialect) => {
      const maxTokens = dialect.topLogprobs > 0 ? 1 : VERDICT_TOKENS;
      return requestFor(options, dialect, {
        prompt: job.prompt,
        decoding: { ...GREEDY, maxTokens },
        seed: null,
        logprobs: true,
        choices: null,
      });
    }, signal);
    return scoreOf(job, completion, usage.promptTokens, durationMs);
  };
  async function* guarded<R>(results: AsyncIterable<R>): AsyncGenerator<R, void, undefined> {
    if (stopped.signal.aborted) throw gone();
    yield* results;
    if (stopped.signal.aborted) throw gone();
  }
  const stop = (): Promise<EngineExit> => {
    if (!stopped.signal.aborted) {
      stopped.abort();
      caller.close();
      exit.resolve({ code: 0, signal: null, reason: null });
    }
    return exit.promise;
  };
  const both = (signal: AbortSignal): AbortSignal => AbortSignal.any([signal, stopped.signal]);
  return {
    model: {
      settings: settingsOf(limit),
      totalLayers: 0,
      contextTrained: 0,
      chatTemplateSha256: null,
      instruct: options.style === 'chat',
      versions: { nodeLlamaCpp: '', llamaCpp: '', node: process.version },
      backend: 'cpu',
      deviceNames: options.servers.map((server) => hostOf(server.baseUrl)),
      memory: [],
      loop: 'public',
      shape: 'free',
      loadMs: about.loadMs,
      pid: 0,
      notes: about.notes,
    },
    generate: (jobs, signal) =>
      guarded(runJobs({ jobs, signal: both(signal), limit, work: generateOne, failed: failedAnswer })),
    score: (jobs, signal) =>
      guarded(runJobs({ jobs, signal: both(signal), limit, work: scoreOne, failed: failedScore })),
    countTokens: () =>
      Promise.reject(
        stopped.signal.aborted
          ? gone()
          : new EngineError('unsupported', 'A remote server does not count tokens beforehand.'),
      ),
    progress() {
      const { promptTokens, writtenTokens } = about.cost();
      return { generatedTokens: writtenTokens, promptTokens, activeSequences: active };
    },
    stop,
    exited: exit.promise,
    report: () => facts.report(caller.dialect, about.cost()),
    [Symbol.asyncDispose]: async () => {
      await stop();
    },
  };
}

function gone(): EngineError {
  return new EngineError('cancelled', 'The connection to the server was given up.');
}
