import { LlamaLogLevel } from 'node-llama-cpp';
import type { MeasuredMemory } from '../engine.ts';

const MIB = 1024 * 1024;

/**
 * "load_tensors:   CPU_Mapped model buffer size =    92.10 MiB". Nothing but the log tells devices apart: the
 * binding's own account has one sum for all cards, and one for KV cache and compute buffers.
 */
const BUFFER = /^\w+:\s+(\S+)\s+(model|KV|RS|compute|output) buffer size\s*=\s*([\d.]+) MiB/;
/** Buffer types in RAM: CPU, CPU_Mapped, CPU_REPACK, AMX, CUDA_Host, Vulkan_Host… */
const HOST_BUFFER = /^(CPU|AMX|BLAS|ACCEL|KLEIDIAI)|_Host$/i;

/** Weights in these are in the order that the fast matrix kernels of the CPU read. */
const FAST_BUFFER = /^(AMX|CPU_REPACK|CPU_AARCH64|KLEIDIAI|CPU_KLEIDIAI)$/i;

export interface LlamaLog {
  readonly logger: (level: LlamaLogLevel, message: string) => void;
  /** llama.cpp's buffers by device since the start, bytes; devices as llama.cpp names them, RAM as "host". */
  memory(): MeasuredMemory[];
  /** Bytes of weights that were laid out anew for this CPU's fast kernels. */
  repackedBytes(): number;
  /** Whether weights were laid out for the AMX kernels. */
  usesAmx(): boolean;
  /** The last error that llama.cpp gave, without the function's name; null when there was none. */
  lastError(): string | null;
  /** Whether an allocation failed since the start: a failed load has no other sign of it. */
  ranOutOfMemory(): boolean;
}

/** Says that a load failed, after the line that says why. */
const GENERIC = /failed to load model\s*$/;
/** "failed to allocate buffer", "unable to allocate CUDA0 buffer", "cudaMalloc failed: out of memory", Vulkan's own. */
const NO_MEMORY =
  /(failed|unable) to allocate|out of memory|OutOfDeviceMemory|OutOfHostMemory|cudaMalloc failed/i;

/** Receives what llama.cpp says: keeps the buffers it reports, hands warnings and errors on. */
export function createLlamaLog(handOn: (line: string) => void): LlamaLog {
  const devices = new Map<string, { -readonly [K in keyof MeasuredMemory]: MeasuredMemory[K] }>();
  let repacked = 0;
  let usesAmx = false;
  let lastError: string | null = null;
  let outOfMemory = false;
  const count = (line: string): void => {
    const [, buffer, kind, mib] = BUFFER.exec(line) ?? [];
    if (buffer === undefined || mib === undefined) return;
    const deviceId = HOST_BUFFER.test(buffer) ? 'host' : buffer.replace(/_.*$/, '');
    const entry = devices.get(deviceId) ?? { deviceId, weightsBytes: 0, kvBytes: 0, computeBytes: 0 };
    const bytes = Math.round(Number(mib) * MIB);
    if (kind === 'model' && FAST_BUFFER.test(buffer)) repacked += bytes;
    if (kind === 'model' && buffer === 'AMX') usesAmx = true;
    if (kind === 'model') entry.weightsBytes += bytes;
    else if (kind === 'KV' || kind === 'RS') entry.kvBytes += bytes;
    else entry.computeBytes += bytes;
    devices.set(deviceId, entry);
  };
  return {
    logger(level, message) {
      for (const line of message.split('\n')) {
        count(line.trim());
        if (level === LlamaLogLevel.error && line.trim() !== '' && !GENERIC.test(line)) {
          lastError = line.trim().replace(/^\w+: /, '');
          outOfMemory ||= NO_MEMORY.test(line);
        }
        if (level === LlamaLogLevel.error || level === LlamaLogLevel.warn || level === LlamaLogLevel.fatal) {
          handOn(`${level}: ${line}`);
        }
      }
    },
    memory: () => [...devices.values()],
    repackedBytes: () => repacked,
    usesAmx: () => usesAmx,
    lastError: () => lastError,
    ranOutOfMemory: () => outOfMemory,
  };
}
