import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { readMachine, watchMachine } from '../../../src-main/core/hardware/machine.ts';
import type { MachineDeps, ProbeDevices } from '../../../src-main/core/hardware/machine.ts';
import type { BackendDevices } from '../../../src-main/core/hardware/merge-gpus.ts';
import { gpuMemoryOfProcess } from '../../../src-main/core/hardware/nvidia-smi.ts';
import { processMemory } from '../../../src-main/core/hardware/process-memory.ts';
import { createRun } from '../../../src-main/core/hardware/run-command.ts';
import type { Run, RunOutcome } from '../../../src-main/core/hardware/run-command.ts';
import type { Machine } from '../../../src-main/domain/hardware.ts';

const MIB = 1024 * 1024;
const GIB = 1024 * MIB;
const fixtures = join(import.meta.dirname, '../../fixtures/nvidia-smi');
const fixture = (name: string): string => readFileSync(join(fixtures, name), 'utf8');
const never = new AbortController().signal;

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'assize-machine-'));
  plant(
    'proc/meminfo',
    'MemTotal: 65536000 kB\nMemAvailable: 32768000 kB\nSwapTotal: 2048 kB\nSwapFree: 1024 kB\n',
  );
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

function plant(path: string, text: string): void {
  mkdirSync(dirname(join(dir, path)), { recursive: true });
  writeFileSync(join(dir, path), text);
}

const deps = (run: Run, more: Partial<MachineDeps> = {}): MachineDeps => ({
  probeDevices: null,
  dataDir: dir,
  disks: [],
  signal: never,
  run,
  env: {},
  platform: 'linux',
  root: dir,
  ...more,
});

const done = (stdout: string, code = 0): RunOutcome => ({ kind: 'done', code, stdout, stderr: '' });
const answers =
  (query: RunOutcome, list: RunOutcome = done(''), xml: RunOutcome = done('')): Run =>
  (file, args) =>
    Promise.resolve(
      file !== 'nvidia-smi' ? { kind: 'missing' } : args[0] === '-L' ? list : args[0] === '-q' ? xml : query,
    );
const missing: Run = () => Promise.resolve({ kind: 'missing' });

