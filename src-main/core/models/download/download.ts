import { stat, statfs as statfsOfSystem } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

import { fileNameOf, parseModelAddress } from './model-address.ts';
import { parseSplitName, splitFileName } from '../split-names.ts';
import { DownloadError } from './download-error.ts';
import { fetchFile, resumableBytes } from './fetch-file.ts';
import type { FetchedFile, RemoteFile } from './fetch-file.ts';
import { HEAD_TIMEOUT_MS, IDLE_TIMEOUT_MS, request } from './http.ts';
import type { Http } from './http.ts';
import { chooseQuantization, HUB, hubFileUrl, listHubFiles } from './hub.ts';
import { latest } from './latest.ts';
import { createReport } from './report.ts';
import type { DownloadProgress } from './report.ts';

export interface DownloadOptions {
  /** "hf:user/repo:quant", "hf:user/repo/file.gguf" or an https address of a .gguf file. */
  readonly uri: string;
  /** Hub models go to FOLDER/user/repo, others into FOLDER itself. */
  readonly folder: string;
  readonly signal: AbortSignal;
  readonly fetch?: typeof fetch;
  /** Bytes free on the disk that holds a folder that exists. */
  readonly freeBytes?: (folder: string) => Promise<number>;
  /** The hub's address: HF_ENDPOINT, else Hugging Face. */
  readonly hub?: string;
  /** The user's HF_TOKEN, for models that want a licence accepted. */
  readonly token?: string | null;
  readonly headTimeoutMs?: number;
  readonly idleTimeoutMs?: number;
  readonly retryDelayMs?: (attempt: number) => number;
}

/** Answers to HEAD from servers that would answer GET. */
const HEAD_REFUSED: ReadonlySet<number> = new Set([400, 401, 403, 405, 501]);
/** Kept free beside the download: the database and the system live there too. */
const SPARE_BYTES = 64 * 1024 * 1024;

const active = new Set<string>();

/**
 * Downloads a model, all its parts when split, and yields how far it is; the last value holds the files.
 * Sizes are asked first and compared with the free disk. Aborting (or leaving the loop) keeps what has
 * arrived; the same call continues it. Throws a DownloadError with a sentence.
 */
export function download(options: DownloadOptions): AsyncGenerator<DownloadProgress, void, undefined> {
  return latest((emit, signal) => run(options, emit, signal), options.signal);
}

async function run(
  options: DownloadOptions,
  emit: (progress: DownloadProgress) => void,
  signal: AbortSignal,
): Promise<DownloadProgress> {
  const hub = (options.hub ?? HUB).replace(/\/+$/, '');
  const token = options.token ?? null;
  const http: Http = {
    fetch: options.fetch ?? fetch,
    signal,
    headTimeoutMs: options.headTimeoutMs ?? HEAD_TIMEOUT_MS,
    idleTimeoutMs: options.idleTimeoutMs ?? IDLE_TIMEOUT_MS,
    token: token === null ? null : { origin: new URL(hub).origin, value: token },
  };
  emit({
    step: `Asking for ${options.uri}`,
    done: 0,
    total: null,
    etaSeconds: null,
    bytesPerSecond: null,
    files: null,
  });
  const files = await locate(options, hub, http);
  const [first] = files;
  if (first === undefined)
    throw new DownloadError('not-found', `There is nothing to fetch at ${options.uri}.`);
  if (active.has(first.target))
    throw new DownloadError('busy', `${basename(first.target)} is being downloaded already.`);
  active.add(first.target);
  try {
    await checkSpace(files, options.freeBytes ?? freeBytesOf);
    return await fetchAll(files, options, http, emit);
  } finally {
    active.delete(first.target);
  }
}

/** Addresses, sizes and hashes of all files of the model. */
async function locate(options: DownloadOptions, hub: string, http: Http): Promise<readonly RemoteFile[]> {
  const address = parseModelAddress(options.uri);
  if (address.kind === 'url') {
    const urls = splitNames(address.fileName).map(
      (name) => [new URL(encodeURIComponent(name), address.url), name] as const,
    );
    const single = urls.length === 1 ? [[address.url, address.fileName] as const] : urls;
    return Promise.all(single.map(([url, name]) => inspect(http, url, join(options.folder, name))));
  }
  const { repository, revision } = address;
  const folder = join(options.folder, ...repository.split('/'));
  if (address.kind === 'hub-file') {
    const at = address.file.includes('/') ? `${dirname(address.file)}/` : '';
    const names = splitNames(fileNameOf(address.file));
    return Promise.all(
      names.map((name) =>
        inspect(http, hubFileUrl(hub, repository, revision, at + name), join(folder, name)),
      ),
    );
  }
  const listed = await listHubFiles(http, hub, repository, revision);
  return chooseQuantization(repository, listed, address.quantization).map((file) => ({
    url: hubFileUrl(hub, repository, revision, file.path),
    target: join(folder, fileNameOf(file.path)),
    bytes: file.bytes,
    sha256: file.sha256,
    identity: file.sha256,
  }));
}

