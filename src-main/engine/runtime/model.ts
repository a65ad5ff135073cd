import { getModuleVersion, GgmlType } from 'node-llama-cpp';
import type { Llama, LlamaContext, LlamaModel } from 'node-llama-cpp';
import { AMX_ONE_AT_A_TIME, amxProblem } from '../../domain/memory/amx.ts';
import { slowKernelsSentence } from '../../domain/memory/slow-kernels.ts';
import type { LoadSettings } from '../../domain/plan.ts';
import type { LoadedModel, MeasuredMemory } from '../engine.ts';
import type { Failure } from '../protocol.ts';
import { reachNative } from './binding.ts';
import type { Native } from './binding.ts';
import { checkOwnLoop, checkRows } from './check.ts';
import { createJobRunner } from './jobs.ts';
import type { JobRunner } from './jobs.ts';
import { createLlamaLog } from './llama-log.ts';
import type { LlamaLog } from './llama-log.ts';
import { asFailure, hasAmx, openLlama } from './llama.ts';
import { inspectFile } from './header.ts';
import { OwnLoop } from './own-loop.ts';
import { createPrompter } from './prompt.ts';
import { PublicLoop } from './public-loop.ts';
import type { Decoder } from './task.ts';

export interface Loaded {
  readonly ok: true;
  readonly model: LoadedModel;
  readonly decoder: Decoder;
  readonly jobs: JobRunner;
}

export interface LoadContext {
  readonly log: (line: string) => void;
  /** Ends the process: a decode failed and nothing in the context can be trusted. */
  readonly broken: (error: unknown) => void;
}

/** What finding the number of threads may take; a tiny model needs a tenth of it. */
const WARM_UP_MS = 1500;

const SLOWER = 'Answers are right, but come about half as fast.';

/** Names of the KV cache's types as node-llama-cpp spells them. */
const KV_TYPES = { f16: 'F16', q8_0: 'Q8_0', q4_0: 'Q4_0' } as const;

/**
 * Loads a model and its context as the settings say, exactly: nothing is shrunk to fit. Chooses the loop (own, or the
 * public way where state cannot be cut or the start-up check fails) and tells in `notes` why.
 */
export async function loadModel(
  request: { modelPath: string; settings: LoadSettings },
  context: LoadContext,
): Promise<Loaded | Failure> {
  const startedAt = performance.now();
  const { settings, modelPath } = request;
  const log = createLlamaLog(context.log);
  const seen = await inspectFile(modelPath);
  if (seen.problem) return { ok: false, kind: seen.problem.kind, message: seen.problem.message };
  try {
    const llama = await openLlama(settings.backend, log, settings.threads);
    const wrong =
      llama.gpu === false && seen.header && hasAmx(llama.systemInfo) ? amxProblem(seen.header) : null;
    if (wrong !== null) return { ok: false, kind: 'unsupported', message: wrong };
    const { model, context: llamaContext } = await allocate(llama, modelPath, settings);
    return await assemble({ llama, model, llamaContext, settings, log, startedAt, broken: context.broken });
  } catch (error) {
    return asFailure(error, 'Loading the model', log);
  }
}

async function allocate(
  llama: Llama,
  modelPath: string,
  settings: LoadSettings,
): Promise<{ model: LlamaModel; context: LlamaContext }> {
  const model = await llama.loadModel({
    modelPath,
    gpuLayers: llama.gpu === false ? 0 : settings.gpuLayers,
    useMmap: settings.mmap,
    defaultContextFlashAttention: settings.flashAttention,
  });
  const kvType = KV_TYPES[settings.kvType];
  const context = await model.createContext({
    contextSize: settings.contextPerSequence,
    sequences: settings.sequences,
    batchSize: Math.max(settings.batch, settings.sequences),
    flashAttention: settings.flashAttention,
    threads: settings.threads,
    failedCreationRemedy: false,
    ...(settings.kvType === 'f16'
      ? {}
      : { experimentalKvCacheKeyType: kvType, experimentalKvCacheValueType: kvType }),
  });
  return { model, context };
}