describe('readMachine', () => {
  it('says in a sentence that there is no card, and nothing about a missing nvidia-smi', async () => {
    const machine = await readMachine(deps(missing));
    expect(machine.gpus).toEqual([]);
    expect(machine.notes).toEqual([expect.stringContaining('models run on the CPU')]);
    expect(machine.cpu.logicalCores).toBeGreaterThan(0);
    expect(machine.memory).toMatchObject({
      availableBytes: 32768000 * 1024,
      swapUsedBytes: 1024 * 1024,
      source: 'os',
    });
    expect(machine.disks[0]?.freeBytes).toBeGreaterThan(0);
  });

  it('finds nvidia-smi where WSL keeps it when PATH does not', async () => {
    const run: Run = (file, args) =>
      Promise.resolve(
        file === '/usr/lib/wsl/lib/nvidia-smi' && args[0] !== '-L'
          ? done(fixture('rtx-3060-laptop-wsl.csv'))
          : { kind: 'missing' },
      );
    const [gpu] = (await readMachine(deps(run))).gpus;
    expect(gpu).toMatchObject({ name: 'NVIDIA GeForce RTX 3060 Laptop GPU', vramFreeBytes: 5121 * MIB });
  });

  it('shows MIG slices with their own memory', async () => {
    const run = answers(
      done(fixture('h100-mig.csv')),
      done(fixture('h100-mig.list.txt')),
      done(fixture('h100-mig.xml')),
    );
    const machine = await readMachine(deps(run));
    expect(machine.gpus.map((gpu) => [gpu.name, gpu.vramFreeBytes])).toEqual([
      ['NVIDIA H100 80GB HBM3 MIG 3g.40gb', 20476 * MIB],
      ['NVIDIA H100 80GB HBM3 MIG 3g.40gb', 40411 * MIB],
    ]);
  });

  it('gives up on a hanging nvidia-smi and says so', async () => {
    const machine = await readMachine(deps(() => Promise.resolve({ kind: 'timeout' })));
    expect(machine.notes[0]).toContain('did not answer within 5 s');
  });

  it('carries the driver mismatch to the reader: "no GPU" alone would leave him in the dark', async () => {
    const machine = await readMachine(deps(answers(done(fixture('driver-mismatch.txt'), 18))));
    expect(machine.gpus).toEqual([]);
    expect(machine.notes[0]).toContain('restart the computer');
  });

  it('hides cards that CUDA_VISIBLE_DEVICES hides from the engine', async () => {
    const run = answers(done(fixture('a100-2x40gb.csv')));
    const machine = await readMachine(deps(run, { env: { CUDA_VISIBLE_DEVICES: '1' } }));
    expect(machine.gpus.map((gpu) => gpu.index)).toEqual([1]);
    expect(machine.notes[0]).toContain('hides 1 of 2');
  });

  it('survives an engine that cannot be asked', async () => {
    const machine = await readMachine(
      deps(answers(done(fixture('rtx-4090.csv'))), {
        probeDevices: () => Promise.reject(new Error('The engine could not be started.')),
      }),
    );
    expect(machine.gpus).toHaveLength(1);
    expect(machine.notes).toEqual([expect.stringContaining('The engine could not be started.')]);
  });

  it('reads memory only after the probe, whose children hold some of it', async () => {
    const order: string[] = [];
    const run: Run = (file) => {
      if (file === 'nvidia-smi') order.push('nvidia-smi');
      return Promise.resolve({ kind: 'missing' });
    };
    const { promise, resolve } = Promise.withResolvers<[]>();
    const reading = readMachine(deps(run, { probeDevices: () => promise }));
    setImmediate(() => {
      order.push('probe ended');
      resolve([]);
    });
    await reading;
    expect(order).toEqual(['probe ended', 'nvidia-smi']);
  });

  it("reads amdgpu's files", async () => {
    plant('sys/class/drm/card1/device/vendor', '0x1002\n');
    plant('sys/class/drm/card1/device/product_name', 'AMD Radeon PRO W7900\n');
    plant('sys/class/drm/card1/device/mem_info_vram_total', `${48 * GIB}\n`);
    plant('sys/class/drm/card1/device/mem_info_vram_used', `${3 * GIB}\n`);
    plant('sys/class/drm/card1/device/gpu_busy_percent', '12\n');
    plant('sys/class/drm/card1/device/hwmon/hwmon4/temp1_input', '51000\n');
    plant('sys/class/drm/card1/device/hwmon/hwmon4/power1_average', '33000000\n');
    plant('sys/class/drm/card1-DP-1/status', 'connected\n');
    const [gpu] = (await readMachine(deps(missing))).gpus;
    expect(gpu).toMatchObject({
      name: 'AMD Radeon PRO W7900',
      vendor: 'amd',
      vramFreeBytes: 45 * GIB,
      utilizationPercent: 12,
      temperatureCelsius: 51,
      powerWatts: 33,
      memorySource: 'sysfs',
    });
  });

  it('lets a cgroup v2 limit decide, page cache given back', async () => {
    plant('proc/self/cgroup', '0::/user.slice/app\n');
    plant('proc/self/mountinfo', '30 23 0:26 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n');
    plant('sys/fs/cgroup/user.slice/app/memory.max', 'max\n');
    plant('sys/fs/cgroup/user.slice/memory.max', `${8 * GIB}\n`);
    plant('sys/fs/cgroup/user.slice/memory.current', `${3 * GIB}\n`);
    plant('sys/fs/cgroup/user.slice/memory.stat', `anon 1\ninactive_file ${GIB}\n`);
    const machine = await readMachine(deps(missing));
    expect(machine.memory).toMatchObject({ totalBytes: 8 * GIB, availableBytes: 6 * GIB });
    expect(machine.notes).toContainEqual(expect.stringContaining('8.0 GiB (control group v2)'));
  });

  it("lets a cgroup v1 limit decide in a container that sees the host's path", async () => {
    plant('proc/self/cgroup', '5:memory:/docker/abc\n0::/\n');
    plant(
      'proc/self/mountinfo',
      '35 31 0:32 /docker/abc /sys/fs/cgroup/memory ro - cgroup cgroup rw,memory\n41 31 0:38 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n',
    );
    plant('sys/fs/cgroup/memory/memory.limit_in_bytes', `${4 * GIB}\n`);
    plant('sys/fs/cgroup/memory/memory.usage_in_bytes', `${GIB}\n`);
    plant('sys/fs/cgroup/memory/memory.stat', 'total_inactive_file 0\n');
    expect((await readMachine(deps(missing))).memory.availableBytes).toBe(3 * GIB);
  });

  it('takes the "no limit" of cgroup v1 for none', async () => {
    plant('proc/self/cgroup', '5:memory:/\n');
    plant('proc/self/mountinfo', '35 31 0:32 / /sys/fs/cgroup/memory ro - cgroup cgroup rw,memory\n');
    plant('sys/fs/cgroup/memory/memory.limit_in_bytes', '9223372036854771712\n');
    expect((await readMachine(deps(missing))).memory.totalBytes).toBe(65536000 * 1024);
  });
});

