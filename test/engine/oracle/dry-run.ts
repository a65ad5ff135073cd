import { spawnSync } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  modelMemory,
  type MemoryGpu,
  type MemorySettings,
  type ModelMemory,
} from '../../../src-main/domain/memory/model-memory.ts';
import type { PlanComponent } from '../../../src-main/domain/plan.ts';
import { writeGguf, type GgufSpec } from '../../fixtures/gguf-writer.ts';
import { headerOf } from '../../fixtures/gguf-headers.ts';

const CHILD = fileURLToPath(new URL('dry-run-child.mjs', import.meta.url));
const DRIVERS = '/usr/share/vulkan/icd.d';
const MIB = 1024 * 1024;

/** Which backend answers, and with how many devices in software. */
export type OracleBackend = 'cpu' | 'vulkan' | 'two-vulkan';

/** llvmpipe's largest storage buffer, and the memory it says it has. */
const LARGEST_BINDING = 134_217_728;
const SHARE = 2_147_483_648;

/** The GPUs that the oracle's backend shows, as the memory model takes them. */
export function oracleGpus(backend: OracleBackend): MemoryGpu[] {
  const count = { cpu: 0, vulkan: 1, 'two-vulkan': 2 }[backend];
  return Array.from({ length: count }, () => ({
    kind: 'vulkan',
    share: SHARE,
    maxTensorBytes: LARGEST_BINDING,
  }));
}

/** A Vulkan driver in software, or null where this machine has none. */
export function softwareVulkan(): string | null {
  const name = existsSync(DRIVERS) ? readdirSync(DRIVERS).find((f) => f.startsWith('lvp_icd')) : undefined;
  return name === undefined ? null : join(DRIVERS, name);
}

export interface OracleCase {
  readonly name: string;
  readonly spec: GgufSpec;
  readonly settings: MemorySettings;
}

interface Answer {
  readonly model: { readonly cpuRam: number; readonly gpuVram: number };
  readonly context: { readonly cpuRam: number; readonly gpuVram: number };
  readonly lines: readonly string[];
}

/** llama.cpp's figures and ours for one case, MiB. */
export interface Comparison {
  readonly name: string;
  readonly weights: {
    readonly theirs: readonly [gpu: number, host: number];
    readonly ours: readonly [gpu: number, host: number];
  };
  /** Caches and states of all devices together. */
  readonly caches: { readonly theirs: number; readonly ours: number };
  /** Compute buffers per device, host last. */
  readonly compute: { readonly theirs: readonly number[]; readonly ours: readonly number[] };
  readonly context: {
    readonly theirs: readonly [gpu: number, host: number];
    readonly ours: readonly [gpu: number, host: number];
  };
}

function sum(components: readonly PlanComponent[], ...names: readonly PlanComponent['name'][]): number {
  return components.filter((c) => names.includes(c.name)).reduce((total, c) => total + c.bytes, 0) / MIB;
}

function computeLine(lines: readonly string[], device: string): number {
  const line = lines.find((l) => l.includes('compute buffer size') && new RegExp(`\\b${device}\\b`).test(l));
  return Number(/=\s*([\d.]+) MiB/.exec(line ?? '')?.[1] ?? 0);
}

function cacheLines(lines: readonly string[]): number {
  const sizes = lines.filter((l) => /llama_(kv_cache|memory_recurrent): size =/.test(l));
  return sizes.reduce((total, l) => total + Number(/size =\s*([\d.]+) MiB/.exec(l)?.[1] ?? 0), 0);
}

function compare(one: OracleCase, answer: Answer, backend: OracleBackend, ours: ModelMemory): Comparison {
  const onGpus = (...names: PlanComponent['name'][]): number =>
    ours.gpus.reduce((t, g) => t + sum(g, ...names), 0);
  const host = (...names: PlanComponent['name'][]): number => sum(ours.host, ...names);
  const context = ['kv-cache', 'recurrent-state', 'compute'] as const;
  const hostName = backend === 'cpu' ? 'CPU' : 'Vulkan_Host';
  return {
    name: one.name,
    weights: {
      theirs: [answer.model.gpuVram / MIB, answer.model.cpuRam / MIB],
      ours: [onGpus('weights'), host('weights')],
    },
    caches: {
      theirs: cacheLines(answer.lines),
      ours: onGpus('kv-cache', 'recurrent-state') + host('kv-cache', 'recurrent-state'),
    },
    compute: {
      theirs: [
        ...ours.gpus.map((_, i) => computeLine(answer.lines, `Vulkan${i}`)),
        computeLine(answer.lines, hostName),
      ],
      ours: [...ours.gpus.map((g) => sum(g, 'compute')), host('compute')],
    },
    context: {
      theirs: [answer.context.gpuVram / MIB, answer.context.cpuRam / MIB],
      ours: [onGpus(...context), host(...context)],
    },
  };
}

