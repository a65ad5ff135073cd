import { getLlama, InsufficientMemoryError, LlamaLogLevel, NoBinaryFoundError } from 'node-llama-cpp';
import type { Llama } from 'node-llama-cpp';
import type { LoadSettings } from '../../domain/plan.ts';
import type { Failure } from '../protocol.ts';
import type { LlamaLog } from './llama-log.ts';

/** llama.cpp with one backend, from the binaries that came with the package: never built, never downloaded. */
export function openLlama(backend: LoadSettings['backend'], log: LlamaLog, threads?: number): Promise<Llama> {
  return getLlama({
    gpu: backend === 'cpu' ? false : backend,
    build: 'never',
    skipDownload: true,
    progressLogs: false,
    // Buffer sizes are said at this level.
    logLevel: LlamaLogLevel.info,
    logger: log.logger,
    ...(threads === undefined || threads === 0 ? {} : { maxThreads: threads }),
  });
}

/** Of llama.cpp's own list of what its kernels use: "CPU : … | AMX_INT8 = 1 | …". */
export function hasAmx(systemInfo: string): boolean {
  return /\bAMX_INT8 = 1\b/.test(systemInfo);
}

/** "K cache type q8_0 with block size 32 does not divide n_embd_head_k=16", "V cache quantization requires flash_attn". */
const CACHE_TYPE = /\b[KV] cache (type|quantization)\b/;

/** A failure of node-llama-cpp as the kind a person can act on. */
export function asFailure(error: unknown, doing: string, log: LlamaLog): Failure {
  const detail = error instanceof Error ? error.message : String(error);
  const said = log.lastError();
  if (error instanceof InsufficientMemoryError || log.ranOutOfMemory()) {
    return {
      ok: false,
      kind: 'out-of-memory',
      message: `There is not enough memory for this: ${detail}. Put fewer layers on the GPU or take a smaller context.`,
    };
  }
  if (error instanceof NoBinaryFoundError) {
    const message = `This installation has no llama.cpp for the chosen backend: ${detail}. Choose another backend.`;
    return { ok: false, kind: 'unsupported', message };
  }
  if (said !== null && CACHE_TYPE.test(said)) {
    const message = `The KV cache cannot be kept in this type: ${said}. Take f16 for the KV cache.`;
    return { ok: false, kind: 'unsupported', message };
  }
  if (said !== null) {
    const message = `llama.cpp cannot load this file: ${said}. Take another version of the model, or update Assize.`;
    return { ok: false, kind: 'unsupported', message };
  }
  return { ok: false, kind: 'crashed', message: `${doing} failed: ${detail}` };
}
