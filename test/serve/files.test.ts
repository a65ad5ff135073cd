import { mkdir, readdir, readFile, symlink, utimes, writeFile } from 'node:fs/promises';
import { randomUUID } from 'node:crypto';
import { request } from 'node:http';
import { join, relative } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { removeLeftovers, safeName } from '../../src-main/serve/upload.ts';
import { send, serve, type Served } from './harness.ts';

const CAP = 1000;
let served: Served;
beforeAll(async () => {
  served = await serve({ uploadCapBytes: CAP });
});
afterAll(() => served[Symbol.asyncDispose]());

const uploads = (): Promise<string[]> => readdir(join(served.dataDir, 'uploads')).catch(() => []);

const upload = (name: string, body: string, headers: Record<string, string> = {}) =>
  send(served.origin, `/upload?name=${encodeURIComponent(name)}`, {
    method: 'POST',
    headers: { origin: served.origin, cookie: served.cookie, ...headers },
    body,
  });

describe('page', () => {
  test.each([
    '/../secret.txt',
    '/..%2fsecret.txt',
    '/%2e%2e/secret.txt',
    '/assets/../../secret.txt',
    '/%2e%2e%5csecret.txt',
    '/assets/%00',
    '/%',
    '/assets',
    '/assets/',
    '/link.txt',
    '/C:/secret.txt',
    '//etc/passwd',
  ])('%s leaves the page nowhere', async (path) => {
    await symlink(join(served.rendererDir, '..', 'secret.txt'), join(served.rendererDir, 'link.txt')).catch(
      () => undefined,
    );
    const response = await send(served.origin, path);
    expect(response.status).toBe(404);
    expect(response.body).not.toContain('not for the page');
  });

  test('index.html carries the nonce of its own policy, another one each time', async () => {
    const nonces = new Set<string>();
    for (let i = 0; i < 2; i += 1) {
      const response = await send(served.origin, '/');
      const policy = String(response.headers['content-security-policy']);
      const nonce = /style-src 'self' 'nonce-([^']+)'/.exec(policy)?.[1] ?? '';
      expect(response.body).toContain(`<meta name="csp-nonce" content="${nonce}">`);
      expect(response.body).not.toContain('__CSP_NONCE__');
      expect(response.headers['cache-control']).toBe('no-store');
      nonces.add(nonce);
    }
    expect(nonces.size).toBe(2);
    expect(nonces).not.toContain('');
  });

  test('nothing may be loaded from elsewhere, framed, guessed at or written inline', async () => {
    const response = await send(served.origin, '/assets/index.js');
    const policy = String(response.headers['content-security-policy']);
    const directives = new Map(
      policy.split('; ').map((d) => [d.split(' ')[0], d.split(' ').slice(1).join(' ')]),
    );
    expect(directives.get('default-src')).toBe("'none'");
    expect(directives.get('script-src')).toBe("'self'");
    expect(directives.get('connect-src')).toBe("'self'");
    expect(directives.get('frame-ancestors')).toBe("'none'");
    expect(policy).not.toMatch(/unsafe|https?:|\*/);
    expect(response.headers['x-content-type-options']).toBe('nosniff');
    expect(response.headers['content-type']).toBe('text/javascript; charset=utf-8');
  });

  test('is read only', async () => {
    const response = await send(served.origin, '/', { method: 'PUT', headers: { origin: served.origin } });
    expect(response.status).toBe(405);
  });
});

