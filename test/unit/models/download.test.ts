import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { DownloadError } from '../../../src-main/core/models/download/download-error.ts';
import { download } from '../../../src-main/core/models/download/download.ts';
import type { DownloadOptions } from '../../../src-main/core/models/download/download.ts';
import { chooseQuantization } from '../../../src-main/core/models/download/hub.ts';
import { parseModelAddress } from '../../../src-main/core/models/download/model-address.ts';
import type { DownloadProgress } from '../../../src-main/core/models/download/report.ts';
import { createRate } from '../../../src-main/core/models/download/rate.ts';
import { createReport } from '../../../src-main/core/models/download/report.ts';
import { fakeModel, serveFiles, sha256 } from './file-server.ts';
import type { FileServer } from './file-server.ts';

let folder: string;
let server: FileServer;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'assize-download-'));
  server = await serveFiles();
});
afterEach(async () => {
  rmSync(folder, { recursive: true, force: true });
  await server[Symbol.asyncDispose]();
});

const model = fakeModel(300_000);

function start(uri: string, more: Partial<DownloadOptions> = {}): AsyncGenerator<DownloadProgress, void> {
  return download({
    uri,
    folder,
    signal: new AbortController().signal,
    hub: server.origin,
    headTimeoutMs: 2_000,
    idleTimeoutMs: 2_000,
    retryDelayMs: () => 0,
    ...more,
  });
}

async function finish(uri: string, more: Partial<DownloadOptions> = {}): Promise<DownloadProgress> {
  let last: DownloadProgress | null = null;
  for await (const progress of start(uri, more)) last = progress;
  if (last === null) throw new Error('nothing was yielded');
  return last;
}

async function failure(uri: string, more: Partial<DownloadOptions> = {}): Promise<DownloadError> {
  try {
    await finish(uri, more);
  } catch (error) {
    if (error instanceof DownloadError) return error;
    throw error;
  }
  throw new Error('the download did not fail');
}

describe('an address', () => {
  it('brings the file whole, with its hash, and leaves nothing else behind', async () => {
    server.files.set('/a.gguf', { body: model, etag: '"1"' });
    const last = await finish(`${server.origin}/a.gguf`);
    expect(last).toMatchObject({ done: model.length, total: model.length, etaSeconds: 0 });
    expect(last.files).toEqual([
      { path: join(folder, 'a.gguf'), bytes: model.length, sha256: sha256(model) },
    ]);
    expect(readFileSync(join(folder, 'a.gguf')).equals(model)).toBe(true);
    expect(existsSync(join(folder, 'a.gguf.part'))).toBe(false);
    expect(existsSync(join(folder, 'a.gguf.part.json'))).toBe(false);
  });

  it('that is not there (404) is said to be misspelled, at once', async () => {
    const error = await failure(`${server.origin}/b.gguf`);
    expect(error).toMatchObject({ kind: 'not-found', status: 404 });
    expect(error.message).toContain('/b.gguf');
    expect(server.log).toHaveLength(1);
  });

  it('of a server that refuses HEAD is asked for its first byte', async () => {
    server.files.set('/a.gguf', { body: model, refuseHead: true });
    expect((await finish(`${server.origin}/a.gguf`)).total).toBe(model.length);
  });

  it('of a split model brings all parts, named from any of them', async () => {
    for (const part of [1, 2, 3])
      server.files.set(`/m/big-0000${part}-of-00003.gguf`, { body: fakeModel(1000 * part) });
    const last = await finish(`${server.origin}/m/big-00002-of-00003.gguf`);
    expect(last.files?.map((file) => file.bytes)).toEqual([1000, 2000, 3000]);
    expect(last.total).toBe(6000);
  });

  it('that answers with a web page is refused by its first bytes', async () => {
    server.files.set('/a.gguf', { body: Buffer.from(`<!DOCTYPE html>${'x'.repeat(1000)}`) });
    const error = await failure(`${server.origin}/a.gguf`);
    expect(error.kind).toBe('wrong-file');
    expect(error.message).toContain('web page');
    expect(existsSync(join(folder, 'a.gguf.part'))).toBe(false);
  });

  it('fetches nothing that is there already, and touches nothing of another size', async () => {
    server.files.set('/a.gguf', { body: model });
    writeFileSync(join(folder, 'a.gguf'), model);
    expect((await finish(`${server.origin}/a.gguf`)).files?.[0]?.path).toBe(join(folder, 'a.gguf'));
    expect(server.log).toEqual(['HEAD /a.gguf']);
    writeFileSync(join(folder, 'a.gguf'), 'mine');
    expect((await failure(`${server.origin}/a.gguf`)).message).toContain('another size');
    expect(readFileSync(join(folder, 'a.gguf'), 'utf8')).toBe('mine');
  });
});

