import { availableParallelism } from 'node:os';
import type { LoadSettings } from '../../domain/plan.ts';

/**
 * What a child may inherit. Everything else (NODE_OPTIONS, ELECTRON_*, tokens, proxies) stays behind: an engine reads
 * untrusted files and needs none of it. Loader and driver variables pass on purpose.
 */
const INHERITED = new Set(
  `PATH HOME USER LOGNAME SHELL LANG LANGUAGE TZ TMPDIR TEMP TMP SYSTEMROOT SYSTEMDRIVE WINDIR
  USERPROFILE LOCALAPPDATA APPDATA PROGRAMDATA PROGRAMFILES COMSPEC PATHEXT NUMBER_OF_PROCESSORS
  PROCESSOR_ARCHITECTURE LD_LIBRARY_PATH DYLD_LIBRARY_PATH XDG_DATA_DIRS XDG_CONFIG_DIRS
  XDG_CACHE_HOME XDG_RUNTIME_DIR VK_ICD_FILENAMES VK_DRIVER_FILES VK_ADD_DRIVER_FILES VK_LAYER_PATH
  VK_LOADER_LAYERS_DISABLE CUDA_PATH CUDA_HOME CUDA_CACHE_PATH CUDA_VISIBLE_DEVICES CUDA_DEVICE_ORDER
  GGML_CUDA_NO_VMM GGML_VK_VISIBLE_DEVICES ROCM_PATH HIP_PATH HIP_VISIBLE_DEVICES ROCR_VISIBLE_DEVICES
  HSA_OVERRIDE_GFX_VERSION DRI_PRIME MESA_VK_DEVICE_SELECT OMP_NUM_THREADS`.split(/\s+/),
);

const MOST_WORKERS = 8;

/**
 * Workers that run the kernels' calls. On a CPU one, and also where some layers stay on it: llama.cpp's own thread team
 * belongs to the thread that calls it and is set up again on each other one, at half the speed. With the whole model on
 * GPUs there is no such team, and each sequence may be sampled on a worker of its own, while a core stays for the rest of
 * the machine.
 * @param totalLayers of the model, where they are known; without them what is asked of the GPU is taken for all.
 */
export function workersFor(
  { backend, gpuLayers, sequences }: Pick<LoadSettings, 'backend' | 'gpuLayers' | 'sequences'>,
  totalLayers = gpuLayers,
  cores = availableParallelism(),
): number {
  if (backend === 'cpu' || gpuLayers < totalLayers) return 1;
  return Math.max(1, Math.min(cores - 1, MOST_WORKERS, sequences));
}

export interface EnvironmentOptions {
  readonly backend: LoadSettings['backend'];
  readonly devices: readonly number[];
  /** CUDA's names of the same devices; used in place of the numbers. */
  readonly deviceIds?: readonly string[] | undefined;
  /** libuv workers of the child, 1 when absent: see `workersFor`. */
  readonly workers?: number | undefined;
}

/**
 * The environment of an engine child, built rather than inherited: an allow list of `parent`, the devices that the
 * plan gave it (no device at all for the CPU backend), the size of libuv's pool, then `extra`, which wins.
 * Devices count in PCI order under CUDA, as nvidia-smi prints them, or are named; an empty list leaves the parent's own choice.
 */
export function buildEnvironment(
  parent: Readonly<Record<string, string | undefined>>,
  options: EnvironmentOptions,
  extra: Readonly<Record<string, string>> = {},
): Record<string, string> {
  const env: Record<string, string> = {};
  for (const [name, value] of Object.entries(parent)) {
    const upper = name.toUpperCase();
    if (value !== undefined && (INHERITED.has(upper) || upper.startsWith('LC_'))) env[name] = value;
  }
  const onCpu = options.backend === 'cpu';
  env['UV_THREADPOOL_SIZE'] = String(options.workers ?? 1);
  if (onCpu) env['CUDA_VISIBLE_DEVICES'] = '-1';
  if (options.backend === 'cuda') env['CUDA_DEVICE_ORDER'] = 'PCI_BUS_ID';
  if (options.devices.length > 0) {
    const list = options.devices.join(',');
    if (options.backend === 'cuda') env['CUDA_VISIBLE_DEVICES'] = options.deviceIds?.join(',') ?? list;
    if (options.backend === 'vulkan') env['GGML_VK_VISIBLE_DEVICES'] = list;
  }
  return { ...env, ...extra };
}
