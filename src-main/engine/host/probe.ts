/** What can be asked of the engine without loading a model: each question is a child's whole life. */
import { isAbsolute } from 'node:path';
import { z } from 'zod';
import type { Backend } from '../../domain/hardware.ts';
import type { LoadSettings } from '../../domain/plan.ts';
import { EngineError } from '../engine.ts';
import type { ModelPrompt } from '../../domain/prompts/model-prompt.ts';
import {
  dryRunEstimateSchema,
  probedBackendSchema,
  probedHeaderSchema,
  readPromptSchema,
} from '../protocol.ts';
import type { DryRunEstimate, DryRunRequest, ProbedBackend, ProbedHeader, ReadPrompt } from '../protocol.ts';
import { startChild } from './child.ts';
import type { EngineChild } from './child.ts';
import { buildEnvironment } from './environment.ts';

export interface ProbeOptions {
  readonly entry: string;
  readonly signal: AbortSignal;
  readonly nodePath?: string | undefined;
  readonly env?: Readonly<Record<string, string>> | undefined;
  readonly log?: ((line: string) => void) | undefined;
}

/** The largest header is 30 MB and read in two seconds; a remote one comes over a slow line. Later it is a hang. */
const HEADER_MS = { local: 30_000, remote: 180_000 } as const;
/** Listing devices and dry runs load drivers and read a header. */
const QUESTION_MS = 120_000;

interface Placement {
  readonly backend: Backend;
  readonly devices: readonly number[];
  readonly deviceIds?: readonly string[] | undefined;
}
const ON_CPU: Placement = { backend: 'cpu', devices: [] };

async function withChild<T>(
  options: ProbeOptions,
  placement: Placement,
  ask: (child: EngineChild) => Promise<T>,
): Promise<T> {
  const env = buildEnvironment(process.env, placement, options.env);
  const { entry, nodePath, signal } = options;
  const child = await startChild({ entry, nodePath, env, log: options.log ?? (() => undefined) }, signal);
  try {
    return await within(child, signal, QUESTION_MS, () => ask(child));
  } finally {
    await child.shutdown();
  }
}

/**
 * Headers of GGUF files (of a split model name the first part; http:, https: and hf: addresses are read by ranges), in
 * the order given. A header that cannot be used comes with a sentence. A file over which the child dies gets one too,
 * and the rest is read by a new child. Throws EngineError only when no child can be started or the signal is aborted.
 */
export async function* probeHeaders(
  paths: readonly string[],
  options: ProbeOptions,
): AsyncGenerator<ProbedHeader, void, undefined> {
  let left = [...paths];
  while (left.length > 0) {
    const asked = left;
    const env = buildEnvironment(process.env, ON_CPU, options.env);
    const { entry, nodePath, signal } = options;
    const child = await startChild({ entry, nodePath, env, log: options.log ?? (() => undefined) }, signal);
    try {
      for (const path of asked) {
        left = left.slice(1);
        const found = await readOne(child, path, options.signal);
        yield found;
        if (found.died === true) break;
      }
    } finally {
      await child.shutdown();
    }
  }
}

async function readOne(child: EngineChild, path: string, signal: AbortSignal): Promise<ProbedHeader> {
  const deadline = /^\w+:\/?\/?[^\\]/.test(path) && !isAbsolute(path) ? HEADER_MS.remote : HEADER_MS.local;
  try {
    const ask = (): Promise<ProbedHeader> => child.call(probedHeaderSchema, (rpc) => rpc.readHeader(path));
    return await within(child, signal, deadline, ask);
  } catch {
    if (signal.aborted) throw new EngineError('cancelled', 'Cancelled while headers were read.');
    const problem =
      'Reading this file ended the reader: its header is damaged in a way that nothing should load.';
    return { path, header: null, chatTemplateSha256: null, vocabulary: 0, problem, died: true };
  }
}

/** Ends the child when the signal aborts or the deadline passes, so that `ask` never waits for ever. */
async function within<T>(
  child: EngineChild,
  signal: AbortSignal,
  deadlineMs: number,
  ask: () => Promise<T>,
): Promise<T> {
  const abort = (): void => void child.kill(null);
  const late = setTimeout(() => {
    void child.kill(
      new EngineError('hung', `The engine's probe did not answer within ${deadlineMs / 1000} s.`),
    );
  }, deadlineMs);
  signal.addEventListener('abort', abort, { once: true });
  try {
    if (signal.aborted) abort();
    return await ask();
  } finally {
    clearTimeout(late);
    signal.removeEventListener('abort', abort);
  }
}

/** One device as a backend sees it. `index` is what LoadSettings.devices takes. */
export interface ProbedDevice {
  readonly name: string;
  readonly index: number;
  readonly totalBytes: number | null;
  readonly freeBytes: number | null;
  /** In software (llvmpipe and its like): there for tests, slower than the CPU itself. */
  readonly software: boolean;
}
export interface BackendDevices {
  readonly backend: Backend;
  readonly devices: readonly ProbedDevice[];
}