describe('a broken connection', () => {
  it('is continued where it broke: not a byte twice', async () => {
    server.files.set('/a.gguf', { body: model, etag: '"1"', cuts: [100_000, 50_000] });
    await finish(`${server.origin}/a.gguf`);
    expect(readFileSync(join(folder, 'a.gguf')).equals(model)).toBe(true);
    expect(server.log.slice(0, 2)).toEqual(['HEAD /a.gguf', 'GET /a.gguf']);
    // How much of what was sent had arrived when the connection broke, the network decides.
    const starts = server.log.slice(2).map((line) => Number(/bytes=(\d+)-$/.exec(line)?.[1]));
    expect(starts).toHaveLength(2);
    expect(starts[0]).toBeGreaterThan(0);
    expect(starts[1]).toBeGreaterThan(starts[0] ?? Infinity);
  });

  it('that brings nothing more is given up, and what arrived is continued by the next call', async () => {
    const file = { body: model, etag: '"1"', cuts: [100_000, 0, 0, 0, 0, 0, 0] };
    server.files.set('/a.gguf', file);
    const error = await failure(`${server.origin}/a.gguf`);
    expect(error.kind).toBe('interrupted');
    const kept = statSync(join(folder, 'a.gguf.part')).size;
    expect(kept).toBeGreaterThan(0);
    file.cuts = [];
    server.log.length = 0;
    const last = await finish(`${server.origin}/a.gguf`);
    expect(server.log).toEqual(['HEAD /a.gguf', `GET /a.gguf bytes=${kept}-`]);
    expect(last.files?.[0]?.sha256).toBe(sha256(model));
  });

  it('to a server without ranges starts again instead of gluing two beginnings together', async () => {
    server.files.set('/a.gguf', { body: model, etag: '"1"', plain: true, cuts: [100_000] });
    await finish(`${server.origin}/a.gguf`);
    expect(readFileSync(join(folder, 'a.gguf')).equals(model)).toBe(true);
  });

  it('to a server that answers another range than asked for starts again too', async () => {
    server.files.set('/a.gguf', { body: model, etag: '"1"', wrongRange: true, cuts: [100_000] });
    await finish(`${server.origin}/a.gguf`);
    expect(readFileSync(join(folder, 'a.gguf')).equals(model)).toBe(true);
  });

  it('is not continued with another file: a part of an older version is thrown away', async () => {
    server.files.set('/a.gguf', {
      body: fakeModel(300_000, 1),
      etag: '"old"',
      cuts: [100_000, 0, 0, 0, 0, 0, 0],
    });
    await failure(`${server.origin}/a.gguf`);
    server.files.set('/a.gguf', { body: model, etag: '"new"' });
    await finish(`${server.origin}/a.gguf`);
    expect(readFileSync(join(folder, 'a.gguf')).equals(model)).toBe(true);
    expect(server.log.at(-1)).toBe('GET /a.gguf');
  });

  it('that falls silent counts as broken', async () => {
    server.files.set('/a.gguf', { body: model, etag: '"1"', silentAfter: 1000 });
    const error = await failure(`${server.origin}/a.gguf`, { idleTimeoutMs: 30 });
    expect(error.kind).toBe('interrupted');
    expect(statSync(join(folder, 'a.gguf.part')).size).toBe(1000);
  });
});

