import { GgmlType, GgufInsights } from 'node-llama-cpp';
import type { Llama } from 'node-llama-cpp';
import type { LoadSettings } from '../../domain/plan.ts';
import type { EnginePrompt } from '../engine.ts';
import type { DryRunEstimate, DryRunRequest, ProbedBackend, SplitBytes } from '../protocol.ts';
import { inspectFile } from './header.ts';
import { createLlamaLog } from './llama-log.ts';
import { openLlama } from './llama.ts';
import { createPrompter } from './prompt.ts';

const quiet = (): ReturnType<typeof createLlamaLog> => createLlamaLog(() => undefined);

/** The devices that a backend sees in this process's environment; null when the backend is not there. */
export async function probeBackend(backend: LoadSettings['backend']): Promise<ProbedBackend | null> {
  if (backend === 'cpu') return null;
  let llama: Llama;
  try {
    llama = await openLlama(backend, quiet());
  } catch {
    return null;
  }
  const deviceNames = await llama.getGpuDeviceNames();
  const vram = await llama.getVramState();
  return {
    backend,
    deviceNames,
    totalBytes: vram.total,
    freeBytes: vram.free,
    unifiedBytes: vram.unifiedSize,
  };
}

const NOTHING: SplitBytes = { gpuBytes: 0, hostBytes: 0 };
const KV_TYPES = { f16: GgmlType.F16, q8_0: GgmlType.Q8_0, q4_0: GgmlType.Q4_0 } as const;
/** llama.cpp pads a sequence's cells to this. */
const CELL_PADDING = 256;

/**
 * llama.cpp's own allocator on a header alone, for each variation: all of them must name the backend and devices that
 * this process was started with, because bytes go to devices that exist. The sum of KV cache and compute buffers is
 * exact; they are told apart by how it grows with one more padding's worth of context (not at all for recurrent state).
 */
export async function dryRun(request: DryRunRequest): Promise<DryRunEstimate[]> {
  const [first] = request.variations;
  if (!first) return [];
  const { info, problem } = await inspectFile(request.path);
  const failed = (settings: LoadSettings, message: string): DryRunEstimate => ({
    settings,
    weights: NOTHING,
    kv: NOTHING,
    compute: NOTHING,
    problem: message,
  });
  if (!info) return request.variations.map((settings) => failed(settings, problem?.message ?? 'No header.'));
  const llama = await openLlama(first.backend, quiet());
  const insights = await GgufInsights.from(info, llama);
  const estimates: DryRunEstimate[] = [];
  for (const settings of request.variations) {
    try {
      estimates.push(await estimate(insights, settings));
    } catch (error) {
      const detail = error instanceof Error ? error.message : String(error);
      estimates.push(failed(settings, `llama.cpp's dry run failed: ${detail}`));
    }
  }
  return estimates;
}

async function estimate(insights: GgufInsights, settings: LoadSettings): Promise<DryRunEstimate> {
  const weights = await insights.estimateModelResourceRequirementsV2({
    gpuLayers: settings.gpuLayers,
    useMmap: settings.mmap,
  });
  const context = (
    contextSize: number,
    batchSize: number,
  ): ReturnType<GgufInsights['estimateContextResourceRequirementsV2']> =>
    insights.estimateContextResourceRequirementsV2({
      contextSize,
      modelGpuLayers: settings.gpuLayers,
      batchSize,
      sequences: settings.sequences,
      flashAttention: settings.flashAttention,
      kvCacheKeyType: KV_TYPES[settings.kvType],
      kvCacheValueType: KV_TYPES[settings.kvType],
      useMmap: settings.mmap,
    });
  const cells = Math.ceil(settings.contextPerSequence / CELL_PADDING) * CELL_PADDING;
  const total = await context(cells, Math.max(settings.batch, settings.sequences));
  // In the smallest batch, so that the attention mask, which grows with the context too, weighs next to nothing.
  const [less, more] = [
    await context(cells, settings.sequences),
    await context(cells + CELL_PADDING, settings.sequences),
  ];
  const grown = (a: number, b: number, most: number): number =>
    Math.min(most, Math.max(0, Math.round(((b - a) * cells) / CELL_PADDING)));
  const kv = {
    gpuBytes: grown(less.gpuVram, more.gpuVram, total.gpuVram),
    hostBytes: grown(less.cpuRam, more.cpuRam, total.cpuRam),
  };
  return {
    settings,
    weights: { gpuBytes: weights.gpuVram, hostBytes: weights.cpuRam },
    kv,
    compute: { gpuBytes: total.gpuVram - kv.gpuBytes, hostBytes: total.cpuRam - kv.hostBytes },
    problem: null,
  };
}

/** Token counts of prompts after the chat template, from the vocabulary alone. Throws a sentence. */
export async function tokenCounts(path: string, prompts: readonly EnginePrompt[]): Promise<number[]> {
  const { problem } = await inspectFile(path);
  if (problem) throw new Error(problem.message);
  const llama = await openLlama('cpu', quiet());
  const model = await llama.loadModel({ modelPath: path, vocabOnly: true, gpuLayers: 0 });
  const prompter = createPrompter(llama, model);
  return prompts.map((prompt) => prompter.prepare(prompt).tokens.length);
}
