// Builds llama.cpp's batched benchmark and perplexity from node-llama-cpp's own source bundle: the exact version that
// the engine runs, about ten minutes on two cores, once. Run: node test/bench/limit.ts
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { batchedBench, CACHE, say } from './engine-bench.ts';

const PACKAGE = join(import.meta.dirname, '../../node_modules/node-llama-cpp/llama');
const SOURCE = join(CACHE, 'llama.cpp');
/** Kernels the machine has, named one by one: -DGGML_NATIVE lets the compiler guess more than some machines run. */
const FEATURES: Readonly<Record<string, string>> = {
  avx: 'AVX',
  avx2: 'AVX2',
  fma: 'FMA',
  f16c: 'F16C',
  bmi2: 'BMI2',
  avx512f: 'AVX512',
  avx512vbmi: 'AVX512_VBMI',
  avx512_vnni: 'AVX512_VNNI',
  avx512_bf16: 'AVX512_BF16',
  amx_tile: 'AMX_TILE',
  amx_int8: 'AMX_INT8',
  amx_bf16: 'AMX_BF16',
};

function step(command: string, args: readonly string[]): void {
  const done = spawnSync(command, args, { stdio: 'inherit' });
  if (done.status !== 0) throw new Error(`${command} failed (${done.status ?? done.signal}).`);
}

function features(): string[] {
  const flags = new Set(
    /^flags\s*:\s*(.*)$/m.exec(readFileSync('/proc/cpuinfo', 'utf8'))?.[1]?.split(' ') ?? [],
  );
  return Object.entries(FEATURES).flatMap(([flag, name]) => (flags.has(flag) ? [`-DGGML_${name}=ON`] : []));
}

if (batchedBench() === null) {
  mkdirSync(CACHE, { recursive: true });
  if (!existsSync(SOURCE)) step('git', ['clone', '-q', join(PACKAGE, 'gitRelease.bundle'), SOURCE]);
  const build = join(SOURCE, 'build');
  const options = [
    '-DGGML_NATIVE=OFF',
    '-DLLAMA_CURL=OFF',
    '-DLLAMA_BUILD_SERVER=OFF',
    '-DCMAKE_BUILD_TYPE=Release',
  ];
  step('cmake', ['-S', SOURCE, '-B', build, ...options, ...features()]);
  const targets = ['--target', 'llama-batched-bench', '--target', 'llama-perplexity'];
  step('cmake', ['--build', build, '-j', String(cpus().length), ...targets]);
}
say(`llama-batched-bench: ${batchedBench()}`);
