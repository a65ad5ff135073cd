import { once } from 'node:events';
import { stat, chmod, readFile, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { startServer } from '../../src-main/serve/server.ts';
import { loadToken } from '../../src-main/serve/token.ts';
import { send, serve, signIn, TOKEN, upgradeStatus, type Served } from './harness.ts';

let served: Served;
beforeAll(async () => {
  served = await serve();
});
afterAll(() => served[Symbol.asyncDispose]());

const post = (origin: string, headers: Record<string, string>, token: string = TOKEN) =>
  send(served.origin, '/session', {
    method: 'POST',
    headers: { origin, ...headers },
    body: JSON.stringify({ token }),
  });

describe('Host', () => {
  // A page on evil.test whose DNS now says 127.0.0.1 is same-origin to itself: only the name gives it away.
  test.each([
    'evil.test',
    'evil.test:PORT',
    '127.0.0.1.evil.test:PORT',
    'localhost.evil.test:PORT',
    '127.0.0.1:1',
    '192.168.0.7:PORT',
  ])('%s is refused, page and all', async (name) => {
    const host = name.replace('PORT', String(served.server.port));
    const response = await send(served.origin, '/', { headers: { host } });
    expect(response.status).toBe(421);
    expect(response.body).not.toContain('csp-nonce');
    expect((await post(`http://${host}`, { host })).status).toBe(421);
  });

  test.each(['127.0.0.1', 'localhost', '[::1]', 'LOCALHOST'])('%s with our port is ours', async (name) => {
    const host = `${name}:${served.server.port}`;
    expect((await send(served.origin, '/', { headers: { host } })).status).toBe(200);
  });
});

describe('Origin', () => {
  test.each([
    'http://evil.test',
    'null',
    'https://127.0.0.1:PORT',
    'http://127.0.0.1:PORT.evil.test',
    'http://127.0.0.1:1',
    'http://localhost:PORT',
  ])('a request from %s is refused with the right cookie', async (template) => {
    const origin = template.replace('PORT', String(served.server.port));
    expect((await post(origin, {})).status).toBe(403);
    const upload = await send(served.origin, '/upload?name=a.csv', {
      method: 'POST',
      headers: { origin, cookie: served.cookie },
      body: 'a',
    });
    expect(upload.status).toBe(403);
    const url = `ws://127.0.0.1:${served.server.port}/rpc`;
    expect(await upgradeStatus(url, { origin, headers: { cookie: served.cookie } })).toBe(403);
  });

  test('nothing is changed and no socket opened for a request that names no origin', async () => {
    const { port } = served.server;
    const response = await send(served.origin, '/upload?name=a.csv', {
      method: 'POST',
      headers: { cookie: served.cookie },
      body: 'a',
    });
    expect(response.status).toBe(403);
    const headers = { cookie: served.cookie };
    expect(await upgradeStatus(`ws://127.0.0.1:${port}/rpc`, { headers })).toBe(403);
  });

  test('another page on localhost, same site by the rules of cookies, cannot pull a download into itself', async () => {
    const response = await send(served.origin, '/download/x', {
      headers: { cookie: served.cookie, 'sec-fetch-site': 'same-site' },
    });
    expect(response.status).toBe(403);
  });
});

describe('session', () => {
  test('a wrong token, a token of another length and no JSON at all open nothing', async () => {
    for (const token of ['', 'x', `${TOKEN}x`, TOKEN.replace('a', 'b')]) {
      const response = await post(served.origin, {}, token);
      expect(response.status).toBe(401);
      expect(response.headers['set-cookie']).toBeUndefined();
    }
    const options = { method: 'POST', headers: { origin: served.origin }, body: '{"token":' };
    expect((await send(served.origin, '/session', options)).status).toBe(401);
  });

  test('the cookie is out of reach of scripts and of other sites, and is not the token', async () => {
    const response = await post(served.origin, {});
    const cookie = response.headers['set-cookie']?.[0] ?? '';
    expect(cookie).toContain('HttpOnly');
    expect(cookie).toContain('SameSite=Strict');
    expect(cookie).not.toContain(TOKEN);
  });

  test('without the cookie there is no socket, no upload, no download', async () => {
    const { origin } = served;
    const url = `ws://127.0.0.1:${served.server.port}/rpc`;
    expect(await upgradeStatus(url, { origin })).toBe(401);
    expect(await upgradeStatus(url, { origin, headers: { cookie: `${served.cookie}x` } })).toBe(401);
    const upload = { method: 'POST', headers: { origin }, body: 'a' };
    expect((await send(origin, '/upload?name=a.csv', upload)).status).toBe(401);
    expect((await send(origin, '/download/x')).status).toBe(401);
    expect((await send(origin, '/session')).status).toBe(401);
  });

  test('with it the socket opens, and a tab still has it after a restart on the same data directory', async () => {
    const { origin, cookie } = served;
    const url = `ws://127.0.0.1:${served.server.port}/rpc`;
    expect(await upgradeStatus(url, { origin, headers: { cookie } })).toBe(101);
    expect(await signIn(origin)).toBe(cookie);
    expect((await send(origin, '/session', { headers: { cookie } })).status).toBe(200);
  });

  test('the token file is for its owner alone, is kept, and is replaced once others could read it', async () => {
    const path = join(served.dataDir, 'serve-token');
    const token = await loadToken(served.dataDir);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect(await loadToken(served.dataDir)).toBe(token);
    await chmod(path, 0o644);
    const next = await loadToken(served.dataDir);
    expect(next).not.toBe(token);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    await writeFile(path, 'short');
    expect(await loadToken(served.dataDir)).toHaveLength(43);
    expect((await readFile(path, 'utf8')).trim()).toHaveLength(43);
  });
});

describe('who does not go', () => {
  test('a refused socket whose other end stays open does not keep the server from ending', async () => {
    const own = await serve();
    const { port } = own.server;
    const socket = connect({ host: '127.0.0.1', port, allowHalfOpen: true });
    socket.write(
      `GET /rpc HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\norigin: ${own.origin}\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n`,
    );
    socket.resume();
    await once(socket, 'end');
    await expect(own[Symbol.asyncDispose]()).resolves.toBeUndefined();
    socket.destroy();
  });

  test('a token that never comes whole does not keep its connection', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    try {
      const { port } = served.server;
      const socket = connect({ host: '127.0.0.1', port });
      const closed = once(socket, 'close');
      socket.on('error', () => undefined);
      socket.write(
        `POST /session HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\norigin: ${served.origin}\r\ncontent-length: 90\r\n\r\n{"token":`,
      );
      await expect.poll(() => vi.getTimerCount()).toBeGreaterThan(0);
      vi.advanceTimersByTime(10_000);
      await expect(closed).resolves.toBeDefined();
    } finally {
      vi.useRealTimers();
    }
  });
});

test('a port that is taken is refused with a sentence that names it', async () => {
  const { rendererDir, dataDir, grants, small } = served;
  const again = startServer({
    router: small.router,
    port: served.server.port,
    token: TOKEN,
    rendererDir,
    dataDir,
    grants,
    log: { info: () => undefined, warn: () => undefined, error: () => undefined },
  });
  await expect(again).rejects.toThrow(`Port ${served.server.port} is in use`);
});