describe('a server that is away', () => {
  it('refusing the connection is named with the reason', async () => {
    const { origin } = server;
    await server[Symbol.asyncDispose]();
    const error = await failure(`${origin}/a.gguf`);
    expect(error.kind).toBe('unreachable');
    expect(error.message).toContain('ECONNREFUSED');
    server = await serveFiles();
  });

  it('not answering is given up after the time-out', async () => {
    const mute = createServer(() => undefined);
    await new Promise<void>((resolve) => mute.listen(0, '127.0.0.1', () => resolve()));
    const address = mute.address();
    const port = typeof address === 'object' ? address?.port : null;
    const error = await failure(`http://127.0.0.1:${port}/a.gguf`, { headTimeoutMs: 50 });
    mute.close();
    expect(error).toMatchObject({ kind: 'unreachable', message: expect.stringContaining('within 0.05 s') });
  });
});

describe('the disk', () => {
  it('too small for the whole is refused before a byte is fetched', async () => {
    server.files.set('/a.gguf', { body: model });
    const error = await failure(`${server.origin}/a.gguf`, { freeBytes: () => Promise.resolve(1_000_000) });
    expect(error.kind).toBe('no-space');
    expect(error.message).toMatch(/needs 1 MB in .*, where 1 MB are free. Free 67 MB/);
    expect(server.log).toEqual(['HEAD /a.gguf']);
  });

  it('is asked where the folder will be, before it is there', async () => {
    server.files.set('/a.gguf', { body: model });
    const asked: string[] = [];
    await finish(`${server.origin}/a.gguf`, {
      folder: join(folder, 'new/deep'),
      freeBytes: (path) => {
        asked.push(path);
        return Promise.resolve(1e12);
      },
    });
    expect(asked).toEqual([folder]);
    expect(existsSync(join(folder, 'new/deep/a.gguf'))).toBe(true);
  });

  it.skipIf(!existsSync('/dev/full'))(
    'that fills up while writing is named, and the rest is for later',
    async () => {
      server.files.set('/a.gguf', { body: model, etag: '"1"' });
      symlinkSync('/dev/full', join(folder, 'a.gguf.part'));
      const error = await failure(`${server.origin}/a.gguf`);
      expect(error).toMatchObject({ kind: 'no-space', message: expect.stringContaining('Free some space') });
      expect(existsSync(join(folder, 'a.gguf'))).toBe(false);
    },
  );

  it('needs room only for what is still missing', async () => {
    const file = { body: model, etag: '"1"', cuts: [299_000, 0, 0, 0, 0, 0, 0] };
    server.files.set('/a.gguf', file);
    await failure(`${server.origin}/a.gguf`);
    file.cuts = [];
    const missing = model.length - statSync(join(folder, 'a.gguf.part')).size;
    const free = 64 * 1024 * 1024 + missing;
    await finish(`${server.origin}/a.gguf`, { freeBytes: () => Promise.resolve(free) });
    expect(existsSync(join(folder, 'a.gguf'))).toBe(true);
  });
});