interface Parts {
  readonly llama: Llama;
  readonly model: LlamaModel;
  readonly llamaContext: LlamaContext;
  readonly settings: LoadSettings;
  readonly log: LlamaLog;
  readonly startedAt: number;
  readonly broken: (error: unknown) => void;
}

async function assemble(parts: Parts): Promise<Loaded> {
  const { llama, model, llamaContext, settings } = parts;
  const notes: string[] = [];
  const prompter = createPrompter(llama, model);
  notes.push(...prompter.notes, ...model.getWarnings());
  if (settings.kvType !== 'f16') {
    notes.push(
      `KV cache in ${settings.kvType}: node-llama-cpp calls it experimental, and answers may differ from f16.`,
    );
  }
  const decoder = await chooseDecoder(parts, notes);
  const jobs = createJobRunner({
    model,
    prompter,
    decoder,
    contextPerSequence: settings.contextPerSequence,
    batch: settings.batch,
  });
  // The log comes through the event loop, a turn or two after the call that caused it.
  await new Promise((resolve) => setTimeout(resolve, 10));
  const memory = parts.log.memory();
  if (llama.gpu === false) notes.push(...slowKernels(model, parts.log));
  return {
    ok: true,
    decoder,
    jobs,
    model: {
      settings: {
        ...settings,
        gpuLayers: model.gpuLayers,
        flashAttention: llamaContext.flashAttention === true,
      },
      totalLayers: model.fileInsights.totalLayers,
      contextTrained: model.trainContextSize,
      chatTemplateSha256: prompter.templateSha256,
      instruct: prompter.template !== null,
      versions: {
        nodeLlamaCpp: await getModuleVersion(),
        llamaCpp: llama.llamaCppRelease.release,
        node: process.version,
      },
      backend: llama.gpu === false ? 'cpu' : llama.gpu,
      deviceNames: llama.gpu === false ? [] : await llama.getGpuDeviceNames(),
      memory: memory.length > 0 ? placeMemory(memory, settings) : usage(model, llamaContext),
      loop: decoder.loop,
      shape: decoder.shape,
      loadMs: Math.round(performance.now() - parts.startedAt),
      pid: process.pid,
      tuned: {
        threads: decoder instanceof OwnLoop ? decoder.threads : settings.threads,
        workers: poolSize(),
        batch: Math.max(settings.batch, settings.sequences),
      },
      notes,
    },
  };
}

/** Says when this CPU has no fast kernels for the file's quantization, and what another one would bring. */
function slowKernels(model: LlamaModel, log: LlamaLog): string[] {
  const type = model.fileInsights.dominantTensorType;
  const name = type === undefined ? undefined : GgmlType[type];
  const sentence =
    name === undefined ? null : slowKernelsSentence(name, log.repackedBytes(), model.fileInsights.modelSize);
  return sentence === null ? [] : [sentence];
}

/** llama.cpp numbers the devices that it sees; the plan numbers those of the machine. */
function placeMemory(memory: readonly MeasuredMemory[], settings: LoadSettings): MeasuredMemory[] {
  return memory.map((entry) => {
    if (entry.deviceId === 'host') return entry;
    const seen = Number(/\d+$/.exec(entry.deviceId)?.[0] ?? 0);
    return { ...entry, deviceId: `${settings.backend}:${settings.devices[seen] ?? seen}` };
  });
}

/** The binding's sums, where the log said nothing: KV cache and compute buffers cannot be told apart there. */
function usage(model: LlamaModel, context: LlamaContext): MeasuredMemory[] {
  const host = {
    deviceId: 'host',
    weightsBytes: model.memoryUsage.ram,
    kvBytes: 0,
    computeBytes: context.memoryUsage.ram,
  };
  if (model.memoryUsage.vram === 0 && context.memoryUsage.vram === 0) return [host];
  return [
    host,
    {
      deviceId: 'gpu',
      weightsBytes: model.memoryUsage.vram,
      kvBytes: 0,
      computeBytes: context.memoryUsage.vram,
    },
  ];
}

