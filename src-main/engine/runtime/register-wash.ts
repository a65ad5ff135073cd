/**
 * llama.cpp's kernels for AVX2 and AVX-512 can return with the upper parts of the vector registers in use. On some CPUs
 * (Golden Cove among them) each change between scalar code for SSE and for AVX then costs hundreds of cycles, and
 * Σ exp over a vocabulary is little else: 6 ms a token instead of 0.25, measured with such kernels; the AMX ones
 * return clean. Nothing reachable from here has the instruction that clears the registers (vzeroupper) but OpenSSL's
 * SHA-512 ends in it, and its jobs run on the same workers as the kernels' calls, in the order they came.
 */
import { pbkdf2 } from 'node:crypto';
import type { NativeContext, NativeSampler } from './binding.ts';

/** Sampling must be this many times as fast after a wash for it to be worth its 0.04 ms. */
const CLEARLY = 2;

export interface RegisterWash {
  /** True when washing was found to be worth it. */
  readonly isNeeded: boolean;
  /** Call it after a decode and before its samples are asked for; does nothing where it was not found to be needed. */
  wash(): void;
  /** Samples a row of the batch that was just decoded, as it is and again after a wash, and compares. */
  tryOn(context: NativeContext, batchIndex: number, sampler: NativeSampler): Promise<void>;
}

/** A job of libuv's pool that leaves its worker's registers clear. */
function sha512(): void {
  pbkdf2('', '', 1, 1, 'sha512', () => undefined);
}

/** `workers`: of libuv's pool; each may be the one that decoded. */
export function createRegisterWash(workers: number, job: () => void = sha512): RegisterWash {
  const best = { plain: Infinity, washed: Infinity };
  const isNeeded = (): boolean => best.plain > CLEARLY * best.washed;
  const washAll = (): void => {
    for (let worker = 0; worker < workers; worker++) job();
  };
  return {
    get isNeeded() {
      return isNeeded();
    },
    wash() {
      if (isNeeded()) washAll();
    },
    async tryOn(context, batchIndex, sampler) {
      const sample = async (kind: keyof typeof best): Promise<void> => {
        const startedAt = performance.now();
        await context.sampleToken(batchIndex, sampler, false, false, false, true);
        best[kind] = Math.min(best[kind], performance.now() - startedAt);
      };
      await sample('plain');
      washAll();
      await sample('washed');
    },
  };
}