describe('the hub', () => {
  const repository = (files: Record<string, Buffer>): void => {
    server.json.set(
      '/api/models/me/repo-GGUF/tree/main',
      Object.entries(files).map(([path, body]) => ({
        type: 'file',
        path,
        size: 130,
        lfs: { oid: sha256(body), size: body.length, pointerSize: 130 },
      })),
    );
    for (const [path, body] of Object.entries(files))
      server.files.set(`/me/repo-GGUF/resolve/main/${path}`, { body });
  };

  it('finds a quantization, all its parts, and puts them under user and repository', async () => {
    repository({
      'Big-Q8_0-00001-of-00002.gguf': fakeModel(2000),
      'Big-Q8_0-00002-of-00002.gguf': fakeModel(1000),
      'Big-Q4_K_M.gguf': fakeModel(500),
      'mmproj-Big-Q8_0.gguf': fakeModel(100),
    });
    const last = await finish('hf:me/repo-GGUF:q8_0');
    expect(last.files?.map((file) => file.path)).toEqual([
      join(folder, 'me/repo-GGUF/Big-Q8_0-00001-of-00002.gguf'),
      join(folder, 'me/repo-GGUF/Big-Q8_0-00002-of-00002.gguf'),
    ]);
  });

  it("'s hash decides: a damaged file is deleted, not kept under its name", async () => {
    const body = fakeModel(5000);
    repository({ 'A-Q4_0.gguf': body });
    server.files.set('/me/repo-GGUF/resolve/main/A-Q4_0.gguf', { body: fakeModel(5000, 8) });
    const error = await failure('hf:me/repo-GGUF:Q4_0');
    expect(error).toMatchObject({ kind: 'wrong-file', message: expect.stringContaining('SHA-256') });
    expect(existsSync(join(folder, 'me/repo-GGUF/A-Q4_0.gguf'))).toBe(false);
    expect(existsSync(join(folder, 'me/repo-GGUF/A-Q4_0.gguf.part'))).toBe(false);
  });

  it("'s hash is taken from its first answer, and its token stays with it", async () => {
    await using storage = await serveFiles();
    const body = fakeModel(5000);
    storage.files.set('/blob', { body: fakeModel(5000, 9) });
    server.files.set('/me/r/resolve/abc/sub/A.gguf', {
      body,
      redirect: { location: `${storage.origin}/blob`, sha256: sha256(body), bytes: 5000 },
    });
    const error = await failure('hf:me/r/sub/A.gguf#abc', { token: 'hf_secret' });
    expect(error.message).toContain('SHA-256');
    expect(server.authorizations).toContain('Bearer hf_secret');
    expect(storage.authorizations).toEqual([undefined]);
    storage.files.set('/blob', { body });
    const last = await finish('hf:me/r/sub/A.gguf#abc', { token: 'hf_secret' });
    expect(last.files?.[0]).toMatchObject({ path: join(folder, 'me/r/A.gguf'), sha256: sha256(body) });
  });

  it('is not followed to an unsafe address', async () => {
    server.files.set('/me/r/resolve/main/A.gguf', {
      body: model,
      redirect: { location: 'http://example.org/A.gguf' },
    });
    expect((await failure('hf:me/r/A.gguf')).message).toContain('not safe');
  });

  it('not having what was asked for lists what it has', async () => {
    repository({ 'A-Q4_0.gguf': model, 'A-Q8_0.gguf': model });
    expect((await failure('hf:me/repo-GGUF:Q2_K')).message).toContain('It has: A-Q4_0, A-Q8_0');
  });

  it('answering nonsense is an error of the server', async () => {
    server.json.set('/api/models/me/repo-GGUF/tree/main', { error: 'no' });
    expect((await failure('hf:me/repo-GGUF:Q2_K')).kind).toBe('server');
  });
});

describe('leaving', () => {
  it('by the signal keeps the part, and the next call continues it', async () => {
    server.files.set('/a.gguf', { body: model, etag: '"1"', silentAfter: 100_000 });
    const stop = new AbortController();
    const arrived = async (): Promise<void> => {
      for await (const progress of start(`${server.origin}/a.gguf`, { signal: stop.signal }))
        if (progress.done > 0) stop.abort();
    };
    await expect(arrived()).rejects.toThrow('aborted');
    const kept = statSync(join(folder, 'a.gguf.part')).size;
    expect(kept).toBeGreaterThan(0);
    server.files.set('/a.gguf', { body: model, etag: '"1"' });
    await finish(`${server.origin}/a.gguf`);
    expect(server.log.at(-1)).toBe(`GET /a.gguf bytes=${kept}-`);
    expect(readFileSync(join(folder, 'a.gguf')).equals(model)).toBe(true);
  });

  it('by breaking the loop ends the download too', async () => {
    server.files.set('/a.gguf', { body: model, etag: '"1"', silentAfter: 100_000 });
    for await (const progress of start(`${server.origin}/a.gguf`)) if (progress.done > 0) break;
    server.files.set('/a.gguf', { body: model, etag: '"1"' });
    expect((await finish(`${server.origin}/a.gguf`)).done).toBe(model.length);
  });

  it('is not needed for a second download of the same file: it is refused', async () => {
    server.files.set('/a.gguf', { body: model, etag: '"1"', silentAfter: 100_000 });
    const first = start(`${server.origin}/a.gguf`);
    for await (const progress of first) {
      if (progress.done === 0) continue;
      expect((await failure(`${server.origin}/a.gguf`)).kind).toBe('busy');
      break;
    }
  });
});

