import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { ensureBuilt } from '../../scripts/lib.mjs';
import { type FakeWorkbench, startFakeWorkbench } from '../fakes/fake-workbench.ts';
import { MODELS } from '../fakes/workbench/models.ts';
import { findChromium, launch } from '../guards/browser.ts';

const executable = findChromium();
if (executable === null) console.log('No Chromium here: the launch page is not tested in a browser.');

const TOKEN = 'a-token-of-the-tests-that-is-long-enough-43';
const idOf = (name: string): string => MODELS.find((model) => model.name.startsWith(name))?.id ?? name;
const JUDGE = idOf('Meta-Llama-3.1-70B');

beforeAll(ensureBuilt);

describe.skipIf(executable === null)('the launch page', { timeout: 120_000 }, () => {
  let browser: Browser;
  let page: Page;
  let fake: FakeWorkbench;
  const errors: string[] = [];

  beforeAll(async () => {
    browser = await launch(executable ?? '');
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

  const open = async (address: string): Promise<void> => {
    await page.goto(fake.url);
    await page.getByRole('heading', { level: 1 }).waitFor();
    await page.evaluate((hash) => {
      location.hash = hash;
    }, address);
  };
  const loading = (who: string) => page.getByRole('group', { name: who, exact: true }).getByText(/^Loading:/);

  test('a quantized cache that the planner proposed arrives in the form with its warning, and goes back to f16', async () => {
    const changes = encodeURIComponent(
      JSON.stringify([{ kind: 'kv-type', modelId: 'judge-0', kvType: 'q8_0' }]),
    );
    await open(`/plan?judgeOnly=true&judge=${JUDGE}&changes=${changes}`);
    await page.getByRole('link', { name: 'New run with these' }).click();
    await expect
      .poll(() => loading('Judge').textContent())
      .toBe('Loading: KV cache q8_0, the rest as planned');
    const risk = page
      .getByRole('status')
      .filter({ hasText: /A cache in q8_0.*may differ from those with f16/ });
    await risk.waitFor();
    await loading('Judge').click();
    const cache = page.getByRole('combobox', { name: 'KV cache of Judge' });
    await cache.click();
    await page.getByRole('option', { name: 'f16 (usual)' }).click();
    await risk.waitFor({ state: 'detached' });
    await expect
      .poll(() => loading('Judge').textContent())
      .toBe('Loading: KV cache f16, the rest as planned');
  });

  test('weights are typed with their shares said, and weights of nothing start nothing', async () => {
    await open('/runs/new');
    await page.getByRole('button', { name: 'Add another judge' }).click();
    await page.getByRole('combobox', { name: 'Their verdicts together' }).click();
    await page.getByRole('option', { name: 'Weighted' }).click();
    const group = page.getByRole('group', { name: 'Weights' });
    await group.getByText(/until somebody has, all weigh the same/).waitFor();
    await group.getByText('Typed', { exact: true }).click();
    await group.getByText('Of the whole, judge 1 is 50 %, judge 2 is 50 %.').waitFor();
    const first = group.getByRole('textbox', { name: 'Weight of judge 1' });
    await first.fill('3');
    await group.getByText('Of the whole, judge 1 is 75 %, judge 2 is 25 %.').waitFor();
    // Emptied to type another number: what was there counts, and the field does not fill itself.
    await first.fill('');
    await group.getByText('judge 1 is 75 %').waitFor();
    expect(await first.inputValue()).toBe('');
    await first.fill('0');
    await group.getByRole('textbox', { name: 'Weight of judge 2' }).fill('0');
    await group.getByRole('alert').getByText('give at least one judge more than 0').waitFor();
    expect(await page.getByRole('button', { name: 'Start' }).isEnabled()).toBe(false);
  });

  test('a judge has its name on one line and what else tells it on the next, at 1280 px beside all its numbers', async () => {
    await open('/runs/1');
    const rows = page.getByRole('table').filter({ hasText: 'Judged by' }).locator('tbody tr');
    await rows.filter({ hasText: 'next-token' }).first().waitFor();
    const heights = await rows.evaluateAll((all) =>
      all.map((row) => Math.round(row.getBoundingClientRect().height)),
    );
    expect(heights.length).toBeGreaterThan(3);
    expect(Math.max(...heights)).toBeLessThanOrEqual(48);
  });
});