const SOFTWARE = /llvmpipe|lavapipe|swiftshader|software/i;
/** No machine has more cards than this; a loop over them ends in any case. */
const MOST_DEVICES = 16;

/**
 * The devices of each GPU backend that works on this machine. Each device is asked in a child that sees it alone:
 * the binding tells bytes only as a sum, and Vulkan hides software devices unless they are named. Where the user has
 * restricted CUDA_VISIBLE_DEVICES or GGML_VK_VISIBLE_DEVICES, only those are asked. Backends are asked at the same time:
 * of a card that two of them see, the free memory may be some hundred MiB too little, never too much.
 */
export async function probeDevices(options: ProbeOptions): Promise<BackendDevices[]> {
  const backends: Backend[] = process.platform === 'darwin' ? ['metal'] : ['cuda', 'vulkan'];
  const found = await Promise.all(
    backends.map(async (backend) => ({ backend, devices: await devicesOf(backend, options) })),
  );
  return found.filter(({ devices }) => devices.length > 0);
}

async function devicesOf(backend: Backend, options: ProbeOptions): Promise<ProbedDevice[]> {
  const devices: ProbedDevice[] = [];
  const indexes =
    allowed(backend, { ...process.env, ...options.env }) ?? Array.from({ length: MOST_DEVICES }, (_, i) => i);
  for (const index of indexes) {
    const seen = await askBackend(backend, [index], options);
    const name = seen?.deviceNames[0];
    if (!seen || name === undefined) break;
    const { totalBytes, freeBytes } = seen;
    devices.push({ name, index, totalBytes, freeBytes, software: SOFTWARE.test(name) });
    if (backend === 'metal') break;
  }
  return devices;
}

/** Null where the user restricts nothing, or by names that are no numbers (UUIDs). */
function allowed(backend: Backend, env: Readonly<Record<string, string | undefined>>): number[] | null {
  const list = env[backend === 'cuda' ? 'CUDA_VISIBLE_DEVICES' : 'GGML_VK_VISIBLE_DEVICES'];
  if (list === undefined || list === '') return null;
  const indexes = list.split(',').map(Number);
  return indexes.every((index) => Number.isInteger(index)) ? indexes.filter((index) => index >= 0) : null;
}

async function askBackend(
  backend: Backend,
  devices: readonly number[],
  options: ProbeOptions,
): Promise<ProbedBackend | null> {
  try {
    return await withChild(options, { backend, devices }, (child) =>
      child.call(probedBackendSchema.nullable(), (rpc) => rpc.devices(backend)),
    );
  } catch (error) {
    if (options.signal.aborted) throw error;
    // A driver that crashes while it is listed cannot be used.
    return null;
  }
}

/**
 * llama.cpp's own allocator on the header of `path`, once for each variation, in their order; nothing is allocated.
 * Variations are grouped by backend and devices, one child each. Problems come as sentences in the estimate.
 */
export async function dryRun(request: DryRunRequest, options: ProbeOptions): Promise<DryRunEstimate[]> {
  const key = (settings: LoadSettings): string =>
    `${settings.backend}:${(settings.deviceIds ?? settings.devices).join(',')}`;
  const groups = Map.groupBy(request.variations, key);
  const estimates = new Map<LoadSettings, DryRunEstimate>();
  for (const variations of groups.values()) {
    const [first] = variations;
    if (!first) continue;
    const answers = await withChild(options, first, (child) =>
      child.call(z.array(dryRunEstimateSchema), (rpc) => rpc.dryRun({ path: request.path, variations })),
    );
    for (const [index, settings] of variations.entries()) {
      const answer = answers[index];
      if (answer) estimates.set(settings, answer);
    }
  }
  return request.variations.flatMap((settings) => estimates.get(settings) ?? []);
}

/** Token counts of prompts after the model's chat template, in order, from its vocabulary alone: no weights are read. */
export function countTokens(
  path: string,
  prompts: readonly ModelPrompt[],
  options: ProbeOptions,
): Promise<number[]> {
  return withChild(options, ON_CPU, (child) =>
    child.call(z.array(z.number()), (rpc) => rpc.tokenCounts(path, prompts)),
  );
}

/** One prompt after the model's chat template, its length, and the first token of each label where it ends. */
export function readPrompt(
  path: string,
  { prompt, labels }: { readonly prompt: ModelPrompt; readonly labels: readonly string[] },
  options: ProbeOptions,
): Promise<ReadPrompt> {
  return withChild(options, ON_CPU, (child) =>
    child.call(readPromptSchema, (rpc) => rpc.readPrompt(path, prompt, labels)),
  );
}