describe('watchMachine', () => {
  const software: BackendDevices = {
    backend: 'vulkan',
    devices: [{ name: 'llvmpipe', index: 0, totalBytes: GIB, freeBytes: GIB, software: true }],
  };

  it('yields fresh memory without asking the engine again, and ends when aborted', async () => {
    let probes = 0;
    let asked = 0;
    const run: Run = (file, args) => {
      if (file !== 'nvidia-smi' || args[0] === '-L') return Promise.resolve({ kind: 'missing' });
      asked += 1;
      return Promise.resolve(done(fixture('rtx-4090.csv').replace('22799', String(22799 - asked))));
    };
    const stop = new AbortController();
    const probeDevices = (): Promise<[]> => Promise.resolve((probes += 1) > 0 ? [] : []);
    const free: (number | null | undefined)[] = [];
    for await (const machine of watchMachine(deps(run, { probeDevices }), 1, stop.signal)) {
      free.push(machine.gpus[0]?.vramFreeBytes);
      if (free.length === 3) stop.abort();
    }
    expect(free).toEqual([22798 * MIB, 22797 * MIB, 22796 * MIB]);
    expect(probes).toBe(1);
  });

  it('shows what it has while the engine is asked, and the rest as soon as it answers', async () => {
    const { promise, resolve } = Promise.withResolvers<BackendDevices[]>();
    const values: Machine[] = [];
    const hour = 3_600_000;
    for await (const machine of watchMachine(deps(missing, { probeDevices: () => promise }), hour, never)) {
      values.push(machine);
      if (values.length === 2) break;
      resolve([software]);
    }
    expect(values.map((machine) => machine.gpus.length)).toEqual([0, 1]);
    expect(values[0]?.notes).toEqual([expect.stringContaining('is being asked')]);
    expect(values[1]?.notes).toEqual([expect.stringContaining('models run on the CPU')]);
  });

  it('takes what another reader has heard from the engine: each asking starts children', async () => {
    let probes = 0;
    const probeDevices = (): Promise<BackendDevices[]> =>
      Promise.resolve((probes += 1) > 0 ? [software] : []);
    await readMachine(deps(missing, { probeDevices }));
    for await (const machine of watchMachine(deps(missing, { probeDevices }), 1, never)) {
      expect(machine.gpus).toHaveLength(1);
      break;
    }
    expect(probes).toBe(1);
  });

  it('stops asking when the watcher leaves', async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const probeDevices: ProbeDevices = (signal) => {
      signal.addEventListener('abort', () => resolve());
      return new Promise((_, reject) => signal.addEventListener('abort', () => reject(new Error('left'))));
    };
    for await (const machine of watchMachine(deps(missing, { probeDevices }), 1, never)) {
      expect(machine.gpus).toEqual([]);
      break;
    }
    await promise;
  });

  it('does not ask a stuck nvidia-smi at every reading: each try leaves a process behind', async () => {
    let asked = 0;
    const run: Run = (file) => {
      if (file === 'nvidia-smi') asked += 1;
      return Promise.resolve({ kind: 'timeout' });
    };
    const stop = new AbortController();
    let readings = 0;
    for await (const machine of watchMachine(deps(run), 1, stop.signal)) {
      expect(machine.notes[0]).toContain('did not answer');
      if ((readings += 1) === 4) stop.abort();
    }
    expect(asked).toBe(1);
  });
});

describe('a real program called nvidia-smi on PATH', () => {
  const fake = (script: string): NodeJS.ProcessEnv => {
    const bin = join(dir, 'bin');
    mkdirSync(bin, { recursive: true });
    writeFileSync(join(bin, 'nvidia-smi'), `#!/bin/sh\n${script}`);
    chmodSync(join(bin, 'nvidia-smi'), 0o755);
    return { PATH: [bin, '/usr/bin', '/bin'].join(delimiter) };
  };

  it('is found, asked with the documented fields, and believed', async () => {
    const env = fake(`case "$1" in
      --query-gpu=index,uuid,name,memory.total,memory.used,memory.free,utilization.gpu,temperature.gpu,power.draw,driver_version)
        cat ${fixtures}/a100-2x40gb.csv ;;
      --query-compute-apps=pid,gpu_uuid,used_memory) cat ${fixtures}/compute-apps.csv ;;
      -L) echo 'GPU 0: NVIDIA A100-SXM4-40GB (UUID: GPU-0f3a6c9e-8b51-4a0c-b6b2-6a5a2f8a1d20)' ;;
      *) echo "unexpected $*"; exit 2 ;;
    esac\n`);
    const run = createRun(env);
    const machine = await readMachine(deps(run));
    expect(machine.gpus.map((gpu) => gpu.vramTotalBytes)).toEqual([40960 * MIB, 40960 * MIB]);
    const memory = await gpuMemoryOfProcess(41872, { run, platform: 'linux', signal: never });
    expect([...(memory?.values() ?? [])]).toEqual([5236 * MIB, 4980 * MIB]);
    expect(await gpuMemoryOfProcess(1, { run, platform: 'linux', signal: never })).toBeNull();
  });

  it('is killed when it does not answer in time, and its grandchildren do not hold us', async () => {
    const run = createRun(fake('sleep 600\n'));
    expect(await run('nvidia-smi', [], { timeoutMs: 50, signal: never })).toEqual({ kind: 'timeout' });
  });

  it('is stopped when the caller leaves', async () => {
    const stop = new AbortController();
    const running = createRun(fake('sleep 600\n'))('nvidia-smi', [], {
      timeoutMs: 60_000,
      signal: stop.signal,
    });
    stop.abort();
    expect(await running).toEqual({ kind: 'cancelled' });
  });
});

it('tells the memory of this process, and nothing of one that is not there', async () => {
  const memory = await processMemory(process.pid);
  expect(memory?.rssBytes).toBeGreaterThan(10 * MIB);
  expect(memory?.peakRssBytes).toBeGreaterThanOrEqual(memory?.rssBytes ?? Infinity);
  expect(await processMemory(2 ** 22 + 1)).toBeNull();
});
