import { existsSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createCore, type Core } from '../../src-main/core/core.ts';
import { locate } from '../../src-main/core/locations.ts';
import { guideSpec } from '../fixtures/gguf-headers.ts';
import { writeGguf } from '../fixtures/gguf-writer.ts';
import { HAS_MODEL, MODEL } from '../e2e/terminal.ts';
import { writeTinyModel } from '../fixtures/tiny-gguf.ts';
import { ENTRY_DIR, ended } from './runs/workbench.ts';

const ICD = ['/usr/share/vulkan/icd.d/lvp_icd.x86_64.json', '/usr/share/vulkan/icd.d/lvp_icd.json'].find(
  (path) => existsSync(path),
);
if (ICD === undefined)
  console.log('No software Vulkan device here (mesa-vulkan-drivers): the GPU path is not tested.');

/** The whole GPU path on a device in software: found, planned on, layers offloaded to it, and a model that is too large for its 2 GiB. */
describe.skipIf(ICD === undefined)('a run on a GPU', { timeout: 300_000 }, () => {
  let root = '';
  let core: Core;
  beforeAll(async () => {
    root = mkdtempSync(join(tmpdir(), 'assize-gpu-'));
    // Sparse: 42 GB long, a few MB on disk.
    writeGguf(join(root, 'llama-3.1-70b-q4.gguf'), guideSpec('Llama-3.1-70B', 'Q4_K_M'));
    writeTinyModel(join(root, 'tiny.gguf'));
    core = await createCore({
      dataDir: join(root, 'data'),
      door: 'cli',
      version: 'test',
      locations: locate(ENTRY_DIR, {}),
      nodePath: process.execPath,
      env: { PATH: process.env['PATH'], ...(ICD === undefined ? {} : { VK_ICD_FILENAMES: ICD }) },
      home: root,
    });
    await core.client.settings.set({ modelFolders: [root], vramReserveBytes: 0 });
    for await (const _ of await core.client.models.rescan());
  }, 120_000);
  afterAll(async () => {
    await core.close();
    rmSync(root, { recursive: true, force: true });
  });

  const gpu = async () => {
    const { gpus } = await core.client.hardware.read();
    const found = gpus.find((candidate) => candidate.software);
    if (found === undefined) throw new Error('the software device was not found');
    return found;
  };

  test('is found with its memory and its source, and is never chosen unasked', async () => {
    const device = await gpu();
    expect(device).toMatchObject({
      backend: 'vulkan',
      software: true,
      vramTotalBytes: 2 ** 31,
      memorySource: 'engine-probe',
    });
  });

  test('a model too large for it is planned with the layers that fit, and the rest on the CPU or not at all', async () => {
    const device = await gpu();
    const model = await core.resolveModel('llama-3.1-70b-q4.gguf');
    expect(statSync(model.path).blocks * 512).toBeLessThan(64 * 2 ** 20);
    await core.client.datasets.importBuiltIn();
    const { plan } = await core.client.runs.plan({
      experiment: {
        dataset: 'general-knowledge',
        limit: 1,
        generator: { model: model.path, devices: [device.id] },
      },
    });
    const [phase] = plan.phases;
    expect(phase?.settings.gpuLayers).toBeGreaterThan(0);
    expect(phase?.settings.gpuLayers).toBeLessThan(phase?.totalLayers ?? 0);
    const onCard = phase?.devices.find((planned) => planned.deviceId === device.id);
    expect(onCard?.marginBytes).toBeGreaterThanOrEqual(0);
    // 42 GB do not fit this machine's memory either: said, with the margin.
    const host = phase?.devices.find((planned) => planned.deviceId === 'host');
    expect(plan.verdict === 'no').toBe((host?.marginBytes ?? 0) < 0);
  });

  test('a launch that is planned to fail is refused unless one insists', async () => {
    const device = await gpu();
    const launch = {
      experiment: {
        dataset: 'general-knowledge',
        limit: 1,
        generator: { model: 'llama-3.1-70b-q4.gguf', devices: [device.id], gpuLayers: 81 },
      },
    };
    await core.client.datasets.importBuiltIn();
    await expect(core.client.runs.start(launch)).rejects.toThrow(/planned to fail/);
  });

  test.skipIf(!HAS_MODEL)(
    'a few layers of a real model on it, the others on the CPU, give an answer',
    async () => {
      const device = await gpu();
      await core.client.datasets.importBuiltIn();
      const { runId } = await core.client.runs.start({
        experiment: {
          dataset: 'general-knowledge',
          limit: 1,
          generator: { model: MODEL, devices: [device.id], gpuLayers: 4, sequences: 1, context: 256 },
          decoding: { maxTokens: 3 },
        },
      });
      const run = await ended(core, runId);
      expect(run, run.error ?? '').toMatchObject({ status: 'done', answered: 1 });
      const provenance = run.phases[0]?.provenance;
      expect(provenance).toMatchObject({ backend: 'vulkan', settings: { gpuLayers: 4 } });
      const measured = run.phases[0]?.measured?.devices ?? [];
      // llama.cpp's own account puts weights on both.
      expect(measured.filter(({ weightsBytes }) => weightsBytes > 0).length).toBe(2);
    },
  );

  test('two runs whose models fit it together are on it at the same time, each in a process of its own', async () => {
    const device = await gpu();
    await core.client.datasets.importBuiltIn();
    const start = async (seed: number): Promise<number> => {
      const generator = { model: 'tiny.gguf', devices: [device.id], sequences: 8, context: 256 };
      const decoding = { maxTokens: 48 };
      const experiment = { dataset: 'general-knowledge', limit: 12, seed, generator, decoding };
      return (await core.client.runs.start({ experiment })).runId;
    };
    const runs = [await start(1), await start(2)];
    const [one, two] = await Promise.all(runs.map((runId) => ended(core, runId)));
    expect([one?.error, two?.error]).toEqual([null, null]);
    const [first, second] = [one?.phases[0], two?.phases[0]];
    expect(first?.plan?.settings).toMatchObject({ backend: 'vulkan', gpuLayers: first?.plan?.totalLayers });
    // The second was loaded before the first had ended, and both know that the card was not theirs alone.
    expect(second?.startedAt).toBeLessThan(first?.endedAt ?? 0);
    const shared = first?.measured?.devices.find(({ deviceId }) => deviceId === device.id);
    expect(shared).toMatchObject({ beforeBytes: null, afterBytes: null });
  });
});
