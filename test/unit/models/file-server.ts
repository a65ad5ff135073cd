import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface ServedFile {
  readonly body: Buffer;
  /** Bytes after which the connection is cut, once for each number; later requests get the rest. */
  cuts?: number[];
  readonly etag?: string;
  /** Ignores Range, as simple servers do. */
  readonly plain?: boolean;
  /** Answers 206 to a range but sends the file from its beginning. */
  readonly wrongRange?: boolean;
  readonly refuseHead?: boolean;
  /** Sends the head and the file up to this place, then nothing more, for ever. */
  readonly silentAfter?: number;
  /** Sent as `location` with the hub's headers instead of the file. */
  readonly redirect?: { readonly location: string; readonly sha256?: string; readonly bytes?: number };
}

export interface FileServer extends AsyncDisposable {
  readonly origin: string;
  readonly files: Map<string, ServedFile>;
  /** JSON answers by path, for the hub's list. */
  readonly json: Map<string, unknown>;
  /** "GET /a.gguf bytes=3-" for every request, in order. */
  readonly log: string[];
  readonly authorizations: (string | undefined)[];
}

export const sha256 = (body: Buffer): string => createHash('sha256').update(body).digest('hex');

/** Bytes that begin like a GGUF file. */
export function fakeModel(bytes: number, fill = 7): Buffer {
  const body = Buffer.alloc(bytes, fill);
  body.write('GGUF', 0, 'latin1');
  body.writeUInt32LE(3, 4);
  body.writeBigUInt64LE(1n, 8);
  body.writeBigUInt64LE(1n, 16);
  return body;
}

/** A small real file server with ranges, on a free port of this machine. */
export async function serveFiles(): Promise<FileServer> {
  const files: FileServer['files'] = new Map();
  const json: FileServer['json'] = new Map();
  const log: string[] = [];
  const authorizations: (string | undefined)[] = [];
  const server = createServer((incoming, outgoing) => {
    const path = decodeURIComponent(new URL(incoming.url ?? '/', 'http://x').pathname);
    log.push([incoming.method, path, incoming.headers.range].filter((part) => part !== undefined).join(' '));
    authorizations.push(incoming.headers.authorization);
    const listed = json.get(path);
    const file = files.get(path);
    if (listed !== undefined) outgoing.end(JSON.stringify(listed));
    else if (file === undefined) outgoing.writeHead(404).end('nothing here');
    else answer(file, incoming, outgoing);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
  return {
    origin: `http://127.0.0.1:${addressOf(server).port}`,
    files,
    json,
    log,
    authorizations,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

function addressOf(server: Server): AddressInfo {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The server has no port.');
  return address;
}

function answer(file: ServedFile, incoming: IncomingMessage, outgoing: ServerResponse): void {
  if (file.redirect !== undefined) return redirect(file.redirect, outgoing);
  if (incoming.method === 'HEAD' && file.refuseHead === true) return void outgoing.writeHead(405).end();
  const range = /^bytes=(\d+)-(\d*)$/.exec(incoming.headers.range ?? '');
  const asked = range === null || file.plain === true ? 0 : Number(range[1]);
  const start = file.wrongRange === true ? 0 : asked;
  const last = range?.[2] === undefined || range[2] === '' ? file.body.length - 1 : Number(range[2]);
  if (start >= file.body.length) return void outgoing.writeHead(416).end();
  const part = file.body.subarray(start, file.plain === true ? undefined : last + 1);
  const ranged = range !== null && file.plain !== true;
  outgoing.writeHead(ranged ? 206 : 200, {
    'content-length': part.length,
    ...(file.etag === undefined ? {} : { etag: file.etag }),
    ...(ranged ? { 'content-range': `bytes ${start}-${last}/${file.body.length}` } : {}),
  });
  if (incoming.method === 'HEAD') return void outgoing.end();
  const cut = part.length > 1 ? file.cuts?.shift() : undefined;
  if (cut !== undefined) return void outgoing.write(part.subarray(0, cut), () => outgoing.destroy());
  if (file.silentAfter !== undefined) {
    outgoing.flushHeaders();
    if (start < file.silentAfter) outgoing.write(part.subarray(0, file.silentAfter - start));
    return;
  }
  outgoing.end(part);
}

function redirect(to: NonNullable<ServedFile['redirect']>, outgoing: ServerResponse): void {
  outgoing
    .writeHead(302, {
      location: to.location,
      ...(to.sha256 === undefined ? {} : { 'x-linked-etag': `"${to.sha256}"` }),
      ...(to.bytes === undefined ? {} : { 'x-linked-size': String(to.bytes) }),
    })
    .end();
}
