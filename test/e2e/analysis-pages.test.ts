import { readFile } from 'node:fs/promises';
import type { Browser, Download, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { ensureBuilt } from '../../scripts/lib.mjs';
import { type FakeWorkbench, startFakeWorkbench } from '../fakes/fake-workbench.ts';
import { findChromium, launch } from '../guards/browser.ts';

const executable = findChromium();
if (executable === null) console.log('No Chromium here: the analysis is not tested in a browser.');

const cardShape = z.object({
  entries: z.array(
    z.object({
      judge: z.object({ key: z.string() }),
      quality: z.looseObject({ kappa: z.looseObject({ value: z.number() }).nullable() }),
    }),
  ),
});

const SOON = { timeout: 30_000 };

beforeAll(ensureBuilt);

describe.skipIf(executable === null)('analysis in the browser', () => {
  let browser: Browser;
  let page: Page;
  let fake: FakeWorkbench;
  const faults: string[] = [];

  beforeAll(async () => {
    browser = await launch(executable ?? '');
    fake = await startFakeWorkbench('full');
    const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, colorScheme: 'dark' });
    page = await context.newPage();
    page.on('console', (message) => {
      if (/Content Security Policy/i.test(message.text())) faults.push(message.text());
    });
    page.on('pageerror', (error) => faults.push(error.message));
    await page.goto(fake.url);
  });
  afterAll(async () => {
    await browser.close();
    await fake[Symbol.asyncDispose]();
    expect(faults).toEqual([]);
  });

  const go = async (hash: string): Promise<void> => {
    await page.evaluate((address) => {
      location.hash = address;
    }, hash);
    await page.getByRole('heading', { level: 1 }).waitFor();
  };
  const downloaded = async (act: () => Promise<unknown>): Promise<{ name: string; bytes: Buffer }> => {
    const [file]: [Download, unknown] = await Promise.all([page.waitForEvent('download'), act()]);
    return { name: file.suggestedFilename(), bytes: await readFile(await file.path()) };
  };
  const text = async (act: () => Promise<unknown>): Promise<string> =>
    (await downloaded(act)).bytes.toString('utf8');
  const saveFigure = async (title: string, item: string) => {
    await page.getByRole('button', { name: `Save “${title}”` }).click();
    // Another figure's menu may still be fading away.
    const menu = page.getByRole('menu', { name: `Save “${title}”` });
    return downloaded(() => menu.getByRole('menuitem', { name: item }).click());
  };

  test('every figure is saved as a drawing that stands alone, as a picture, and as its numbers', async () => {
    await go('/analysis?run=1');
    await page.getByRole('figure', { name: 'AUROC by tokens read' }).waitFor();
    const titles = await page
      .getByRole('figure')
      .evaluateAll((figures) => figures.map((figure) => figure.getAttribute('aria-label') ?? ''));
    expect(titles.length).toBeGreaterThanOrEqual(9);
    for (const title of titles) {
      const svg = (await saveFigure(title, 'SVG, for a paper')).bytes.toString('utf8');
      // A variable of the page means nothing outside of it; in a dark window the drawing is still for paper.
      expect([title, svg.startsWith('<svg'), svg.includes('var(')]).toEqual([title, true, false]);
      const csv = (await saveFigure(title, 'Its data as CSV')).bytes.toString('utf8').trimEnd().split('\r\n');
      expect([title, csv.length > 1]).toEqual([title, true]);
      expect(csv[0]).toMatch(/^[a-z_,0-9]+$/i);
    }
    const { name, bytes } = await saveFigure('Accuracy by judge', 'PNG');
    expect(name).toBe('Accuracy-by-judge.png');
    expect(bytes.subarray(1, 4).toString('latin1')).toBe('PNG');
    // Width in the header: three pixels for each of the page's.
    expect(bytes.readUInt32BE(16)).toBeGreaterThan(2000);
  });

  test('the numbers of a saved figure are those of the page, with their denominators', async () => {
    await go('/analysis?run=1');
    const table = page.getByRole('table', { name: 'Accuracy with its denominators' });
    const row = await table.getByRole('row', { name: /^Meta Llama/ }).innerText();
    const [, correct, scored] = /(\d+) of (\d+)/.exec(row) ?? [];
    const csv = (await saveFigure('Accuracy by judge', 'Its data as CSV')).bytes.toString('utf8');
    const line = csv.split('\r\n').find((each) => each.startsWith('Meta Llama')) ?? '';
    expect(line.split(',').slice(-2)).toEqual([correct, scored]);
    expect(Number(line.split(',')[3])).toBeCloseTo(Number(correct) / Number(scored), 12);
  });

  test('the report is one file that fetches nothing and holds the page’s figures', async () => {
    await go('/analysis?run=1');
    const html = await text(() => page.getByRole('button', { name: 'Report', exact: true }).click());
    expect(html).toMatch(/^<!doctype html>/);
    expect(html).not.toMatch(/<script|<link|src="http|url\(http/);
    for (const heading of ['Accuracy', 'Agreement', 'Judges against people', 'Methods', 'Provenance'])
      expect(html).toContain(`<h2>${heading}</h2>`);
  });

  test('the card is saved for readers and for programs, the same numbers in each', async () => {
    await go('/analysis/card?run=1');
    await page.getByRole('table').first().waitFor();
    const save = (item: string): Promise<string> => {
      return text(async () => {
        await page.getByRole('button', { name: 'Save', exact: true }).click();
        await page.getByRole('menuitem', { name: item }).click();
      });
    };
    const html = await save('HTML, to read and to print');
    const { entries } = cardShape.parse(JSON.parse(await save('JSON, everything')));
    const csv = await save('CSV, one line a judge');
    const [head = '', first = ''] = csv.split('\n');
    const cell = (name: string): string => first.split(',')[head.split(',').indexOf(name)] ?? '';
    expect(entries[0]?.judge.key).toBe('judge:1');
    expect(entries[0]?.quality.kappa?.value).toBe(Number(cell('kappa')));
    expect(html).toContain(Number(cell('kappa')).toFixed(3));
    expect(Number(cell('rows'))).toBeGreaterThan(40);
  });

  test('a panel joins the judges everywhere and stays in the address', async () => {
    await go('/analysis?run=1');
    await page.getByRole('button', { name: 'Several judges as one' }).click();
    await page.getByRole('checkbox', { name: /Meta Llama/ }).check();
    await page.getByRole('checkbox', { name: /Gemma/ }).check();
    await page.getByRole('checkbox', { name: 'Contains a gold answer' }).check();
    await page.getByRole('button', { name: 'Add the panel' }).click();
    const table = page.getByRole('table', { name: 'Accuracy with its denominators' });
    await table.getByRole('row', { name: /^Majority of #1, #2, contains/ }).waitFor();
    expect(page.url()).toContain('panel=');
    await page.reload();
    await table.getByRole('row', { name: /^Majority of/ }).waitFor();
    await page.getByRole('button', { name: /^Remove the majority panel/ }).click();
    await table.getByRole('row', { name: /^Majority of/ }).waitFor({ state: 'hidden' });
  });

  test('the numbers follow a run that is still writing', async () => {
    await go('/runs/new');
    await page.getByRole('button', { name: 'Start', exact: true }).click();
    await page.waitForFunction(() => /^#\/runs\/\d+$/.test(location.hash));
    const run = new URL(page.url()).hash.split('/').at(-1) ?? '';
    await go(`/analysis?run=${run}`);
    await page.getByText('This run is still writing').waitFor();
    const row = page
      .getByRole('table', { name: 'Accuracy with its denominators' })
      .getByRole('row', { name: /^Contains/ });
    const first = await row.innerText();
    await expect.poll(() => row.innerText(), SOON).not.toBe(first);
    // Nobody labelled this one: the judge's errors on the run that somebody did label correct it.
    await page.getByRole('combobox', { name: /Rogan–Gladen/ }).click();
    await page.getByRole('option', { name: /^1 ·/ }).click();
    await page
      .getByTestId('transferred')
      .getByText(/^sensitivity .* of \d+, specificity/)
      .waitFor();
  });

  test('a label in the queue is counted once, skipped or not', async () => {
    await go('/analysis/label?run=1&queue=1');
    const progress = page.getByTestId('label-progress');
    await progress.getByText('60 of').waitFor();
    await page.keyboard.press('s');
    await progress.getByText('61 of').waitFor();
    await expect
      .poll(() => page.getByRole('complementary', { name: 'Progress' }).innerText(), SOON)
      .toContain('60 labelled, 1 skipped');
  });
});
