import type { ModelFit } from '../../../src-main/domain/fit.ts';
import type { ModelFile, ModelSource } from '../../../src-main/domain/model.ts';
import type { ComponentName, PlanDevice, PlanPhase } from '../../../src-main/domain/plan.ts';
import { digest } from './text.ts';

const MIB = 1024 ** 2;
const GIB = 1024 ** 3;

interface Seed {
  readonly file: string;
  readonly name: string;
  readonly architecture: string;
  readonly quantization: string;
  readonly parameters: number;
  readonly layers: number;
  readonly context: number;
  readonly gib: number;
  readonly source: ModelSource;
  readonly chat?: boolean;
  readonly hashed?: boolean;
  readonly problem?: string;
}

const SEEDS: readonly Seed[] = [
  {
    file: 'Llama-3.2-1B.Q8_0.gguf',
    name: 'Llama 3.2 1B',
    architecture: 'llama',
    quantization: 'Q8_0',
    parameters: 1_235_814_432,
    layers: 16,
    context: 131_072,
    gib: 1.23,
    source: 'folder',
    chat: false,
  },
  {
    file: 'Meta-Llama-3.1-8B-Instruct-Q4_K_M.gguf',
    name: 'Meta Llama 3.1 8B Instruct',
    architecture: 'llama',
    quantization: 'Q4_K_M',
    parameters: 8_030_261_312,
    layers: 32,
    context: 131_072,
    gib: 4.58,
    source: 'lm-studio',
  },
  {
    file: 'Meta-Llama-3.1-8B-Instruct-F16.gguf',
    name: 'Meta Llama 3.1 8B Instruct',
    architecture: 'llama',
    quantization: 'F16',
    parameters: 8_030_261_312,
    layers: 32,
    context: 131_072,
    gib: 14.97,
    source: 'folder',
    hashed: false,
  },
  {
    file: 'Llama-2-7b-chat.Q5_K_M.gguf',
    name: 'LLaMA v2 7B Chat',
    architecture: 'llama',
    quantization: 'Q5_K_M',
    parameters: 6_738_415_616,
    layers: 32,
    context: 4096,
    gib: 4.45,
    source: 'hugging-face',
  },
  {
    file: 'Meta-Llama-3.1-70B-Instruct-Q4_K_M-00001-of-00002.gguf',
    name: 'Meta Llama 3.1 70B Instruct',
    architecture: 'llama',
    quantization: 'Q4_K_M',
    parameters: 70_553_706_496,
    layers: 80,
    context: 131_072,
    gib: 39.6,
    source: 'folder',
    hashed: false,
  },
  {
    file: 'gemma-3-12b-it-Q6_K.gguf',
    name: 'Gemma 3 12B It',
    architecture: 'gemma3',
    quantization: 'Q6_K',
    parameters: 11_765_788_416,
    layers: 48,
    context: 131_072,
    gib: 9.01,
    source: 'ollama',
  },
  {
    file: 'Qwen2.5-32B-Instruct-Q4_K_M.gguf',
    name: 'Qwen2.5 32B Instruct',
    architecture: 'qwen2',
    quantization: 'Q4_K_M',
    parameters: 32_763_876_352,
    layers: 64,
    context: 32_768,
    gib: 18.49,
    source: 'llama.cpp',
  },
  {
    file: 'SmolLM2-135M-Instruct.Q4_K_M.gguf',
    name: 'SmolLM2 135M Instruct',
    architecture: 'llama',
    quantization: 'Q4_K_M',
    parameters: 134_515_584,
    layers: 30,
    context: 8192,
    gib: 0.098,
    source: 'default',
  },
  {
    file: 'broken-download.gguf',
    name: 'broken-download',
    architecture: '',
    quantization: '',
    parameters: 0,
    layers: 0,
    context: 0,
    gib: 0.4,
    source: 'folder',
    problem:
      'The file ends in the middle of its tensors (420,113,408 of 4,920,739,232 bytes). Download it again.',
  },
];

const id = (seed: Seed): string => `m_${digest(seed.file).slice(0, 16)}`;