/** Workers of libuv's pool, which run the kernels' calls. */
function poolSize(): number {
  return Number(process.env['UV_THREADPOOL_SIZE'] ?? 4);
}

const ONE_AT_A_TIME = 'Sequences of this recurrent model are evaluated one at a time:';

/**
 * How many sequences may be evaluated together. Those of a model that keeps a state go through matrices with a third
 * dimension, which llama.cpp's AMX kernels leave out: all but the first sequence read memory that nobody wrote.
 */
async function sequencesTogether(parts: Parts, native: Native | null, notes: string[]): Promise<number> {
  const { model, settings, log } = parts;
  const { isRecurrent, isHybrid } = model.fileInsights;
  const { sequences } = settings;
  if (sequences === 1 || !(isRecurrent || isHybrid)) return sequences;
  if (log.usesAmx()) {
    notes.push(AMX_ONE_AT_A_TIME);
    return 1;
  }
  const problem =
    native === null ? null : await checkRows(model, native, { ...limitsOf(settings), sequences });
  if (problem === null) return sequences;
  notes.push(`${ONE_AT_A_TIME} ${problem}`);
  return 1;
}

function limitsOf(settings: LoadSettings): { batch: number; context: number; workers: number } {
  const batch = Math.max(settings.batch, settings.sequences);
  return { batch, context: settings.contextPerSequence, workers: poolSize() };
}

/** The own loop, when it is found to write as the public way does; else the public way. `notes` tells why. */
async function chooseDecoder(parts: Parts, notes: string[]): Promise<Decoder> {
  const { llama, model, llamaContext, settings, broken } = parts;
  const limits = limitsOf(settings);
  notes.push(
    `llama.cpp is called from ${limits.workers === 1 ? 'one worker thread' : `${limits.workers} worker threads`}.`,
  );
  const native = reachNative(llama, model, llamaContext);
  const isThere = typeof native !== 'string';
  const sequences = await sequencesTogether(parts, isThere ? native : null, notes);
  const openPublic = (): Decoder =>
    new PublicLoop({ context: llamaContext, sequences, capacity: limits.context, broken });
  if (!isThere) {
    notes.push(`${native} ${SLOWER}`);
    return openPublic();
  }
  const { isRecurrent, isHybrid, swaSize } = model.fileInsights;
  const loop = new OwnLoop({
    native,
    sequences,
    memory: isRecurrent || isHybrid ? 'state' : swaSize === undefined ? 'cells' : 'window',
    idleToken: model.tokens.bos ?? 0,
    threads: llama.gpu === false ? settings.threads : 0,
    broken,
    ...limits,
  });
  await loop.warmUp(WARM_UP_MS);
  // The public way takes what the instance allows; the check must not wait for threads that are not there.
  const most = llama.maxThreads;
  if (loop.threads > 0) llama.maxThreads = loop.threads;
  const problem = await checkOwnLoop(model, llamaContext, native, limits);
  llama.maxThreads = most;
  if (problem !== null) {
    notes.push(`${problem} ${SLOWER}`);
    return openPublic();
  }
  loop.useThreads();
  notes.push(...loopNotes(loop, settings));
  return loop;
}

function loopNotes(loop: OwnLoop, settings: LoadSettings): string[] {
  const notes: string[] = [];
  if (loop.threads > 0 && loop.threads !== settings.threads) {
    notes.push(
      `${loop.threads} of ${settings.threads} threads: the machine is busy, and more would wait for each other.`,
    );
  }
  if (loop.washesRegisters) {
    notes.push(
      'These CPU kernels leave the vector registers in use: they are cleared before tokens are sampled.',
    );
  }
  if (loop.shape === 'free') {
    notes.push(
      'Sequences are no multiple of 8: the last bits of an answer may depend on the sequence it was written in.',
    );
  }
  return notes;
}