function splitNames(fileName: string): readonly string[] {
  const split = parseSplitName(fileName);
  if (split === null) return [fileName];
  return Array.from({ length: split.of }, (_, i) => splitFileName(split.base, i + 1, split.of));
}

/** Size, ETag and (from the hub) hash of a file, without its bytes. */
async function inspect(http: Http, url: URL, target: string): Promise<RemoteFile> {
  const answer = await headOf(http, url);
  answer.close();
  const linked = answer.header('x-linked-etag')?.replaceAll(/^(W\/)?"|"$/g, '') ?? null;
  const sha256 = linked !== null && /^[0-9a-f]{64}$/.test(linked) ? linked : null;
  const range = /\/(\d+)$/.exec(answer.header('content-range') ?? '')?.[1];
  const length = answer.header('x-linked-size') ?? range ?? answer.header('content-length');
  const etag = answer.header('etag');
  return {
    url,
    target,
    bytes: length !== null && /^\d+$/.test(length) ? Number(length) : null,
    sha256,
    // A weak ETag does not promise the same bytes.
    identity: sha256 ?? (etag === null || etag.startsWith('W/') ? answer.header('last-modified') : etag),
  };
}

/**
 * Some servers refuse HEAD, and signed addresses are signed for GET only: then the first byte is asked for.
 */
async function headOf(http: Http, url: URL): Promise<Awaited<ReturnType<typeof request>>> {
  try {
    return await request(http, 'HEAD', url);
  } catch (error) {
    const refused = error instanceof DownloadError && HEAD_REFUSED.has(error.status ?? 0);
    if (!refused) throw error;
    return request(http, 'GET', url, { range: 'bytes=0-0' });
  }
}

async function checkSpace(
  files: readonly RemoteFile[],
  freeBytes: (folder: string) => Promise<number>,
): Promise<void> {
  let needed = 0;
  for (const file of files)
    if (!(await isThere(file))) needed += Math.max(0, (file.bytes ?? 0) - (await resumableBytes(file)));
  const folder = dirname(files[0]?.target ?? '.');
  if (needed === 0) return;
  const free = await freeBytes(await nearestFolder(folder));
  const missing = needed + SPARE_BYTES - free;
  if (missing > 0)
    throw new DownloadError(
      'no-space',
      `Too little disk: the download needs ${size(needed)} in ${folder}, where ${size(free)} are free. Free ${size(missing)} or choose another models folder.`,
    );
}

async function fetchAll(
  files: readonly RemoteFile[],
  options: DownloadOptions,
  http: Http,
  emit: (progress: DownloadProgress) => void,
): Promise<DownloadProgress> {
  const total = files.every((file) => file.bytes !== null)
    ? files.reduce((sum, file) => sum + (file.bytes ?? 0), 0)
    : null;
  using report = createReport(total, emit);
  const fetched: FetchedFile[] = [];
  let before = 0;
  for (const [index, file] of files.entries()) {
    const number = files.length > 1 ? ` (${index + 1} of ${files.length})` : '';
    report.step(`Fetching ${basename(file.target)}${number}`);
    const result = (await isThere(file))
      ? { path: file.target, bytes: file.bytes ?? 0, sha256: file.sha256 }
      : await fetchFile(file, {
          http,
          retryDelayMs: options.retryDelayMs ?? ((attempt) => 500 * 2 ** attempt),
          onBytes: (bytes, fromNetwork) => report.done(before + bytes, fromNetwork),
          onStep: (sentence) => report.step(`${sentence}${number}`),
        });
    fetched.push(result);
    before += result.bytes;
    report.done(before, false);
  }
  return report.last(fetched);
}

/** A file of that name and size; its hash is taken before it is first used, as of any file. */
async function isThere(file: RemoteFile): Promise<boolean> {
  const stats = await stat(file.target).catch(() => null);
  if (stats === null) return false;
  if (file.bytes === null || stats.size === file.bytes) return true;
  throw new DownloadError(
    'wrong-file',
    `${file.target} is there already with another size (${size(stats.size)} instead of ${size(file.bytes)}): move it away and start again.`,
  );
}

async function freeBytesOf(folder: string): Promise<number> {
  const stats = await statfsOfSystem(folder);
  return stats.bavail * stats.bsize;
}

async function nearestFolder(folder: string): Promise<string> {
  let at = folder;
  while ((await stat(at).catch(() => null)) === null && dirname(at) !== at) at = dirname(at);
  return at;
}

function size(bytes: number): string {
  return bytes >= 1e9 ? `${(bytes / 1e9).toFixed(2)} GB` : `${Math.ceil(bytes / 1e6)} MB`;
}