export function modelFile(seed: Seed): ModelFile {
  const path = `/mnt/models/${seed.file}`;
  return {
    id: id(seed),
    path,
    parts: seed.file.includes('-00001-of-') ? [path, path.replace('-00001-of-', '-00002-of-')] : [path],
    name: seed.file.replace(/(-00001-of-\d+)?\.gguf$/, ''),
    source: seed.source,
    fileBytes: Math.round(seed.gib * GIB),
    modifiedAt: Date.UTC(2026, 0, 12),
    sha256: seed.hashed === false || seed.problem !== undefined ? null : digest(`sha ${seed.file}`),
    facts:
      seed.problem === undefined
        ? {
            name: seed.name,
            architecture: seed.architecture,
            quantization: seed.quantization,
            parameters: seed.parameters,
            layers: seed.layers,
            contextTrained: seed.context,
            vocabulary: 128_256,
            hasChatTemplate: seed.chat ?? true,
            chatTemplateSha256: seed.chat === false ? null : digest(seed.architecture),
            tensorTypes: { [seed.quantization]: seed.layers * 7, F32: seed.layers * 2 + 1 },
          }
        : null,
    problem: seed.problem ?? null,
  };
}

export const MODELS: readonly ModelFile[] = SEEDS.map(modelFile);

function device(
  name: string,
  deviceId: string,
  capacityBytes: number,
  parts: [ComponentName, number][],
): PlanDevice {
  const components = parts.map(([part, bytes]) => ({
    name: part,
    bytes: Math.round(bytes),
    basis: part === 'driver-context' ? ('guessed' as const) : ('exact' as const),
    source: 'llama.cpp dry run',
  }));
  const reserveBytes = 512 * MIB;
  const sum = components.reduce((total, { bytes }) => total + bytes, 0);
  return {
    deviceId,
    name,
    components,
    capacityBytes,
    reserveBytes,
    marginBytes: capacityBytes - reserveBytes - sum,
  };
}

/** A phase of one model on the first card, with as many layers there as fit. */
export function phaseOf(model: ModelFile, role: 'generate' | 'judge', context: number): PlanPhase {
  const capacity = Math.round(22.4 * GIB);
  const layers = (model.facts?.layers ?? 0) + 1;
  const fixed = 900 * MIB;
  const kv = layers * context * 4 * 4096;
  const whole = model.fileBytes + kv + fixed;
  const gpuLayers =
    whole + 512 * MIB <= capacity
      ? layers
      : Math.floor((layers * (capacity - 512 * MIB - fixed)) / (model.fileBytes + kv));
  const share = gpuLayers / layers;
  const host: [ComponentName, number][] = [
    ['weights', model.fileBytes * (1 - share)],
    ['kv-cache', kv * (1 - share)],
    ['process', 210 * MIB],
  ];
  return {
    role,
    modelId: model.id,
    modelName: model.name,
    totalLayers: layers,
    settings: {
      gpuLayers,
      contextPerSequence: context,
      sequences: 4,
      batch: 512,
      threads: 16,
      flashAttention: true,
      kvType: 'f16',
      mmap: true,
      backend: 'cuda',
      devices: [0],
    },
    devices: [
      device('RTX 4090', 'GPU-00000000', capacity, [
        ['weights', model.fileBytes * share],
        ['kv-cache', kv * share],
        ['compute', 560 * MIB],
        ['driver-context', 340 * MIB],
      ]),
      device('RAM', 'host', Math.round(48 * GIB), host),
    ],
  };
}

export function fitOf(model: ModelFile, context: number | null): ModelFit {
  const at = Date.now();
  if (model.facts === null)
    return {
      modelId: model.id,
      verdict: 'unknown',
      reason: model.problem ?? 'The header was not read.',
      phase: null,
      maxContext: null,
      at,
    };
  const phase = phaseOf(model, 'generate', context ?? 2048);
  const { gpuLayers } = phase.settings;
  const margin = Math.round((phase.devices[0]?.marginBytes ?? 0) / MIB).toLocaleString('en-US');
  if (gpuLayers === phase.totalLayers)
    return {
      modelId: model.id,
      verdict: 'yes',
      reason: `Fits whole on the RTX 4090 with ${margin} MiB to spare.`,
      phase,
      maxContext: model.facts.contextTrained,
      at,
    };
  if (gpuLayers / phase.totalLayers > 0.7)
    return {
      modelId: model.id,
      verdict: 'tight',
      reason: `${gpuLayers} of ${phase.totalLayers} layers fit on the RTX 4090; the rest runs on the CPU, several times slower.`,
      phase,
      maxContext: 4096,
      at,
    };
  return {
    modelId: model.id,
    verdict: 'no',
    reason: `Weights alone need ${Math.round(model.fileBytes / MIB - 22_400).toLocaleString('en-US')} MiB more than the RTX 4090 has free.`,
    phase,
    maxContext: null,
    at,
  };
}
