import { AxeBuilder } from '@axe-core/playwright';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { ensureBuilt } from '../../scripts/lib.mjs';
import { type FakeWorkbench, startFakeWorkbench } from '../fakes/fake-workbench.ts';
import { findChromium, launch } from '../guards/browser.ts';

const executable = findChromium();
if (executable === null) console.log('No Chromium here: keys are not tested in a browser.');

const SECRET = 'sk-live-0123456789abcdef';

/**
 * Runs in the page before its own code: a shell whose port leads to the same server as a browser's socket, and which
 * keeps keys as the desktop does. What it was given is under `given`.
 */
function actAsDesktop(problem: string | null): void {
  const kept = new Map<string, string>();
  const bridge = {
    requestPort() {
      const { port1, port2 } = new MessageChannel();
      const socket = new WebSocket(new URL('/rpc', location.href.replace(/^http/, 'ws')));
      socket.binaryType = 'arraybuffer';
      socket.addEventListener('message', ({ data }) => port1.postMessage(data));
      socket.addEventListener('open', () => {
        port1.addEventListener('message', ({ data }) => socket.send(data));
        port1.start();
      });
      window.postMessage({ type: 'assize:port' }, location.origin, [port2]);
    },
    listKeys: () => Promise.resolve({ problem, variables: [...kept.keys()].toSorted() }),
    async keepKey(variable: string, key: string) {
      kept.set(variable, key);
    },
    async forgetKey(variable: string) {
      kept.delete(variable);
    },
  };
  Object.assign(window, { bridge, given: kept });
}

beforeAll(ensureBuilt);

describe.skipIf(executable === null)('keys in the desktop’s window', () => {
  let browser: Browser;
  let fake: FakeWorkbench;
  let context: BrowserContext;
  let page: Page;

  beforeAll(async () => {
    browser = await launch(executable ?? '');
  });
  afterAll(() => browser.close());
  afterEach(async () => {
    await context.close();
    await fake[Symbol.asyncDispose]();
  });

  const open = async (problem: string | null): Promise<void> => {
    fake = await startFakeWorkbench('full');
    context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
    // A browser's visit turns the token into the cookie that the stand-in's socket needs.
    const visit = await context.newPage();
    await visit.goto(fake.url);
    await visit.getByRole('heading', { level: 1 }).waitFor();
    await visit.close();
    page = await context.newPage();
    await page.addInitScript(actAsDesktop, problem);
    await page.goto(`${new URL(fake.url).origin}/#/settings/servers`);
    await page.getByRole('heading', { level: 1 }).waitFor();
  };
  const given = () =>
    page.evaluate(() => ('given' in window && window.given instanceof Map ? [...window.given] : null));

  test('one is kept, named but never shown again, and forgotten', async () => {
    await open(null);
    await page.getByRole('combobox', { name: 'Variable' }).fill('lab key');
    await page.getByText('has to be the name of an environment variable').waitFor();
    await page.getByRole('combobox', { name: 'Variable' }).fill('LAB_API_KEY');
    await page.keyboard.press('Escape');
    await page.getByRole('textbox', { name: 'Key', exact: true }).fill(SECRET);
    await page.keyboard.press('Enter');
    const row = page.getByRole('row', { name: /LAB_API_KEY/ });
    await row.waitFor();
    expect(await given()).toEqual([['LAB_API_KEY', SECRET]]);
    const state = await page.evaluate(() => {
      const inputs = [...document.querySelectorAll('input')].map(({ value }) => value);
      return JSON.stringify([document.body.innerText, inputs, { ...localStorage }, { ...sessionStorage }]);
    });
    expect(state).not.toContain(SECRET);
    expect((await new AxeBuilder({ page }).analyze()).violations.map(({ id }) => id)).toEqual([]);
    await row.getByRole('button', { name: 'Forget the key LAB_API_KEY' }).click();
    await row.waitFor({ state: 'hidden' });
    expect(await given()).toEqual([]);
  });

  test('none can be kept where the system has no store for them, and that is said', async () => {
    await open('No keyring answers in this session, so no key is kept.');
    await page.getByText('No keyring answers').waitFor();
    expect(await page.getByRole('textbox').count()).toBe(0);
  });
});
