import { createRun } from './run-command.ts';
import type { LoadSettings } from '../../domain/plan.ts';
import type { MemoryReader } from '../experiments/types.ts';
import { gpuMemoryOfProcess, readNvidia } from './nvidia-smi.ts';
import { processMemory } from './process-memory.ts';
import { readMemory } from './system-facts.ts';

/**
 * Memory of an engine's process and of the devices it works on. RAM from /proc, NVIDIA cards from nvidia-smi;
 * what no source tells (other backends, other systems) stays null.
 */
export function createMemoryReader(env: NodeJS.ProcessEnv, platform: NodeJS.Platform): MemoryReader {
  const run = createRun(env);
  return {
    async sample(pid, settings) {
      const signal = AbortSignal.timeout(5000);
      const host = await hostSample(pid, platform);
      if (settings.backend !== 'cuda') return [host];
      const deps = { run, platform, signal };
      const [byCard, { cards }] = await Promise.all([
        pid === 0 ? Promise.resolve(null) : gpuMemoryOfProcess(pid, deps),
        readNvidia({ ...deps }, []),
      ]);
      const used = cards.filter((card) => onCard(settings, card.index));
      return [
        host,
        ...used.map((card) => ({
          deviceId: card.uuid,
          processBytes: byCard?.get(card.uuid) ?? null,
          deviceUsedBytes: card.usedBytes,
        })),
      ];
    },
  };
}

function onCard(settings: LoadSettings, index: number): boolean {
  return settings.devices.length === 0 || settings.devices.includes(index);
}

async function hostSample(pid: number, platform: NodeJS.Platform) {
  const [process, { memory }] = await Promise.all([
    pid === 0 ? null : processMemory(pid),
    readMemory('/', platform),
  ]);
  return {
    deviceId: 'host',
    processBytes: process?.rssBytes ?? null,
    deviceUsedBytes: memory.totalBytes - memory.availableBytes,
  };
}