describe('upload', () => {
  test('a file arrives whole under a grant that core can resolve, in a folder of its own', async () => {
    const text = 'question,gold\nHöhe?,"Zürich"\n';
    const response = await upload('fragen.csv', text);
    expect(response.status).toBe(201);
    const { file, bytes } = JSON.parse(response.body);
    const path = served.grants.resolve(file) ?? '';
    expect(path.endsWith('/fragen.csv')).toBe(true);
    expect(await readFile(path, 'utf8')).toBe(text);
    expect(bytes).toBe(Buffer.byteLength(text));
    // Two files of one name do not meet.
    const other = JSON.parse((await upload('fragen.csv', 'x')).body);
    expect(other.file).not.toBe(file);
    expect(await readFile(path, 'utf8')).toBe(text);
  });

  test('an announced file over the cap is refused before it is stored', async () => {
    const before = await uploads();
    const response = await upload('big.csv', 'x'.repeat(CAP + 1));
    expect(response.status).toBe(413);
    expect(JSON.parse(response.body).message).toContain('1000 bytes');
    expect(await uploads()).toEqual(before);
  });

  test('a file that hides its size is stopped at the cap and leaves nothing', async () => {
    const before = await uploads();
    const response = await upload('big.csv', 'x'.repeat(CAP + 1), { 'transfer-encoding': 'chunked' });
    expect(response.status).toBe(413);
    expect(await uploads()).toEqual(before);
  });

  test('files of a folder go to their places under its name, and none of them outside it', async () => {
    const set = randomUUID();
    const put = async (place: string, root: string) => {
      const query = new URLSearchParams({ name: place, set, root });
      const headers = { origin: served.origin, cookie: served.cookie };
      const response = await send(served.origin, `/upload?${query}`, {
        method: 'POST',
        headers,
        body: place,
      });
      return z.object({ folder: z.string() }).parse(JSON.parse(response.body)).folder;
    };
    const folder = await put('a.csv', 'my results');
    expect(await put('deep/b.jsonl', 'my results')).toBe(folder);
    expect(await put('../../../c.csv', 'my results')).toBe(folder);
    const path = served.grants.resolve(folder) ?? '';
    expect(path).toBe(join(served.dataDir, 'uploads', set, 'my results'));
    const files = await readdir(path, { recursive: true, withFileTypes: true });
    const names = files.flatMap((entry) => (entry.isFile() ? [join(entry.parentPath, entry.name)] : []));
    expect(names.map((name) => relative(path, name)).toSorted()).toEqual([
      'a.csv',
      join('deep', 'b.jsonl'),
      join('upload', 'upload', 'upload', 'c.csv'),
    ]);
  });

  test('a folder of which one file is too large is not kept at all', async () => {
    const before = await uploads();
    const set = randomUUID();
    const put = (place: string, body: string) =>
      send(served.origin, `/upload?${new URLSearchParams({ name: place, set, root: 'r' })}`, {
        method: 'POST',
        headers: { origin: served.origin, cookie: served.cookie, 'transfer-encoding': 'chunked' },
        body,
      });
    expect((await put('a.csv', 'x')).status).toBe(201);
    expect((await put('b.csv', 'x'.repeat(CAP + 1))).status).toBe(413);
    expect(await uploads()).toEqual(before);
  });

  test('a tab that closes half-way leaves no half file', async () => {
    const before = await uploads();
    const outgoing = request(`${served.origin}/upload?name=half.csv`, {
      method: 'POST',
      headers: { origin: served.origin, cookie: served.cookie, 'content-length': String(CAP) },
    });
    outgoing.on('error', () => undefined);
    outgoing.write('half of it');
    await expect.poll(async () => (await uploads()).length).toBe(before.length + 1);
    outgoing.destroy();
    await expect.poll(uploads).toEqual(before);
  });

  test.each([
    // Trimmed after its dots were looked for, this was a way out of the folder.
    [' ..', 'upload'],
    ['. . ..', 'upload'],
    ['../../etc/cron.d/x', 'x'],
    ['..\\..\\x.csv', 'x.csv'],
    ['.bashrc', 'bashrc'],
    ['', 'upload'],
    ['..', 'upload'],
    ['a\u0000b\n.csv', 'a_b_.csv'],
    ['Größe 1.csv', 'Größe 1.csv'],
  ])('the name %j becomes %j', (given, kept) => {
    expect(safeName(given)).toBe(kept);
  });

  test('a name longer than a file system takes keeps its extension', () => {
    expect(safeName(`${'n'.repeat(400)}.jsonl`)).toMatch(/^n+~n+\.jsonl$/);
    expect(safeName(`${'n'.repeat(400)}.jsonl`).length).toBeLessThanOrEqual(120);
  });

  test('a name of 90 Chinese characters, which are 270 bytes, arrives all the same', async () => {
    const response = await upload(`${'漢'.repeat(90)}.csv`, 'a');
    expect(response.status).toBe(201);
    const name = String(JSON.parse(response.body).name);
    expect(name).toMatch(/^漢+~漢+\.csv$/);
    expect(Buffer.byteLength(`${name}.part`)).toBeLessThanOrEqual(255);
    // Half of a pair of surrogates is no name on any disk.
    expect(safeName(`${'😀'.repeat(90)}.csv`)).toMatch(/^(?:😀)+~(?:😀)+\.csv$/u);
  });

  test('what an ended process left is removed, what is fresh is not', async () => {
    const dir = join(served.dataDir, 'leftovers');
    await mkdir(join(dir, 'old'), { recursive: true });
    await mkdir(join(dir, 'new'));
    await utimes(join(dir, 'old'), 0, 0);
    await removeLeftovers(dir);
    expect(await readdir(dir)).toEqual(['new']);
  });
});

describe('download', () => {
  const get = (grant: string) =>
    send(served.origin, `/download/${grant}`, { headers: { cookie: served.cookie } });

  test('an export comes as an attachment under its own name, never as a page', async () => {
    const path = join(served.dataDir, 'Läufe "1".csv');
    await writeFile(path, 'a,b\n');
    const response = await get(served.grants.grantPath(path));
    expect(response.status).toBe(200);
    expect(response.body).toBe('a,b\n');
    const disposition = String(response.headers['content-disposition']);
    expect(disposition).toMatch(/^attachment; filename="L_ufe _1_\.csv"; filename\*=UTF-8''/);
    expect(decodeURIComponent(disposition.split("''")[1] ?? '')).toBe('Läufe "1".csv');
    expect(response.headers['content-type']).toBe('application/octet-stream');
  });

  test('an unknown grant, a path and a granted file outside the data directory give nothing', async () => {
    const secret = served.grants.grantPath(join(served.rendererDir, '..', 'secret.txt'));
    for (const grant of ['x', '..%2f..%2fsecret.txt', secret]) {
      expect((await get(grant)).status).toBe(404);
    }
  });
});
