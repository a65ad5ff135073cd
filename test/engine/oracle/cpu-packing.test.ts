import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { readMachine } from '../../../src-main/core/hardware/machine.ts';
import { cpuKernels } from '../../../src-main/domain/memory/cpu-packing.ts';
import { modelMemory } from '../../../src-main/domain/memory/model-memory.ts';
import { smallSpec } from '../../fixtures/gguf-architectures.ts';
import { headerOf, type Recipe } from '../../fixtures/gguf-headers.ts';
import { writeGguf, type GgufSpec } from '../../fixtures/gguf-writer.ts';

const CHILD = fileURLToPath(new URL('load-child.mjs', import.meta.url));
const MIB = 2 ** 20;

const FILES: readonly (readonly [string, Recipe])[] = [
  ['llama', 'Q4_K_M'],
  ['llama-tied', 'Q4_K_M'],
  ['llama-tied', 'Q8_0'],
  ['llama', 'Q4_0'],
  ['llama', 'F16'],
  ['mixtral', 'Q4_K_M'],
  ['gemma3', 'Q4_K_M'],
  ['phi2', 'Q8_0'],
  ['mamba', 'Q4_K_M'],
  ['gemma4', 'Q4_K_M'],
  ['llama4', 'Q4_K_M'],
  ['nemotron_h', 'Q8_0'],
];

/** A real load wants a vocabulary: bytes, and a name for every other token. */
function withVocabulary(spec: GgufSpec): GgufSpec {
  const size = spec.tensors.find(({ name }) => name === 'token_embd.weight')?.dims[1] ?? 0;
  const byte = (i: number): string => `<0x${i.toString(16).toUpperCase().padStart(2, '0')}>`;
  const values = Array.from({ length: size }, (_, i) => (i >= 3 && i < 259 ? byte(i - 3) : `t${i}`));
  const types = values.map((_, i) => (i >= 3 && i < 259 ? 6 : 1));
  return {
    ...spec,
    metadata: {
      ...spec.metadata,
      'tokenizer.ggml.model': 'llama',
      'tokenizer.ggml.tokens': { array: 'string', values },
      'tokenizer.ggml.scores': { array: 'f32', values: values.map(() => 0) },
      'tokenizer.ggml.token_type': { array: 'i32', values: types },
    },
  };
}

// Catches: weights that a CPU's kernels copy in another order forgotten, counted twice, or of the wrong size; a tied table
// whose packed copy is forgotten. Mapped, the file and the copy both lie in memory, which is why such files are read instead.
test('weights on the CPU are as large as llama.cpp makes them for the kernels of this machine', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'assize-packing-'));
  try {
    const jobs = FILES.map(([name, recipe], i) => {
      const spec = withVocabulary(smallSpec(name, recipe));
      const path = join(folder, `${i}.gguf`);
      writeGguf(path, spec);
      return { name: `${name} ${recipe}`, spec, path, mmap: false };
    });
    writeFileSync(
      join(folder, 'request.json'),
      JSON.stringify(jobs.map(({ path, mmap }) => ({ path, mmap }))),
    );
    const child = spawnSync(
      process.execPath,
      [CHILD, join(folder, 'request.json'), join(folder, 'answer.json')],
      {
        encoding: 'utf8',
        maxBuffer: 1 << 26,
      },
    );
    expect(child.status, child.stderr.slice(-2000)).toBe(0);
    const answers: string[][] = JSON.parse(readFileSync(join(folder, 'answer.json'), 'utf8'));
    const { cpu, arch } = await readMachine({
      probeDevices: null,
      dataDir: folder,
      disks: [],
      signal: new AbortController().signal,
    });
    const kernels = cpuKernels(cpu, arch);
    const found = jobs.map(({ name, spec, mmap }, i) => {
      const buffers = (answers[i] ?? []).filter((_, at) => at % 2 === 1).map(Number);
      const ours = modelMemory(
        headerOf(spec),
        {
          gpuLayers: 0,
          mmap,
          kernels,
          contextPerSequence: 256,
          sequences: 1,
          batch: 64,
          flashAttention: true,
          kvType: 'f16',
        },
        [],
      );
      const weights = ours.host.find((c) => c.name === 'weights')?.bytes ?? 0;
      return { name, ours: weights / MIB, theirs: buffers.reduce((sum, mib) => sum + mib, 0) };
    });
    // The log rounds each buffer to a hundredth.
    const off = found.filter(({ ours, theirs }) => Math.abs(ours - theirs) > 0.021);
    expect(off).toEqual([]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
