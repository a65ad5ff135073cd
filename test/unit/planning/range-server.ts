import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { Readable } from 'node:stream';

export interface Served {
  readonly body: Buffer;
  /** Ignores Range and sends all of it, as simple servers do. */
  readonly plain?: boolean;
  /** Says nothing of the length: chunked. */
  readonly unsized?: boolean;
  /** Connections that are cut after so many bytes, one after the other. */
  readonly cuts?: number[];
}

/** A file server on this machine that counts what it really sent. */
export interface RangeServer extends AsyncDisposable {
  readonly origin: string;
  readonly files: Map<string, Served>;
  readonly redirects: Map<string, string>;
  readonly json: Map<string, unknown>;
  readonly requests: string[];
  /** Bytes written to all connections so far. */
  sent(): number;
}

const PIECE = 64 * 1024;

export async function serveRanges(): Promise<RangeServer> {
  const files = new Map<string, Served>();
  const redirects = new Map<string, string>();
  const json = new Map<string, unknown>();
  const requests: string[] = [];
  const sockets = new Set<IncomingMessage['socket']>();
  const server = createServer((incoming, outgoing) => {
    const path = decodeURIComponent(new URL(incoming.url ?? '/', 'http://x').pathname);
    requests.push(`${incoming.method} ${path} ${incoming.headers.range ?? ''}`.trim());
    const to = redirects.get(path);
    const file = files.get(path);
    const list = json.get(path);
    if (to !== undefined) outgoing.writeHead(302, { location: to }).end();
    else if (list !== undefined) outgoing.end(JSON.stringify(list));
    else if (file === undefined) outgoing.writeHead(404).end('nothing here');
    else send(file, incoming, outgoing);
  });
  server.on('connection', (socket) => sockets.add(socket));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The server has no port.');
  return {
    origin: `http://127.0.0.1:${address.port}`,
    files,
    redirects,
    json,
    requests,
    sent: () => [...sockets].reduce((sum, socket) => sum + socket.bytesWritten, 0),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

function send(
  { body, plain, unsized, cuts }: Served,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
): void {
  const range = plain === true ? null : /^bytes=(\d+)-(\d*)$/.exec(incoming.headers.range ?? '');
  const start = Number(range?.[1] ?? 0);
  const end = Math.min(body.length, range?.[2] ? Number(range[2]) + 1 : body.length);
  if (start >= body.length) return void outgoing.writeHead(416).end();
  const cut = cuts?.shift();
  outgoing.writeHead(range === null ? 200 : 206, {
    ...(unsized === true ? {} : { 'content-length': end - start }),
    ...(range === null ? {} : { 'content-range': `bytes ${start}-${end - 1}/${body.length}` }),
  });
  if (cut !== undefined)
    return void outgoing.write(body.subarray(start, start + cut), () => outgoing.destroy());
  const pieces = function* (): Generator<Buffer> {
    for (let at = start; at < end; at += PIECE) yield body.subarray(at, Math.min(end, at + PIECE));
  };
  Readable.from(pieces()).pipe(outgoing);
}
