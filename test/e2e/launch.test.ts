import { beforeAll, describe, expect, test } from 'vitest';
import { ensureBuilt } from '../../scripts/lib.mjs';
import { findChromium } from '../guards/browser.ts';
import { idOf, open, openForEachTest, page } from './fake-page.ts';

const executable = findChromium();
if (executable === null) console.log('No Chromium here: the launch page is not tested in a browser.');

const JUDGE = idOf('Meta-Llama-3.1-70B');

beforeAll(ensureBuilt);

describe.skipIf(executable === null)('the launch page', { timeout: 120_000 }, () => {
  openForEachTest(executable ?? '');

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

  test('all that the planner was told arrives in the form: schedule, cards, context, sequences, batch; and goes back', async () => {
    const changes = encodeURIComponent(
      JSON.stringify([
        { kind: 'batch', modelId: 'judge-1', batch: 128 },
        { kind: 'devices', modelId: 'judge-1', devices: ['GPU-00000001'] },
      ]),
    );
    const small = idOf('Llama-3.2-1B');
    await open(
      `/plan?generator=${small}&judge=${small}&context=2048&sequences=2&schedule=together&changes=${changes}`,
    );
    await page.getByRole('link', { name: 'New run with these' }).click();
    await expect
      .poll(() => loading('Generator').textContent())
      .toBe('Loading: KV cache f16, 2,048 tokens of context, 2 at a time, the rest as planned');
    await expect
      .poll(() => loading('Judge').textContent())
      .toMatch(
        /2 at a time, prompts read 128 tokens at a time, on NVIDIA RTX A2000 12GB, the rest as planned$/,
      );
    expect(await page.getByRole('checkbox', { name: /^Together/ }).isChecked()).toBe(true);
    await loading('Judge').click();
    expect(
      await page.getByRole('textbox', { name: 'Prompt tokens that Judge reads at a time' }).inputValue(),
    ).toBe('128');
    await page.getByRole('link', { name: /in the planner$/i }).click();
    await page.getByRole('button', { name: /^Undo \d+ changes/ }).waitFor();
    const hash = decodeURIComponent(new URL(page.url()).hash);
    expect(hash).toContain('schedule=together');
    expect(hash).toContain('"batch":128');
  });

  test('Start starts what the plan on screen describes: not a change whose plan is not back, and never no questions', async () => {
    await page.clock.install();
    await open('/runs/new');
    const start = page.getByRole('button', { name: 'Start' });
    const questions = page.getByRole('textbox', { name: 'Questions' });
    await expect.poll(() => start.isEnabled()).toBe(true);
    // Time stands still: what is typed waits to be planned.
    await page.clock.pauseAt(Date.now() + 60_000);
    await questions.fill('7');
    await page.getByText('What you changed is being planned.').waitFor();
    expect(await start.isEnabled()).toBe(false);
    await page.keyboard.press('Control+Enter');
    await page.clock.resume();
    await expect.poll(() => start.isEnabled()).toBe(true);
    expect(new URL(page.url()).hash).toBe('#/runs/new');
    for (const nothing of ['', '0']) {
      await questions.fill(nothing);
      await page.getByRole('status').getByText('Say how many questions are asked').first().waitFor();
      expect(await start.isEnabled()).toBe(false);
    }
    await page.getByRole('button', { name: 'All questions' }).click();
    await expect.poll(() => questions.inputValue()).toMatch(/^\d,\d{3}$/);
    await expect.poll(() => start.isEnabled()).toBe(true);
  });

  test('a number may be emptied to type another: it does not fill itself, and what was there counts until then', async () => {
    await open('/runs/new');
    const tokens = page.getByRole('textbox', { name: 'Max tokens' });
    await tokens.fill('');
    expect(await tokens.inputValue()).toBe('');
    await tokens.pressSequentially('32');
    expect(await tokens.inputValue()).toBe('32');
    await tokens.fill('');
    await tokens.blur();
    await expect.poll(() => tokens.inputValue()).toBe('32');
    // More than there may be is the most there may be, once it is typed out.
    await tokens.fill('9999999');
    await tokens.blur();
    await expect.poll(() => tokens.inputValue()).toBe('131072');
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
