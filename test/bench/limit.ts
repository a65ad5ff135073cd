// Builds llama.cpp's batched benchmark and perplexity: their few sources come from node-llama-cpp's own bundle, the
// libraries and kernels are the very ones that the engine loads, so they measure the limit of the same code. Linux x64
// with git and g++; some seconds, once. Run: node test/bench/limit.ts
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { batchedBench, CACHE, LIMIT, say } from './engine-bench.ts';

const MODULES = join(import.meta.dirname, '../../node_modules');
const BUNDLE = join(MODULES, 'node-llama-cpp/llama/gitRelease.bundle');
const BINARIES = join(MODULES, '@node-llama-cpp/linux-x64/bins/linux-x64');
const SOURCE = join(CACHE, 'llama.cpp');
const INCLUDES = ['common', 'include', 'ggml/include', 'vendor'];

function step(command: string, args: readonly string[], cwd: string): void {
  const done = spawnSync(command, args, { stdio: 'inherit', cwd });
  if (done.status !== 0) throw new Error(`${command} failed (${done.status ?? done.signal}).`);
}

function build(tool: string): void {
  const libraries = readdirSync(BINARIES).filter(
    (name) => /^lib(llama|ggml)[-.\w]*\.so$/.test(name) && !name.includes('cpu-'),
  );
  const sources = readdirSync(join(SOURCE, 'tools', tool)).filter((name) => name.endsWith('.cpp'));
  const compile = INCLUDES.map((folder) => `-I${folder}`).concat('-O2', '-std=c++17', '-pthread');
  const link = libraries.map((name) => `-l:${name}`).concat('-Wl,-rpath,$ORIGIN');
  const files = sources.map((name) => join('tools', tool, name));
  const args = [...compile, ...files, '-o', join(LIMIT, `llama-${tool}`), `-L${LIMIT}`, ...link];
  step('g++', args, SOURCE);
}

if (batchedBench() === null) {
  rmSync(LIMIT, { recursive: true, force: true });
  mkdirSync(LIMIT, { recursive: true });
  if (!existsSync(SOURCE)) step('git', ['clone', '-q', BUNDLE, SOURCE], CACHE);
  // Kernels are looked for beside the program.
  for (const name of readdirSync(BINARIES)) {
    if (name.endsWith('.so')) symlinkSync(join(BINARIES, name), join(LIMIT, name));
  }
  for (const tool of ['batched-bench', 'perplexity']) build(tool);
}
say(`The limit is in ${LIMIT}.`);