describe('parseModelAddress', () => {
  it.each([
    ['hf:u/r', { kind: 'hub-quantization', repository: 'u/r', revision: 'main', quantization: null }],
    ['hf:u/r-GGUF:Q4_K_M', { kind: 'hub-quantization', repository: 'u/r-GGUF', quantization: 'Q4_K_M' }],
    ['hf:u/r@v1.0:Q8_0', { kind: 'hub-quantization', revision: 'v1.0', quantization: 'Q8_0' }],
    ['hf://u/r/sub/f.gguf', { kind: 'hub-file', repository: 'u/r', revision: 'main', file: 'sub/f.gguf' }],
    ['hf:u/r/f.gguf#abc', { kind: 'hub-file', revision: 'abc', file: 'f.gguf' }],
    [
      'https://huggingface.co/u/r/blob/main/f.gguf',
      { kind: 'hub-file', repository: 'u/r', revision: 'main', file: 'f.gguf' },
    ],
    ['https://example.org/x/My%20Model.gguf?sig=1', { kind: 'url', fileName: 'My Model.gguf' }],
  ])('reads %s', (text, expected) => {
    expect(parseModelAddress(text)).toMatchObject(expected);
  });

  it.each([
    'llama',
    'hf:llama',
    'hf:../x:Q4_0',
    'hf:u/r/../../etc/x.gguf',
    'http://example.org/a.gguf',
    'file:///etc/a.gguf',
    'https://example.org/a.safetensors',
    'https://example.org/..%2f..%5ca.gguf',
    'https://example.org/.gguf',
  ])('refuses %s', (text) => {
    expect(() => parseModelAddress(text)).toThrow(DownloadError);
  });
});

describe('chooseQuantization', () => {
  const choose = (quantization: string | null, ...paths: string[]): string[] =>
    chooseQuantization(
      'u/r',
      paths.map((path) => ({ path, bytes: 1, sha256: null })),
      quantization,
    ).map((file) => file.path);

  it('does not take Q4_K_M for Q4_K, nor a variant for the plain one', () => {
    expect(choose('Q4_K_S', 'a-Q4_K_M.gguf', 'a-Q4_K_S.gguf')).toEqual(['a-Q4_K_S.gguf']);
    expect(choose('Q4_K_M', 'a-UD-Q4_K_M.gguf', 'a-Q4_K_M.gguf')).toEqual(['a-Q4_K_M.gguf']);
    expect(() => choose('Q4_K', 'a-Q4_K_M.gguf')).toThrow('It has: a-Q4_K_M');
  });

  it('finds one by its folder, and a default when none was asked for', () => {
    expect(
      choose('BF16', 'BF16/a-00001-of-00002.gguf', 'BF16/a-00002-of-00002.gguf', 'a-Q8_0.gguf'),
    ).toHaveLength(2);
    expect(choose(null, 'a.Q8_0.gguf', 'a.Q4_K_M.gguf')).toEqual(['a.Q4_K_M.gguf']);
    expect(choose(null, 'model.gguf')).toEqual(['model.gguf']);
  });
});

it('the rate follows the last five seconds, down to nothing when nothing comes', () => {
  const rate = createRate();
  rate.add(0, 0);
  expect(rate.etaSeconds(100)).toBeNull();
  rate.add(1000, 1000);
  rate.add(11_000, 6000);
  expect(rate.bytesPerSecond()).toBe(2000);
  expect(rate.etaSeconds(10_000)).toBe(5);
  rate.add(11_000, 12_000);
  expect(rate.etaSeconds(10_000)).toBeNull();
});

it('what an earlier try brought is done but not fast', () => {
  const seen: DownloadProgress[] = [];
  using report = createReport(1e9, (progress) => seen.push(progress));
  report.done(900e6, false);
  report.step('Continuing');
  expect(seen.at(-1)).toMatchObject({ done: 900e6, bytesPerSecond: 0, etaSeconds: null });
});

it('a folder that cannot be written is an error that keeps its cause', async () => {
  server.files.set('/a.gguf', { body: model });
  mkdirSync(join(folder, 'a.gguf.part'));
  await expect(finish(`${server.origin}/a.gguf`)).rejects.toThrow('EISDIR');
});
