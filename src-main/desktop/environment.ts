import { join } from 'node:path';

/**
 * What core inherits from the desktop session. NODE_OPTIONS, ELECTRON_*, tokens and proxies stay behind. GPU loader and device variables
 * pass on purpose, as do the names under which other programs keep their model folders.
 */
const INHERITED: ReadonlySet<string> = new Set(
  `PATH HOME USER LOGNAME SHELL LANG LANGUAGE TZ TMPDIR TEMP TMP SYSTEMROOT SYSTEMDRIVE WINDIR
  USERPROFILE LOCALAPPDATA APPDATA PROGRAMDATA PROGRAMFILES COMSPEC PATHEXT NUMBER_OF_PROCESSORS
  PROCESSOR_ARCHITECTURE LD_LIBRARY_PATH DYLD_LIBRARY_PATH XDG_DATA_DIRS XDG_CONFIG_DIRS XDG_DATA_HOME
  XDG_CACHE_HOME XDG_RUNTIME_DIR VK_ICD_FILENAMES VK_DRIVER_FILES VK_ADD_DRIVER_FILES VK_LAYER_PATH
  VK_LOADER_LAYERS_DISABLE CUDA_PATH CUDA_HOME CUDA_CACHE_PATH CUDA_VISIBLE_DEVICES CUDA_DEVICE_ORDER
  GGML_CUDA_NO_VMM GGML_VK_VISIBLE_DEVICES ROCM_PATH HIP_PATH HIP_VISIBLE_DEVICES ROCR_VISIBLE_DEVICES
  HSA_OVERRIDE_GFX_VERSION DRI_PRIME MESA_VK_DEVICE_SELECT OMP_NUM_THREADS
  HF_HOME HF_HUB_CACHE HUGGINGFACE_HUB_CACHE LLAMA_CACHE OLLAMA_MODELS
  ASSIZE_DATA_DIR ASSIZE_ENGINE_ENTRY`.split(/\s+/),
);

/** The environment of the core process, built from an allow list. Values are strings: a child with any other does not start. */
export function coreEnvironment(
  parent: Readonly<Record<string, string | undefined>>,
): Record<string, string> {
  const env: Record<string, string> = {};
  for (const [name, value] of Object.entries(parent)) {
    const upper = name.toUpperCase();
    if (value !== undefined && (INHERITED.has(upper) || upper.startsWith('LC_'))) env[name] = value;
  }
  return env;
}

/**
 * The real Node that engine children run on: inside Electron's own, very large allocations end the process. Beside the packaged program,
 * else the project's.
 */
export function engineNode(facts: {
  readonly isPackaged: boolean;
  readonly resourcesPath: string;
  readonly appPath: string;
  readonly platform: NodeJS.Platform;
}): string {
  const name = facts.platform === 'win32' ? 'node.exe' : 'node';
  return facts.isPackaged
    ? join(facts.resourcesPath, 'node', name)
    : join(facts.appPath, 'node_modules', 'node', 'bin', name);
}
