import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { tensorBytes } from '../../domain/memory/ggml-types.ts';
import type { GgufHeader } from '../../domain/model.ts';
import { headerProblem } from '../models/facts.ts';
import { DownloadError } from '../models/download/download-error.ts';
import { HEAD_TIMEOUT_MS, IDLE_TIMEOUT_MS, type Http } from '../models/download/http.ts';
import { chooseQuantization, HUB, hubFileUrl, listHubFiles } from '../models/download/hub.ts';
import { fileNameOf, parseModelAddress, type ModelAddress } from '../models/download/model-address.ts';
import type { ProbeHeaders } from '../models/header-reader.ts';
import { parseSplitName, splitFileName } from '../models/split-names.ts';
import { Problem } from '../problem.ts';
import { fetchHead, type RemoteHead } from './remote-head.ts';

export interface RemoteHeaderDeps {
  readonly probeHeaders: ProbeHeaders;
  /** HF_ENDPOINT and HF_TOKEN, as other tools use them. */
  readonly env: NodeJS.ProcessEnv;
  readonly fetch?: typeof fetch;
}

/** The header of a model that lies elsewhere. Throws Problem NOT_FOUND or REFUSED with a sentence. */
export type ReadRemoteHeader = (address: string, signal: AbortSignal) => Promise<GgufHeader>;

interface Part {
  readonly url: URL;
  readonly name: string;
}

/**
 * Reads headers by ranges, of every part of a split model, into files without weights that the engine's own reader then
 * looks at, as at any other file. Each address is fetched once.
 */
export function remoteHeaders({ probeHeaders, env, fetch: fetcher }: RemoteHeaderDeps): ReadRemoteHeader {
  const hub = (env['HF_ENDPOINT'] ?? HUB).replace(/\/+$/, '');
  const token = env['HF_TOKEN'];
  // What lies at an address does not change while a person plans; a failure is asked for again.
  const known = new Map<string, GgufHeader>();
  return async (address, signal) => {
    const before = known.get(address);
    if (before !== undefined) return before;
    const http: Http = {
      fetch: fetcher ?? fetch,
      signal,
      headTimeoutMs: HEAD_TIMEOUT_MS,
      idleTimeoutMs: IDLE_TIMEOUT_MS,
      token: token === undefined ? null : { origin: new URL(hub).origin, value: token },
    };
    try {
      const header = await readParts(address, await partsOf(address, hub, http), http, probeHeaders);
      known.set(address, header);
      return header;
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof DownloadError)) throw error;
      throw new Problem(error.kind === 'not-found' ? 'NOT_FOUND' : 'REFUSED', error.message);
    }
  };
}

/** Addresses of all parts, from the name of any of them. */
async function partsOf(text: string, hub: string, http: Http): Promise<Part[]> {
  const address: ModelAddress = parseModelAddress(text);
  if (address.kind === 'url') {
    return namesOf(address.fileName).map((name) => {
      const url = new URL(address.url);
      if (name !== address.fileName) url.pathname = `${dirname(url.pathname)}/${encodeURIComponent(name)}`;
      return { url, name };
    });
  }
  const { repository, revision } = address;
  const part = (path: string): Part => ({
    url: hubFileUrl(hub, repository, revision, path),
    name: fileNameOf(path),
  });
  if (address.kind === 'hub-file') {
    const folder = address.file.includes('/') ? `${dirname(address.file)}/` : '';
    return namesOf(fileNameOf(address.file)).map((name) => part(folder + name));
  }
  const files = await listHubFiles(http, hub, repository, revision);
  return chooseQuantization(repository, files, address.quantization).map(({ path }) => part(path));
}

function namesOf(fileName: string): string[] {
  const split = parseSplitName(fileName);
  if (split === null) return [fileName];
  return Array.from({ length: split.of }, (_, i) => splitFileName(split.base, i + 1, split.of));
}

async function readParts(
  address: string,
  parts: readonly Part[],
  http: Http,
  probeHeaders: ProbeHeaders,
): Promise<GgufHeader> {
  const heads = await Promise.all(parts.map(({ url }) => fetchHead(http, url)));
  const folder = await mkdtemp(join(tmpdir(), 'assize-header-'));
  try {
    let sized = true;
    for (const [index, { bytes, fileBytes }] of heads.entries()) {
      const path = join(folder, basename(parts[index]?.name ?? 'model.gguf'));
      sized = (await writeHead(path, bytes, fileBytes)) && sized;
    }
    const header = await probed(
      address,
      join(folder, parts[0]?.name ?? ''),
      probeHeaders,
      http.signal,
      sized,
    );
    return { ...header, fileBytes: fileBytesOf(heads, header) };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** As the servers say; where one does not, at least what header and tensors take. */
function fileBytesOf(heads: readonly RemoteHead[], { tensors }: GgufHeader): number {
  const stated = heads.map(({ fileBytes }) => fileBytes);
  if (stated.every((bytes) => bytes !== null)) return stated.reduce((sum, bytes) => sum + bytes, 0);
  const weights = tensors.reduce((sum, { type, dimensions }) => sum + tensorBytes(type, dimensions), 0);
  return heads.reduce((sum, { bytes }) => sum + bytes.length, weights);
}

/** The header, then a hole as long as the weights. False when the file has not its real length. */
async function writeHead(path: string, bytes: Buffer, fileBytes: number | null): Promise<boolean> {
  const file = await open(path, 'w');
  try {
    await file.writeFile(bytes);
    if (fileBytes === null) return false;
    // Where the file system has no holes, a long file may not find room: then its end is not checked.
    return await file.truncate(fileBytes).then(
      () => true,
      () => false,
    );
  } finally {
    await file.close();
  }
}

async function probed(
  address: string,
  path: string,
  probeHeaders: ProbeHeaders,
  signal: AbortSignal,
  sized: boolean,
): Promise<GgufHeader> {
  let problem = 'The engine did not read it.';
  for await (const { header, problem: said } of probeHeaders([path], signal)) {
    if (header === null) {
      problem = said ?? problem;
      continue;
    }
    const unusable = sized
      ? (headerProblem(header) ?? said)
      : headerProblem({ ...header, fileBytes: Infinity });
    if (unusable === null) return header;
    problem = unusable;
  }
  signal.throwIfAborted();
  throw new Problem('REFUSED', `${address} cannot be planned. ${problem}`);
}
