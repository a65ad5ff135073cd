import os from 'node:os';
import { join } from 'node:path';

import si from 'systeminformation';

import type { Cpu, Memory } from '../../domain/hardware.ts';
import { readCgroupLimit } from './cgroup.ts';
import { readText } from './read-text.ts';
import type { Run } from './run-command.ts';

/** What does not change while the program runs. */
export interface SystemFacts {
  readonly os: string;
  readonly cpu: Omit<Cpu, 'loadPercent'>;
  readonly notes: readonly string[];
}

/** Instruction sets that llama.cpp's CPU kernels are written for, as Linux names them. */
const KERNEL_FEATURES =
  'sse4_2 avx avx2 fma f16c bmi2 avx_vnni avx512f avx512bw avx512vbmi avx512_vnni avx512_bf16 amx_tile amx_int8 amx_bf16 neon asimd asimdhp asimddp i8mm sve sve2 sme bf16'.split(
    ' ',
  );

/**
 * The engine's prebuilt libraries for Linux are linked against this version (Debian 12, Ubuntu 22.04, RHEL
 * 9).
 */
const GLIBC_NEEDED = [2, 34] as const;
const GETCONF_TIMEOUT_MS = 2_000;

/**
 * CPU, operating system and what about them may hinder the engine. A source that fails leaves Node's own
 * answer.
 */
export async function readSystemFacts(
  platform: NodeJS.Platform,
  run: Run,
  signal: AbortSignal,
): Promise<SystemFacts> {
  const [cpu, flags, system, glibc] = await Promise.all([
    si.cpu().catch(() => null),
    si.cpuFlags().catch(() => ''),
    si.osInfo().catch(() => null),
    platform === 'linux' ? glibcNote(run, signal) : null,
  ]);
  const logicalCores = os.availableParallelism();
  const all = os.cpus().length;
  const physical = cpu === null || cpu.physicalCores < 1 ? logicalCores : cpu.physicalCores;
  const model = [cpu?.manufacturer, cpu?.brand].filter((part) => part !== undefined && part !== '').join(' ');
  const has = new Set(flags.toLowerCase().split(/[\s,]+/));
  const notes: string[] = [];
  if (logicalCores < all)
    notes.push(`Of ${all} logical cores this process may use ${logicalCores} (a container or an affinity).`);
  if (glibc !== null) notes.push(glibc);
  return {
    os: system === null ? `${os.type()} ${os.release()}` : osName(system, platform),
    cpu: {
      model: model === '' ? (os.cpus()[0]?.model ?? 'unknown') : model,
      physicalCores: Math.min(physical, logicalCores),
      logicalCores,
      features: KERNEL_FEATURES.filter((feature) => has.has(feature)),
    },
    notes,
  };
}

function osName(system: si.Systeminformation.OsData, platform: NodeJS.Platform): string {
  const name = [system.distro, system.release].filter((part) => part !== '').join(' ');
  const wsl = platform === 'linux' && /microsoft/i.test(system.kernel) ? ', WSL' : '';
  return platform === 'linux' ? `${name} (kernel ${system.kernel}${wsl})` : name;
}

async function glibcNote(run: Run, signal: AbortSignal): Promise<string | null> {
  const answer = await run('getconf', ['GNU_LIBC_VERSION'], { timeoutMs: GETCONF_TIMEOUT_MS, signal });
  const version = answer.kind === 'done' ? /^glibc (\d+)\.(\d+)/.exec(answer.stdout) : null;
  if (version === null) return null;
  const [major, minor] = [Number(version[1]), Number(version[2])];
  const old = major < GLIBC_NEEDED[0] || (major === GLIBC_NEEDED[0] && minor < GLIBC_NEEDED[1]);
  return old
    ? `This system has glibc ${major}.${minor}; the engine needs ${GLIBC_NEEDED.join('.')} or newer (Debian 12, Ubuntu 22.04, RHEL 9): local models will not load here.`
    : null;
}

/**
 * RAM and swap now. Linux: MemAvailable of /proc/meminfo, cut to the control group's limit; elsewhere
 * systeminformation. `root` is "/" but in tests.
 */
export async function readMemory(
  root: string,
  platform: NodeJS.Platform,
): Promise<{ memory: Memory; notes: readonly string[] }> {
  if (platform !== 'linux') return { memory: await readMemoryElsewhere(), notes: [] };
  const meminfo = (await readText(join(root, 'proc/meminfo'))) ?? '';
  const kib = (key: string): number | null => {
    const match = new RegExp(`^${key}:\\s+(\\d+) kB`, 'm').exec(meminfo);
    return match === null ? null : Number(match[1]) * 1024;
  };
  const totalBytes = kib('MemTotal') ?? os.totalmem();
  const availableBytes = kib('MemAvailable') ?? os.freemem();
  const swapTotalBytes = kib('SwapTotal') ?? 0;
  const swap = { swapTotalBytes, swapUsedBytes: swapTotalBytes - (kib('SwapFree') ?? swapTotalBytes) };
  const limit = await readCgroupLimit(root);
  if (limit === null || limit.availableBytes >= availableBytes)
    return { memory: { totalBytes, availableBytes, ...swap, source: 'os' }, notes: [] };
  const capped = Math.min(limit.limitBytes, totalBytes);
  return {
    memory: { totalBytes: capped, availableBytes: limit.availableBytes, ...swap, source: 'os' },
    notes: [
      `A memory limit of ${gib(capped)} (control group v${limit.version}) applies to this process; the machine has ${gib(totalBytes)}.`,
    ],
  };
}

async function readMemoryElsewhere(): Promise<Memory> {
  const mem = await si.mem().catch(() => null);
  if (mem === null)
    return {
      totalBytes: os.totalmem(),
      availableBytes: os.freemem(),
      swapTotalBytes: 0,
      swapUsedBytes: 0,
      source: 'os',
    };
  return {
    totalBytes: mem.total,
    availableBytes: mem.available,
    swapTotalBytes: mem.swaptotal,
    swapUsedBytes: mem.swapused,
    source: 'systeminformation',
  };
}

/**
 * Names of display adapters, for cards that nothing else names; empty when it takes longer than it is worth.
 */
export async function readAdapterNames(timeoutMs: number): Promise<readonly string[]> {
  const { promise: late, resolve } = Promise.withResolvers<null>();
  const timer = setTimeout(() => resolve(null), timeoutMs);
  const graphics = await Promise.race([si.graphics().catch(() => null), late]);
  clearTimeout(timer);
  return (graphics?.controllers ?? []).map((controller) => controller.model).filter((name) => name !== '');
}

/** Measures the load between two calls, over all cores, in percent; null at the first. */
export function createCpuLoad(cpus: () => readonly os.CpuInfo[] = os.cpus): () => number | null {
  let before: { busy: number; all: number } | null = null;
  return () => {
    let busy = 0;
    let all = 0;
    for (const { times } of cpus()) {
      const working = times.user + times.nice + times.sys + times.irq;
      busy += working;
      all += working + times.idle;
    }
    const last = before;
    before = { busy, all };
    return last === null || all <= last.all ? null : (100 * (busy - last.busy)) / (all - last.all);
  };
}

function gib(bytes: number): string {
  return `${(bytes / 2 ** 30).toFixed(1)} GiB`;
}
