import { GgmlType, GgufInsights } from 'node-llama-cpp';
import type { Llama } from 'node-llama-cpp';
import type { LoadSettings } from '../../domain/plan.ts';
import type { ModelPrompt } from '../../domain/prompts/model-prompt.ts';
import type {
  DryRunEstimate,
  DryRunRequest,
  ProbedBackend,
  ProbedHeader,
  ReadPrompt,
  SplitBytes,
} from '../protocol.ts';
import { inspectFile } from './header.ts';
import { createLlamaLog } from './llama-log.ts';
import { openLlama } from './llama.ts';
import { createPrompter, type Prompter, sha256 } from './prompt.ts';

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

let onCpu: Promise<Llama> | null = null;

/** The answer of the probe for one file: its header, and a sentence where it cannot be used. */
export async function readHeader(path: string): Promise<ProbedHeader> {
  const { info, header, problem } = await inspectFile(path);
  const template = header?.metadata['tokenizer.chat_template'];
  const vocabulary = header?.metadata['tokenizer.ggml.tokens.length'];
  let sentence = problem?.message ?? null;
  if (info && sentence === null) {
    onCpu ??= openLlama('cpu', quiet());
    const insights = await GgufInsights.from(info, await onCpu);
    if (!insights.isSupportedByLlamaCpp) {
      sentence = `This llama.cpp does not know the architecture "${info.metadata.general.architecture}": update Assize.`;
    }
  }
  return {
    path,
    header,
    chatTemplateSha256: typeof template === 'string' && template.trim() !== '' ? sha256(template) : null,
    vocabulary: typeof vocabulary === 'number' ? vocabulary : 0,
    problem: sentence,
  };
}

const NOTHING: SplitBytes = { gpuBytes: 0, hostBytes: 0 };
const KV_TYPES = { f16: GgmlType.F16, q8_0: GgmlType.Q8_0, q4_0: GgmlType.Q4_0 } as const;
/** llama.cpp pads a sequence's cells to this. */
const CELL_PADDING = 256;

/**
 * llama.cpp's own allocator on a header alone, for each variation: all of them must name the backend and devices that
 * this process was started with, because bytes go to devices that exist. The sum of KV cache and compute buffers is
 * exact; they are told apart by how it grows with the context (recurrent state does not, and counts as compute).
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
  const growth = async (batch: number): Promise<SplitBytes> => {
    const [less, more] = [await context(cells, batch), await context(cells + CELL_PADDING, batch)];
    return { gpuBytes: more.gpuVram - less.gpuVram, hostBytes: more.cpuRam - less.cpuRam };
  };
  // Attention's mask and scores grow with the context too, but by the batch as well: a batch of none is the cache alone.
  const [one, two] = [await growth(settings.sequences), await growth(2 * settings.sequences)];
  const cache = (first: number, second: number, most: number): number =>
    Math.min(most, Math.max(0, Math.round(((2 * first - second) * cells) / CELL_PADDING)));
  const kv = {
    gpuBytes: cache(one.gpuBytes, two.gpuBytes, total.gpuVram),
    hostBytes: cache(one.hostBytes, two.hostBytes, total.cpuRam),
  };
  return {
    settings,
    weights: { gpuBytes: weights.gpuVram, hostBytes: weights.cpuRam },
    kv,
    compute: { gpuBytes: total.gpuVram - kv.gpuBytes, hostBytes: total.cpuRam - kv.hostBytes },
    problem: null,
  };
}

/** A model's tokenizer and template, its weights left where they are. Throws a sentence. */
async function vocabularyOf(path: string): Promise<Prompter> {
  const { problem } = await inspectFile(path);
  if (problem) throw new Error(problem.message);
  const llama = await openLlama('cpu', quiet());
  return createPrompter(llama, await llama.loadModel({ modelPath: path, vocabOnly: true, gpuLayers: 0 }));
}

/** Token counts of prompts after the chat template, from the vocabulary alone. Throws a sentence. */
export async function tokenCounts(path: string, prompts: readonly ModelPrompt[]): Promise<number[]> {
  const prompter = await vocabularyOf(path);
  return prompts.map((prompt) => prompter.prepare(prompt).tokens.length);
}

/** One prompt as the model reads it, from the vocabulary alone. Throws a sentence. */
export async function readPrompt(
  path: string,
  prompt: ModelPrompt,
  labels: readonly string[],
): Promise<ReadPrompt> {
  const prompter = await vocabularyOf(path);
  const prepared = prompter.prepare(prompt);
  const labelTokens = prompter.labelTokens(prepared, labels);
  return { text: prepared.text, tokens: prepared.tokens.length, labelTokens };
}
