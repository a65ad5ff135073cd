import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { isInside, mimeType, resolveAsset } from '../../src-main/core/page/asset.ts';
import { injectNonce } from '../../src-main/core/page/csp.ts';
import { answerAppRequest } from '../../src-main/desktop/asset-protocol.ts';

let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'assize-assets-'));
  await mkdir(join(root, 'page', 'assets'), { recursive: true });
  await mkdir(join(root, 'page-old'));
  await writeFile(join(root, 'page', 'index.html'), '<head><meta name="csp-nonce" content="x"></head>');
  await writeFile(join(root, 'page', 'assets', 'a b.js'), 'export {};');
  await writeFile(join(root, 'page', 'notes.exe'), 'MZ');
  await writeFile(join(root, 'page-old', 'secret.txt'), 'secret');
  await symlink(join(root, 'page-old'), join(root, 'page', 'old'));
});
afterAll(() => rm(root, { recursive: true, force: true }));

const get = (url: string, method = 'GET') => answerAppRequest({ url, method }, join(root, 'page'));

describe('2: app://assize/', () => {
  test.each(['app://assize/', 'app://assize', 'app://assize/index.html', 'app://assize/?x=1'])(
    '%s is the page, with the nonce of its own policy',
    async (url) => {
      const response = await get(url);
      expect(response.status).toBe(200);
      const nonce = /'nonce-([^']+)'/.exec(response.headers.get('content-security-policy') ?? '')?.[1];
      expect(nonce).toBeTruthy();
      expect(await response.text()).toContain(`content="${nonce}"`);
    },
  );

  test('a file has a fixed type that is not guessed at', async () => {
    const script = await get('app://assize/assets/a%20b.js');
    expect(script.headers.get('content-type')).toBe('text/javascript; charset=utf-8');
    expect(script.headers.get('x-content-type-options')).toBe('nosniff');
    expect(script.headers.get('content-security-policy')).toContain("default-src 'none'");
    const other = await get('app://assize/notes.exe');
    expect(other.headers.get('content-type')).toBe('application/octet-stream');
  });

  test.each(['POST', 'PUT', 'HEAD', 'OPTIONS'])('%s is refused', async (method) => {
    expect((await get('app://assize/', method)).status).toBe(405);
  });

  test.each([
    'app://evil/index.html',
    'app://assize.evil.test/',
    'app://assize:8080/',
    'file:///etc/passwd',
    'https://assize/',
    'app://assize/..%2fpage-old%2fsecret.txt',
    'app://assize/%2e%2e/page-old/secret.txt',
    'app://assize/..%5cpage-old%5csecret.txt',
    'app://assize/old/secret.txt',
    'app://assize/assets',
    'app://assize/%',
    'app://assize/%00',
    'app://assize/missing.js',
    'nonsense',
  ])('%s gives nothing', async (url) => {
    const response = await get(url);
    expect(response.status).toBeGreaterThanOrEqual(400);
    expect(await response.text()).not.toContain('secret');
  });
});

test('a neighbour whose name begins the same is outside', () => {
  expect(isInside('/data-old/x', '/data')).toBe(false);
  expect(isInside('/data', '/data')).toBe(false);
  expect(isInside('/data/..x', '/data')).toBe(true);
  expect(resolveAsset('/..x', '/data')).toBe('/data/..x');
  expect(resolveAsset('/a/../../data-old/x', '/data')).toBeNull();
});

test('an escape is decoded once: "%252e" is a name, not a way out', () => {
  expect(resolveAsset('/%252e%252e/x', '/data')).toBe('/data/%2e%2e/x');
});

test('types are known by the extension, in any case', () => {
  expect(mimeType('X.PNG')).toBe('image/png');
  expect(mimeType('x.html.exe')).toBe('application/octet-stream');
});

test('a page without the nonce tag gets one', () => {
  expect(injectNonce('<html><head lang="en"><title>x</title></head></html>', 'n')).toContain(
    '<head lang="en"><meta name="csp-nonce" content="n">',
  );
});
