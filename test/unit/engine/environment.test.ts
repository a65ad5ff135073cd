import { describe, expect, test } from 'vitest';
import { buildEnvironment, workersFor } from '../../../src-main/engine/host/environment.ts';

const parent = { PATH: '/bin', CUDA_VISIBLE_DEVICES: '3', NODE_OPTIONS: '--inspect', HF_TOKEN: 'secret' };

describe('devices of an engine child', () => {
  test('are CUDA’s names where the plan has them: a number would put a MIG slice, or a renumbered card, elsewhere', () => {
    const devices = [0, 0];
    const deviceIds = ['MIG-8f6a-1', 'GPU-22cc'];
    const env = buildEnvironment(parent, { backend: 'cuda', devices, deviceIds });
    expect(env).toMatchObject({
      CUDA_VISIBLE_DEVICES: 'MIG-8f6a-1,GPU-22cc',
      CUDA_DEVICE_ORDER: 'PCI_BUS_ID',
    });
  });
  test('are numbers otherwise, and always numbers under Vulkan', () => {
    expect(buildEnvironment(parent, { backend: 'cuda', devices: [1, 2] })['CUDA_VISIBLE_DEVICES']).toBe(
      '1,2',
    );
    const vulkan = buildEnvironment(parent, { backend: 'vulkan', devices: [1], deviceIds: ['GPU-22cc'] });
    expect(vulkan['GGML_VK_VISIBLE_DEVICES']).toBe('1');
  });
  test('are none on the CPU, and the user’s own choice where the plan names none', () => {
    expect(buildEnvironment(parent, { backend: 'cpu', devices: [] })['CUDA_VISIBLE_DEVICES']).toBe('-1');
    expect(buildEnvironment(parent, { backend: 'cuda', devices: [] })['CUDA_VISIBLE_DEVICES']).toBe('3');
  });
  test('come without anything that was not allowed', () => {
    const env = buildEnvironment(parent, { backend: 'cpu', devices: [] });
    expect(Object.keys(env).toSorted()).toEqual(['CUDA_VISIBLE_DEVICES', 'PATH', 'UV_THREADPOOL_SIZE']);
  });
});

// Catches: four workers for one sequence, or on two cores; one for sixteen sequences; a thread team that is called from
// many workers, where layers stay on the CPU.
test.each([
  ['cpu', 0, 16, 32, 1],
  ['cuda', 33, 1, 32, 1],
  ['cuda', 33, 16, 32, 8],
  ['cuda', 32, 16, 32, 1],
  ['vulkan', 33, 6, 32, 6],
  ['metal', 33, 16, 4, 3],
  ['cuda', 33, 16, 1, 1],
] as const)(
  '%s with %i of 33 layers and %i sequences on %i cores has %i workers',
  (backend, gpuLayers, sequences, cores, workers) => {
    expect(workersFor({ backend, gpuLayers, sequences }, 33, cores)).toBe(workers);
  },
);
