import { headerEnd, MOST_HEADER_BYTES } from '../../engine/gguf-head.ts';
import { explainHead } from '../models/check-magic.ts';
import { DownloadError } from '../models/download/download-error.ts';
import { request, type Answer, type Http } from '../models/download/http.ts';

/** The first bytes of a file that lies elsewhere, up to the end of its GGUF header. */
export interface RemoteHead {
  readonly bytes: Buffer;
  /** Of the whole file; null where the server does not say. */
  readonly fileBytes: number | null;
}

/** Asked for first; then as much again as is there, so that at most twice the header is fetched. */
const FIRST_BYTES = 512 * 1024;
/** Tries without a new byte over connections that break. */
const TRIES = 3;

/** Bytes of the file from its beginning, as far as they are there. */
interface Fetched {
  bytes: Buffer;
  fileBytes: number | null;
}

/**
 * Fetches the header of a GGUF file by ranges, and nothing of its weights. A server that ignores ranges is listened to
 * only until the header is whole. Throws a DownloadError with a sentence.
 */
export async function fetchHead(http: Http, url: URL): Promise<RemoteHead> {
  const fetched: Fetched = { bytes: Buffer.alloc(0), fileBytes: null };
  let failures = 0;
  for (;;) {
    const before = fetched.bytes.length;
    try {
      const whole = await fetchMore(http, url, fetched);
      const end = endOf(fetched.bytes, url);
      if (end !== null) return { bytes: fetched.bytes.subarray(0, end), fileBytes: fetched.fileBytes };
      if (whole) throw wrongFile(url, 'The file ends within its header: it was never uploaded whole.');
      if (fetched.bytes.length >= MOST_HEADER_BYTES) throw wrongFile(url, 'Its header has no end.');
      failures = fetched.bytes.length > before ? 0 : failures + 1;
    } catch (error) {
      failures = fetched.bytes.length > before ? 1 : failures + 1;
      if (!isTransient(error) || failures >= TRIES) throw error;
    }
    if (failures >= TRIES) throw wrongFile(url, 'Nothing more of it came.');
  }
}

/** Adds the next piece. True when the server has said that the file ends there. */
async function fetchMore(http: Http, url: URL, fetched: Fetched): Promise<boolean> {
  const from = fetched.bytes.length;
  const last = from + Math.max(FIRST_BYTES, from) - 1;
  const answer = await request(http, 'GET', url, { range: `bytes=${from}-${last}` });
  const range = /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(answer.header('content-range') ?? '');
  if (answer.response.status === 206 && range !== null && Number(range[1]) === from) {
    if (range[2] !== '*') fetched.fileBytes = Number(range[2]);
    for await (const piece of answer.body()) append(fetched, piece);
    return fetched.fileBytes !== null && fetched.bytes.length >= fetched.fileBytes;
  }
  return listen(answer, url, fetched);
}

/** The file from its beginning, until the header is whole or the file has ended. */
async function listen(answer: Answer, url: URL, fetched: Fetched): Promise<boolean> {
  const length = answer.header('content-length');
  fetched.bytes = Buffer.alloc(0);
  fetched.fileBytes = length === null ? null : Number(length);
  let pieces: Uint8Array[] = [];
  let waiting = 0;
  const take = (): void => {
    fetched.bytes = Buffer.concat([fetched.bytes, ...pieces]);
    pieces = [];
    waiting = 0;
  };
  for await (const piece of answer.body()) {
    pieces.push(piece);
    waiting += piece.length;
    // Joined and looked at as seldom as a header by ranges would be.
    if (waiting < Math.max(FIRST_BYTES, fetched.bytes.length)) continue;
    take();
    if (fetched.bytes.length >= MOST_HEADER_BYTES || endOf(fetched.bytes, url) !== null) return false;
  }
  take();
  return true;
}

function append(fetched: Fetched, piece: Uint8Array): void {
  fetched.bytes = Buffer.concat([fetched.bytes, piece]);
}

function endOf(bytes: Buffer, url: URL): number | null {
  const problem = explainHead(bytes.subarray(0, 512));
  if (problem !== null) throw wrongFile(url, problem);
  try {
    return headerEnd(bytes);
  } catch (error) {
    throw wrongFile(url, error instanceof Error ? error.message : String(error));
  }
}

function wrongFile(url: URL, why: string): DownloadError {
  return new DownloadError('wrong-file', `What lies at ${url.href} cannot be planned. ${why}`);
}

function isTransient(error: unknown): boolean {
  return error instanceof DownloadError && ['interrupted', 'unreachable', 'server'].includes(error.kind);
}