/**
 * Asks llama.cpp's dry run about every case in one child process and puts our model's figures beside its own. Files
 * are headers with holes for weights. Throws with the child's last words when it fails.
 */
export function askDryRun(backend: OracleBackend, cases: readonly OracleCase[]): Comparison[] {
  const folder = mkdtempSync(join(tmpdir(), 'assize-oracle-'));
  try {
    const paths = new Map<GgufSpec, string>();
    for (const { spec } of cases) {
      if (!paths.has(spec)) {
        const path = join(folder, `${paths.size}.gguf`);
        writeGguf(path, spec);
        paths.set(spec, path);
      }
    }
    const jobs = cases.map(({ spec, settings }) => ({ path: paths.get(spec), ...settings }));
    writeFileSync(
      join(folder, 'request.json'),
      JSON.stringify({ gpu: backend === 'cpu' ? false : 'vulkan', jobs }),
    );
    const child = spawnSync(
      process.execPath,
      [CHILD, join(folder, 'request.json'), join(folder, 'answer.json')],
      {
        env: { ...process.env, ...driverEnvironment(backend, folder) },
        encoding: 'utf8',
        maxBuffer: 1 << 28,
      },
    );
    if (!existsSync(join(folder, 'answer.json'))) {
      throw new Error(`The dry run ended without an answer (${child.status}): ${child.stderr.slice(-2000)}`);
    }
    const answers: Answer[] = JSON.parse(readFileSync(join(folder, 'answer.json'), 'utf8'));
    return cases.map((one, i) => {
      const answer = answers[i];
      if (answer === undefined) throw new Error(`No answer for ${one.name}.`);
      return compare(
        one,
        answer,
        backend,
        modelMemory(headerOf(one.spec), one.settings, oracleGpus(backend)),
      );
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function driverEnvironment(backend: OracleBackend, folder: string): Record<string, string> {
  const driver = softwareVulkan();
  if (backend === 'cpu' || driver === null) return {};
  if (backend === 'vulkan') return { VK_ICD_FILENAMES: driver, GGML_VK_VISIBLE_DEVICES: '0' };
  const second = join(folder, 'second_icd.json');
  copyFileSync(driver, second);
  return { VK_ICD_FILENAMES: `${driver}:${second}`, GGML_VK_VISIBLE_DEVICES: '0,1' };
}

/** How far a case is from llama.cpp, as sentences; empty when it keeps the bar. `share`: how much above is allowed. */
export function beyondTheBar(c: Comparison, share: number, alsoMiB: number): string[] {
  const problems: string[] = [];
  const exact = (what: string, ours: number, theirs: number): void => {
    if (Math.abs(ours - theirs) > 0.0101)
      problems.push(`${c.name}: ${what} ${ours.toFixed(3)} instead of ${theirs.toFixed(3)} MiB`);
  };
  exact('weights on GPUs', c.weights.ours[0], c.weights.theirs[0]);
  exact('weights in RAM', c.weights.ours[1], c.weights.theirs[1]);
  exact('caches', c.caches.ours, c.caches.theirs);
  const within = (what: string, ours: number, theirs: number): void => {
    const allowed = Math.max(theirs * share, alsoMiB);
    if (ours < theirs - 0.0101 || ours > theirs + allowed + 0.0101) {
      problems.push(`${c.name}: ${what} ${ours.toFixed(2)} for ${theirs.toFixed(2)} MiB`);
    }
  };
  c.compute.ours.forEach((ours, i) => within(`compute of device ${i}`, ours, c.compute.theirs[i] ?? 0));
  within('context on GPUs', c.context.ours[0], c.context.theirs[0]);
  within('context in RAM', c.context.ours[1], c.context.theirs[1]);
  return problems;
}
