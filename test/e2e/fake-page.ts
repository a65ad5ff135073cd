import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect } from 'vitest';
import { type FakeWorkbench, startFakeWorkbench } from '../fakes/fake-workbench.ts';
import { MODELS } from '../fakes/workbench/models.ts';
import { launch } from '../guards/browser.ts';

const TOKEN = 'a-token-of-the-tests-that-is-long-enough-43';

/** The page of the test that runs, on a made-up workbench of its own. */
export let page: Page;
let fake: FakeWorkbench;

/** Gives each test of the calling suite a fresh `page`. No error may have been thrown in it when the test has ended. */
export function openForEachTest(executable: string): void {
  let browser: Browser;
  const errors: string[] = [];

  beforeAll(async () => {
    browser = await launch(executable);
  });
  afterAll(() => browser.close());
  beforeEach(async () => {
    fake = await startFakeWorkbench('full', { token: TOKEN });
    const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
    page = await context.newPage();
    page.on('pageerror', ({ message }) => errors.push(message));
  });
  afterEach(async () => {
    await page.context().close();
    await fake[Symbol.asyncDispose]();
    expect(errors.splice(0)).toEqual([]);
  });
}

/** Goes to an address within the workbench, as a link would. */
export async function open(address: string): Promise<void> {
  await page.goto(fake.url);
  await page.getByRole('heading', { level: 1 }).waitFor();
  await page.evaluate((hash) => {
    location.hash = hash;
  }, address);
}

/** The id of the made-up model whose name begins so. */
export const idOf = (name: string): string => MODELS.find((model) => model.name.startsWith(name))?.id ?? name;
