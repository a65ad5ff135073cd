/** A GPU's path without a GPU: llvmpipe, Vulkan in software (Debian: mesa-vulkan-drivers). Two of it by two driver files. */
import { copyFileSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { LoadSettings } from '../../src-main/domain/plan.ts';
import type { Engine, GenerateJob } from '../../src-main/engine/engine.ts';
import { dryRun, probeDevices } from '../../src-main/engine/host/probe.ts';
import { startEngine } from '../../src-main/engine/host/start-engine.ts';
import { guideSpec } from '../fixtures/gguf-headers.ts';
import { writeGguf } from '../fixtures/gguf-writer.ts';
import { writeTinyModel } from '../fixtures/tiny-gguf.ts';
import { collect, from, localOptions, never, question, RUNTIME_ENTRY, SETTINGS } from './helpers.ts';

const DRIVER = '/usr/share/vulkan/icd.d/lvp_icd.x86_64.json';
const missing = !existsSync(DRIVER);
if (missing)
  console.warn(`Vulkan tests are skipped: there is no ${DRIVER} (apt install mesa-vulkan-drivers).`);

describe.skipIf(missing)('a Vulkan device in software', () => {
  const folder = mkdtempSync(join(tmpdir(), 'assize-vulkan-'));
  const tiny = join(folder, 'tiny.gguf');
  const large = join(folder, 'large.gguf');
  const second = join(folder, 'second_icd.json');
  const oneDevice = { VK_ICD_FILENAMES: DRIVER };
  const twoDevices = { VK_ICD_FILENAMES: `${DRIVER}:${second}` };
  const jobs = (): GenerateJob[] =>
    ['king', 'river', 'city'].map((word) => question(word, `who was the ${word}?`));

  beforeAll(() => {
    writeTinyModel(tiny);
    writeGguf(large, guideSpec('Llama-3-8B', 'Q4_K_M'));
    copyFileSync(DRIVER, second);
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  const open = (
    path: string,
    settings: Partial<LoadSettings>,
    env: Record<string, string>,
  ): Promise<Engine> =>
    startEngine(localOptions(path, { settings: { ...SETTINGS, backend: 'vulkan', ...settings }, env }));

  it('is found, and known to be software', async () => {
    const options = { entry: RUNTIME_ENTRY, signal: never() };
    const found = await probeDevices({ ...options, env: oneDevice });
    const vulkan = found.find(({ backend }) => backend === 'vulkan');
    expect(vulkan?.devices).toMatchObject([{ index: 0, software: true, totalBytes: 2 ** 31 }]);
    const both = await probeDevices({ ...options, env: twoDevices });
    expect(both.find(({ backend }) => backend === 'vulkan')?.devices.map(({ index }) => index)).toEqual([
      0, 1,
    ]);
  });

  it('takes the layers it is given and leaves the others to the CPU', async () => {
    const engine = await open(tiny, { gpuLayers: 2, devices: [0] }, oneDevice);
    try {
      expect(engine.model).toMatchObject({ backend: 'vulkan', settings: { gpuLayers: 2 } });
      expect(engine.model.deviceNames).toEqual([expect.stringMatching(/llvmpipe/)]);
      const places = Object.fromEntries(engine.model.memory.map((entry) => [entry.deviceId, entry]));
      // Of three layers and the output the last two go to the card: one layer's cache with them.
      expect(places['vulkan:0']?.kvBytes).toBe(2 * 16 * 2 * 2 * 256 * 8);
      expect(places['host']?.kvBytes).toBe(2 * (places['vulkan:0']?.kvBytes ?? 0));
      const results = await collect(engine.generate(from(jobs()), never()));
      expect(results.map(({ error }) => error)).toEqual([null, null, null]);
    } finally {
      await engine.stop();
    }
    // The first use of a driver compiles its shaders, in software: a minute or two, kept for the next time.
  }, 600_000);

  it('writes the same answers in another order', async () => {
    const engine = await open(tiny, { gpuLayers: 4, devices: [0] }, oneDevice);
    const write = async (list: GenerateJob[]): Promise<Map<string, string>> =>
      new Map(
        (await collect(engine.generate(from(list), never()))).map((result) => [
          result.id,
          `${result.tokenIds.join(' ')} ${result.logprobs.join(' ')}`,
        ]),
      );
    try {
      expect(await write(jobs().toReversed())).toEqual(await write(jobs()));
    } finally {
      await engine.stop();
    }
  });

  it('is refused a model that it has no room for, and takes fewer layers of it in the dry run', async () => {
    const all = { gpuLayers: 33, devices: [0], contextPerSequence: 512, sequences: 1, batch: 512 };
    await expect(open(large, all, oneDevice)).rejects.toMatchObject({ kind: 'out-of-memory' });
    const variations = [{ ...SETTINGS, ...all, backend: 'vulkan', gpuLayers: 8, mmap: false } as const];
    const options = { entry: RUNTIME_ENTRY, signal: never(), env: oneDevice };
    const [estimate] = await dryRun({ path: large, variations }, options);
    expect(estimate?.problem).toBeNull();
    expect(estimate?.weights.gpuBytes).toBeGreaterThan(800 * 2 ** 20);
    expect(estimate?.weights.gpuBytes).toBeLessThan(1000 * 2 ** 20);
  });

  it('placed by the plan: each of two engines on a card of its own, or one on both', async () => {
    const [first, other, both] = await Promise.all([
      open(tiny, { gpuLayers: 4, devices: [0] }, twoDevices),
      open(tiny, { gpuLayers: 4, devices: [1] }, twoDevices),
      open(tiny, { gpuLayers: 4, devices: [0, 1] }, twoDevices),
    ]);
    try {
      const places = (engine: Engine): string[] =>
        engine.model.memory.map(({ deviceId }) => deviceId).filter((id) => id !== 'host');
      expect(places(first)).toEqual(['vulkan:0']);
      expect(places(other)).toEqual(['vulkan:1']);
      expect(places(both).toSorted()).toEqual(['vulkan:0', 'vulkan:1']);
      const [answers, elsewhere] = await Promise.all([
        collect(first.generate(from(jobs()), never())),
        collect(other.generate(from(jobs()), never())),
      ]);
      expect(answers.map(({ answer }) => answer).toSorted()).toEqual(
        elsewhere.map(({ answer }) => answer).toSorted(),
      );
    } finally {
      await Promise.all([first.stop(), other.stop(), both.stop()]);
    }
  });
});
