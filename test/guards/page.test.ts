import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Core } from '../../src-main/core/core.ts';
import { type RunningServer, startServer } from '../../src-main/serve/server.ts';
import { ensureBuilt } from '../../scripts/lib.mjs';
import { type Bench, createBench } from '../engine/runs/workbench.ts';
import { findChromium, launch } from './browser.ts';
import { OUT } from './bundles.ts';

/** A build, or a first start of a browser, on a machine that does other things too. */
const BUILD_MS = 180_000;

const RENDERER = join(OUT, 'renderer');

/** Addresses that libraries name without asking for them: XML namespaces, links in error texts, a base for parsing. */
const INERT = new Set([
  'http://www.w3.org',
  'http://orpc',
  'http://localhost',
  'https://react.dev',
  'https://mantine.dev',
  'https://developer.mozilla.org',
]);

beforeAll(ensureBuilt, BUILD_MS);

describe('the built page', () => {
  const read = (kind: RegExp): [string, string][] =>
    readdirSync(RENDERER, { recursive: true, encoding: 'utf8' })
      .filter((name) => kind.test(name))
      .map((name) => [name, readFileSync(join(RENDERER, name), 'utf8')]);

  test('loads nothing from elsewhere in its HTML and CSS', () => {
    const files = read(/\.(html|css)$/);
    expect(files.length).toBeGreaterThan(1);
    const address = /(?:src|href)=["']?(?:\w+:)?\/\/[^"' >]+|url\(["']?(?:https?:)?\/\/[^)]+|@import[^;]+/g;
    const foreign = files.flatMap(([name, text]) =>
      (text.match(address) ?? []).map((found) => [name, found]),
    );
    expect(foreign).toEqual([]);
  });

  test('names no foreign address in its scripts but those that are only text', () => {
    const scripts = read(/\.js$/);
    expect(scripts.length).toBeGreaterThan(1);
    const named = scripts.flatMap(([, text]) => text.match(/\b(?:https?|wss?):\/\/[A-Za-z0-9.-]+/g) ?? []);
    expect([...new Set(named)].filter((address) => !INERT.has(address))).toEqual([]);
  });

  test('has no inline script and no inline handler, which its policy would refuse', () => {
    const html = readFileSync(join(RENDERER, 'index.html'), 'utf8');
    expect(html).not.toMatch(/<script(?![^>]*\bsrc=)/);
    expect(html).not.toMatch(/\son\w+=/);
    expect(html).toContain('name="csp-nonce"');
  });

  test('14: is written without a way to turn text into markup or code', () => {
    const root = join(OUT, '..', 'src-renderer');
    const sources = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((name) =>
      /\.tsx?$/.test(name),
    );
    expect(sources.length).toBeGreaterThan(10);
    const risky =
      /dangerouslySetInnerHTML|\b(?:inner|outer)HTML\b|insertAdjacentHTML|rehype-raw|\beval\(|new Function\(/;
    expect(sources.filter((name) => risky.test(readFileSync(join(root, name), 'utf8')))).toEqual([]);
  });

  test('reaches nothing of Node or Electron', () => {
    const guilty = read(/\.js$/).filter(([, text]) => /["'](?:node:|electron["'])/.test(text));
    expect(guilty.map(([name]) => name)).toEqual([]);
  });
});

const executable = findChromium();
if (executable === null) console.log('No Chromium here: the served page is not tested in a browser.');

describe.skipIf(executable === null)('the page in a browser', () => {
  let bench: Bench;
  let core: Core;
  let server: RunningServer;
  let browser: Browser;
  let context: BrowserContext;
  let foreign: string[];
  let violations: string[];

  beforeAll(async () => {
    bench = await createBench(3);
    core = await bench.open();
    server = await startServer({
      router: core.router,
      port: 0,
      rendererDir: RENDERER,
      dataDir: bench.dataDir,
      grants: core.grants,
      log: core.log,
    });
    browser = await launch(executable ?? '');
  }, BUILD_MS);
  afterAll(async () => {
    await browser.close();
    await server.close();
    await core.close();
    bench.remove();
  });
  beforeEach(async () => {
    foreign = [];
    violations = [];
    context = await browser.newContext();
    const own = new Set([`http://127.0.0.1:${server.port}`, `ws://127.0.0.1:${server.port}`]);
    context.on('request', (request) => {
      const { protocol, origin } = new URL(request.url());
      if (!own.has(origin) && protocol !== 'data:' && protocol !== 'blob:') foreign.push(request.url());
    });
    context.on('console', (message) => {
      if (/Content Security Policy/i.test(message.text())) violations.push(message.text());
    });
  });
  afterEach(() => context.close());

  /** Opens an address and waits for the first answer over the page's socket; the socket's address. */
  const openSocket = async (page: Page, url: string): Promise<string> => {
    const opened = page.waitForEvent('websocket');
    await page.goto(url);
    const socket = await opened;
    await socket.waitForEvent('framereceived');
    return socket.url();
  };

  test('signs in, takes the key out of the address, and talks over its socket', async () => {
    const page = await context.newPage();
    expect(await openSocket(page, server.url)).toBe(`ws://127.0.0.1:${server.port}/rpc`);
    expect(page.url()).not.toContain('token');
    expect(await page.evaluate(() => document.cookie)).toBe('');
    const [cookie] = await context.cookies();
    expect(cookie).toMatchObject({ httpOnly: true, sameSite: 'Strict' });
  });

  test('a second tab needs no key', async () => {
    await openSocket(await context.newPage(), server.url);
    const second = openSocket(await context.newPage(), `http://127.0.0.1:${server.port}/`);
    await expect(second).resolves.toContain('/rpc');
  });

  test('every page asks for nothing but its own origin and breaks no rule of its policy', async () => {
    const page = await context.newPage();
    await openSocket(page, server.url);
    for (const name of ['Plan', 'Datasets', 'Runs', 'Answers', 'Analysis', 'Settings', 'Machine']) {
      await page.getByRole('link', { name, exact: true }).click();
      await page.locator('a[aria-current="page"]', { hasText: name }).waitFor();
      await page.locator('#main *').first().waitFor();
    }
    expect(foreign).toEqual([]);
    expect(violations).toEqual([]);
  });

  test('the policy is in force: a foreign request, an inline script and an unsigned style are refused', async () => {
    const page = await context.newPage();
    await page.goto(`http://127.0.0.1:${server.port}/`);
    const outcome = await page.evaluate(async () => {
      const fetched = await fetch('http://example.invalid/').then(
        () => 'reached',
        () => 'refused',
      );
      const script = document.createElement('script');
      script.textContent = 'window.inlineRan = true';
      document.head.append(script);
      const style = document.createElement('style');
      style.textContent = 'body { outline: 7px solid red }';
      document.head.append(style);
      return { fetched, ran: 'inlineRan' in window, outline: getComputedStyle(document.body).outlineWidth };
    });
    expect(outcome).toMatchObject({ fetched: 'refused', ran: false });
    expect(outcome.outline).not.toBe('7px');
    expect(violations.length).toBeGreaterThanOrEqual(3);
  });

  test('14: what a file says is shown as text, whatever it is written to do', async () => {
    const attack = '<img src=x onerror="window.attacked = 1"><script>window.attacked = 1</script>';
    const path = join(bench.root, 'attack.csv');
    const quoted = `"${attack.replaceAll('"', '""')}"`;
    writeFileSync(
      path,
      `id,question,answer\n1,${quoted},"![pixel](http://example.invalid/x.png) ${attack.replaceAll('"', '""')}"\n`,
    );
    const file = core.grants.grantPath(path);
    const request = { file, name: attack.slice(0, 60), kind: null, mapping: null };
    let datasetId = -1;
    for await (const event of await core.client.datasets.import(request)) {
      if (event.kind === 'done') datasetId = event.dataset.id;
    }
    const page = await context.newPage();
    await openSocket(page, server.url);
    for (const route of ['/datasets', `/datasets/${datasetId}`]) {
      await page.goto(`http://127.0.0.1:${server.port}/#${route}`);
      await page.getByText('onerror').first().waitFor();
    }
    expect(await page.evaluate(() => 'attacked' in window)).toBe(false);
    expect(foreign).toEqual([]);
    expect(violations).toEqual([]);
  });

  test('a style with the page’s nonce is applied, and the nonce is another one each time', async () => {
    const page = await context.newPage();
    const nonces: (string | null)[] = [];
    for (let i = 0; i < 2; i += 1) {
      await page.goto(`http://127.0.0.1:${server.port}/`);
      const found = await page.evaluate(() => {
        const nonce = document.querySelector<HTMLMetaElement>('meta[name="csp-nonce"]')?.content ?? null;
        const style = document.createElement('style');
        if (nonce !== null) style.setAttribute('nonce', nonce);
        style.textContent = 'body { outline: 7px solid red }';
        document.head.append(style);
        return { nonce, outline: getComputedStyle(document.body).outlineWidth };
      });
      expect(found.outline).toBe('7px');
      nonces.push(found.nonce);
    }
    expect(new Set(nonces).size).toBe(2);
  });
});
