import { beforeAll, describe, expect, test } from 'vitest';
import { ensureBuilt } from '../../scripts/lib.mjs';
import { findChromium } from '../guards/browser.ts';
import { idOf, open, openForEachTest, page } from './fake-page.ts';

const executable = findChromium();
if (executable === null) console.log('No Chromium here: the planner is not tested in a browser.');

const JUDGE_70B = idOf('Meta-Llama-3.1-70B');
const JUDGE = `judge=${JUDGE_70B}`;

beforeAll(ensureBuilt);

describe.skipIf(executable === null)('the planner', () => {
  openForEachTest(executable ?? '');

  const hash = (): string => decodeURIComponent(new URL(page.url()).hash);
  const part = (name: RegExp) => page.getByRole('img', { name }).first();

  test('a slider moved by keys plans anew at once, and the address keeps it', async () => {
    await open(`/plan?${JUDGE}&box=A100%2080GB`);
    // 320 KiB a token, 4,096 tokens, 2 sequences: the model's own heads, and nothing that was chosen before.
    await part(/^Judge · A100 80GB, KV cache: 2,560 MiB, exact/).waitFor();
    await page.getByRole('slider', { name: 'Context of a sequence' }).focus();
    await page.keyboard.press('End');
    await page.keyboard.press('ArrowLeft');
    await expect.poll(hash).toContain('context=98304');
    await part(/^Judge · A100 80GB, KV cache: [\d,]+ MiB, exact/).waitFor();
    expect(await part(/^Judge · A100 80GB, KV cache/).getAttribute('aria-label')).not.toContain(' 2,560 MiB');
  });

  test('a way out is taken by one click and taken back by another', async () => {
    await open(`/plan?${JUDGE}&box=A100%2040GB`);
    const fix = page.getByRole('listitem').filter({ hasText: 'IQ4_XS' });
    await fix.getByRole('button', { name: 'Apply' }).click();
    await expect.poll(hash).toContain('IQ4_XS');
    await part(/^Judge · A100 40GB, weights: [\d,]+ MiB/).waitFor();
    await expect.poll(() => page.getByText('81 of 81 layers').count()).toBeGreaterThan(0);
    await page.getByRole('button', { name: 'Undo the change' }).click();
    await expect.poll(hash).not.toContain('IQ4_XS');
    await page.getByText(/^\d+ of 81 layers of Meta-Llama-3.1-70B/).waitFor();
  });

  test('a card that nobody knows is said in one sentence; cards are put together by hand', async () => {
    await open('/plan?box=3x%20foo');
    await page.getByRole('alert').getByText('There is no card called "foo"').waitFor();
    expect(await page.getByRole('alert').count()).toBe(1);
    const add = page.getByRole('combobox', { name: 'Add a card' });
    for (const card of ['RTX 4090', 'L4', 'L4']) {
      await add.fill(card);
      await page.getByRole('option', { name: card, exact: true }).click();
    }
    await expect.poll(hash).toContain('box=RTX+4090+++2x+L4');
    await page.getByRole('alert').waitFor({ state: 'hidden' });
    await page.getByRole('button', { name: /^2× L4\s*: take one out/ }).click();
    await expect.poll(hash).toContain('box=RTX+4090+++L4');
    const ram = page.getByRole('textbox', { name: 'RAM, GiB' });
    await ram.fill('-1');
    await ram.blur();
    await expect.poll(hash).toContain('ram=1');
  });

  test('each part of a bar says its size, its basis and its source, by keys', async () => {
    await open('/plan');
    await part(/^Generate · /).focus();
    await page.keyboard.press('ArrowRight');
    const focused = () => page.evaluate(() => document.activeElement?.getAttribute('aria-label') ?? '');
    expect(await focused()).toMatch(/KV cache: [\d,]+ MiB, exact: n_head_kv/);
    await page.keyboard.press('End');
    expect(await focused()).toMatch(/^Judge · RAM, reserve, kept free/);
    // The figure is one stop: the next one is behind it.
    await page.keyboard.press('Tab');
    expect(await focused()).not.toMatch(/^(Generate|Judge) · /);
  });

  test('a price is changed and kept; one that is not complete is not saved', async () => {
    await open('/plan?tab=prices');
    const price = page.getByRole('textbox', { name: 'USD an hour, RunPod RTX 4090' });
    await price.fill('0.5');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('your own table').waitFor();
    await page.getByRole('button', { name: 'Add a price' }).click();
    await page.getByText('One price is not complete yet').waitFor();
    expect(await page.getByRole('button', { name: 'Save' }).isEnabled()).toBe(false);
    await page.reload();
    await expect.poll(() => price.inputValue()).toBe('0.5');
  });

  test('what is planned to fail starts only with an explicit word, and the planner knows ways out', async () => {
    await open(`/runs/new?${JUDGE}`);
    const start = page.getByRole('button', { name: 'Start' });
    const anyway = page.getByRole('checkbox', { name: /Load anyway/ });
    await anyway.waitFor();
    expect(await start.isEnabled()).toBe(false);
    await page.keyboard.press('Control+Enter');
    await anyway.check();
    expect(await start.isEnabled()).toBe(true);
    expect(hash()).toContain('/runs/new');
    await page.getByRole('link', { name: 'Ways out, in the planner' }).click();
    await page.getByRole('heading', { level: 2, name: 'Ways out' }).waitFor();
    expect(hash()).toContain(JUDGE_70B);
  });
});
