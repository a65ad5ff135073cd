import { AxeBuilder } from '@axe-core/playwright';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { ensureBuilt } from '../../scripts/lib.mjs';
import { type FakeWorkbench, startFakeWorkbench } from '../fakes/fake-workbench.ts';
import { findChromium, launch } from '../guards/browser.ts';

const executable = findChromium();
if (executable === null) console.log('No Chromium here: the pages are not tested in a browser.');

const PAGES = [
  '/machine',
  '/plan',
  '/plan?dataset=nq-open&box=RTX%204060',
  '/plan?tab=matrix',
  '/plan?tab=matrix&view=picture',
  '/plan?tab=guide',
  '/plan?tab=ledger',
  '/plan?tab=prices',
  '/datasets?dataset=2',
  '/datasets/1?row=3',
  '/datasets/import',
  '/runs',
  '/runs/new',
  '/runs/1',
  '/answers?run=1',
  '/analysis?run=1',
  '/analysis/compare?side=%5B%221%2F%2F%22%2C%221%2Fjudge%253A2%2F%22%5D',
  '/analysis/card?run=1',
  '/analysis/label?run=1',
  '/analysis/label?run=1&queue=1',
  '/settings',
  '/settings/prompts?id=three-way',
  '/settings/servers',
  '/nowhere',
];

const TOKEN = 'a-token-of-the-tests-that-is-long-enough-43';

beforeAll(ensureBuilt);

describe.skipIf(executable === null)('the pages', () => {
  let browser: Browser;
  let context: BrowserContext;
  let page: Page;
  let fake: FakeWorkbench;
  let reports: string[];

  beforeAll(async () => {
    browser = await launch(executable ?? '');
  });
  afterAll(() => browser.close());

  const open = async (scenario: 'full' | 'empty', options: Parameters<Browser['newContext']>[0] = {}) => {
    fake = await startFakeWorkbench(scenario, { token: TOKEN });
    context = await browser.newContext({ viewport: { width: 1280, height: 800 }, ...options });
    page = await context.newPage();
    page.on('console', (message) => {
      if (/Content Security Policy/i.test(message.text())) reports.push(message.text());
    });
    page.on('pageerror', (error) => reports.push(error.message));
    await page.goto(fake.url);
    await page.getByRole('heading', { level: 1 }).waitFor();
  };
  /** Goes to an address of the page and waits until nothing there is loading. */
  const go = async (address: string): Promise<void> => {
    await page.evaluate((hash) => {
      location.hash = hash;
    }, address);
    await page.getByRole('heading', { level: 1 }).waitFor();
    // What is being read anew is drawn paler until it is there.
    await page.waitForFunction(() => document.querySelector('[aria-busy=true]') === null);
  };
  const hash = (): string => new URL(page.url()).hash;

  beforeEach(() => {
    reports = [];
  });
  afterEach(async () => {
    await context.close();
    await fake[Symbol.asyncDispose]();
    // Every test fails on a refused style or an uncaught error, whatever else it looks at.
    if (reports.length > 0) throw new Error(reports.join('\n'));
  });

  test.each(['light', 'dark'] as const)(
    'have no accessibility fault that axe knows, %s',
    async (colorScheme) => {
      await open('full', { colorScheme });
      for (const address of PAGES) {
        await go(address);
        const { violations } = await new AxeBuilder({ page }).analyze();
        const faults = violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.target.join(' ')}`);
        expect([address, ...faults]).toEqual([address]);
      }
    },
  );

  /** What is wider than its place. A table settles its columns a frame after a pane has opened beside it, so this is polled. */
  const tooWide = () =>
    page.evaluate(() =>
      [...document.querySelectorAll('*')]
        .filter(({ scrollWidth, clientWidth }) => clientWidth > 0 && scrollWidth > clientWidth + 1)
        .filter((element) => ['auto', 'scroll'].includes(getComputedStyle(element).overflowX))
        // A table of numbers scrolls in a box of its own.
        .filter((element) => !element.matches('[data-scrolls=true]'))
        .map((element) => `${element.tagName} ${element.scrollWidth} > ${element.clientWidth}`),
    );

  test.each([
    [1280, 800, []],
    [1920, 1080, []],
    // 1280 × 800 at 200 %: the tables of a run's phases and of the planner need more than that, and scroll.
    [640, 400, ['/runs/1', ...PAGES.filter((address) => address.startsWith('/plan'))]],
  ])('never scroll sideways at %i × %i', async (width, height, butFor: string[]) => {
    await open('full', { viewport: { width, height } });
    for (const address of PAGES.filter((each) => !butFor.includes(each))) {
      await go(address);
      await expect.poll(tooWide, { message: address }).toEqual([]);
      // What scrolls in a box is reached by key.
      const { violations } = await new AxeBuilder({ page })
        .withRules('scrollable-region-focusable')
        .analyze();
      expect([address, ...violations.map(({ nodes }) => nodes[0]?.target.join(' '))]).toEqual([address]);
    }
  });

  test('are walked by keys alone, and the address says where one is', async () => {
    await open('full');
    await page.keyboard.press('g');
    await page.keyboard.press('d');
    await page.getByRole('grid', { name: 'Datasets' }).waitFor();
    await page.keyboard.press('j');
    await page.keyboard.press('j');
    await expect.poll(hash).toBe('#/datasets?dataset=1');
    await page.keyboard.press('Enter');
    await page.getByRole('grid', { name: 'Questions' }).waitFor();
    await page.keyboard.press('/');
    await page.keyboard.type('99th');
    await expect.poll(hash).toBe('#/datasets/1?q=99th');
    await page.keyboard.press('Escape');
    await expect.poll(hash).toBe('#/datasets/1');
    await page.goBack();
    await expect.poll(hash).toContain('#/datasets?dataset=1');
  });

  test('an answer far down opens in its place: its neighbours are rows, End and Home reach both ends', async () => {
    await open('full');
    await go('/answers?run=1&row=281');
    const grid = page.getByRole('grid', { name: 'Answers of run 1' });
    await grid.getByRole('row', { selected: true }).getByText('281', { exact: true }).waitFor();
    await page.keyboard.press('j');
    await expect.poll(hash).toContain('row=282');
    await page.keyboard.press('Escape');
    await grid.focus();
    await page.keyboard.press('Home');
    await grid.getByRole('row', { selected: true }).getByText('1', { exact: true }).waitFor();
    await page.keyboard.press('End');
    await grid.getByRole('row', { selected: true }).getByText('300', { exact: true }).waitFor();
  });

  test('scrolling up from an answer far down brings those before it, and what was on screen stays', async () => {
    await open('full');
    await go('/answers?run=1&row=281');
    const grid = page.getByRole('grid', { name: 'Answers of run 1' });
    await grid.getByRole('row', { selected: true }).waitFor();
    const earlier = page.getByText('From answer 181 on.');
    await earlier.waitFor();
    // One row that is drawn in both places, by its number, and how far it is from the table's top.
    const offset = (row: number) =>
      grid.evaluate((table, index) => {
        const drawn = table.querySelector(`[role=row][aria-rowindex="${index + 1}"]`);
        return drawn === null ? null : drawn.getBoundingClientRect().top - table.getBoundingClientRect().top;
      }, row);
    await grid.hover();
    const before = await grid.evaluate((table) => table.scrollTop);
    await page.mouse.wheel(0, 1100 - before);
    await earlier.waitFor({ state: 'hidden' });
    // 1,100 px down from answer 181 is answer 221, whatever has joined before it.
    await expect.poll(() => offset(221)).toBeGreaterThan(0);
    expect(await offset(221)).toBeLessThan(60);
    await page.mouse.wheel(0, -20_000);
    await grid.getByRole('row', { name: /^1 / }).waitFor();
    await expect.poll(() => grid.evaluate((table) => table.scrollTop)).toBe(0);
  });

  test('what an address says wrong is left out, and a reserve below nothing is kept as nothing', async () => {
    await open('full');
    await go('/answers?run=abc&row=x&size=question-9999999');
    await page.getByRole('gridcell').first().waitFor();
    expect(await page.getByRole('alert').count()).toBe(0);
    await go('/settings');
    const reserve = page.getByLabel('On each GPU');
    await reserve.fill('-5');
    await reserve.blur();
    await expect.poll(() => reserve.inputValue()).toBe('0 MiB');
    expect(await page.getByRole('alert').count()).toBe(0);
  });

  const focused = () =>
    page.evaluate(() => {
      const { activeElement: element } = document;
      return element?.id === 'main'
        ? 'main'
        : (element?.getAttribute('aria-label') ?? element?.textContent ?? '');
    });

  test('the focus stays where something was taken away, and is in the page that took the place of another', async () => {
    await open('full');
    const sides = ['1//', '1/judge%3A2/', '1/judge%3A1/', '1/lexical%3Acontains/'];
    await go(`/analysis/compare?side=${encodeURIComponent(JSON.stringify(sides))}`);
    await page.getByRole('button', { name: 'Remove side C' }).press('Enter');
    await expect.poll(focused).toBe('Remove side C');
    await page.keyboard.press('Enter');
    await expect.poll(focused).toBe('Add a side');
    // What asks back takes the place of what was pressed.
    await go('/datasets?dataset=2');
    await page.getByRole('button', { name: 'Remove…' }).press('Enter');
    await expect.poll(focused).toBe('Keep it');
    expect((await new AxeBuilder({ page }).analyze()).violations.map(({ id }) => id)).toEqual([]);
    await go('/analysis?run=1');
    await page.getByRole('link', { name: 'Label answers' }).press('Enter');
    await page.getByRole('heading', { name: 'Label' }).waitFor();
    await expect.poll(focused).toBe('main');
  });

  test('rows in another order are shown from the first', async () => {
    await open('full');
    await go('/answers?run=1');
    const grid = page.getByRole('grid', { name: 'Answers of run 1' });
    await grid.evaluate((table) => table.scrollTo({ top: 3000 }));
    await page.getByRole('button', { name: 'Tokens' }).click();
    await expect.poll(() => grid.evaluate((table) => table.scrollTop)).toBe(0);
  });

  test('the palette and the list of keys open without a style that the policy refuses', async () => {
    await open('full');
    await page.keyboard.press('?');
    await page.getByRole('dialog').getByText('Next row').waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'hidden' });
    await page.keyboard.press('Control+k');
    await page.getByPlaceholder('What do you want to do?').fill('settings');
    await page.keyboard.press('Enter');
    await expect.poll(hash).toBe('#/settings');
  });

  const drop = async (...files: { name: string; text: string }[]): Promise<void> => {
    const transfer = await page.evaluateHandle((given) => {
      const data = new DataTransfer();
      for (const { name, text } of given) data.items.add(new File([text], name));
      return data;
    }, files);
    for (const type of ['dragenter', 'dragover', 'drop'])
      await page.dispatchEvent('main', type, { dataTransfer: transfer });
  };

  test('a dropped CSV is previewed, mapped anew and imported; its bad line is named', async () => {
    await open('empty');
    await drop({
      name: 'capitals.csv',
      text: 'q,gold,other\nCapital of France?,Paris,Lyon\nCapital of Peru?,Lima,Cusco\nbad\n',
    });
    await page.getByRole('cell', { name: 'Paris' }).waitFor();
    await page.getByRole('combobox', { name: 'Question' }).click();
    await page.getByRole('option', { name: 'other' }).click();
    await page.getByRole('cell', { name: 'Cusco' }).waitFor();
    await page.getByRole('button', { name: 'Back to the guess' }).click();
    await page.getByRole('cell', { name: 'Capital of Peru?' }).waitFor();
    await page.getByRole('button', { name: 'Import', exact: true }).click();
    await page.getByText('1 record could not be read and was left out').waitFor();
    await expect.poll(hash).toContain('#/datasets?dataset=');
  });

  test.each([
    [['model.gguf'], /is a model/],
    [['picture.png'], /is not a dataset/],
    [['a.csv', 'b.csv'], /2 files were dropped and none was imported/],
  ])('%j gets one sentence and imports nothing', async (names, sentence) => {
    await open('empty');
    await drop(...names.map((name) => ({ name, text: 'x' })));
    await page.getByRole('alert').getByText(sentence).waitFor();
    expect(await page.getByRole('alert').count()).toBe(1);
    await go('/datasets');
    await page.getByText('Drop a file anywhere in this window').waitFor();
  });

  test('without a model the page says where it looked, and both ways out work', async () => {
    await open('empty');
    await page.getByText('/home/ada/.cache/huggingface/hub').waitFor();
    await page.getByRole('button', { name: /Download the small default model/ }).click();
    await page.getByRole('button', { name: 'Cancel' }).click();
    await page.getByText(/cancelled\. What was fetched is kept/).waitFor();
    await page.getByLabel('Path of a models folder').fill('/nowhere');
    await page.keyboard.press('Enter');
    await page.getByRole('alert').getByText('There is no folder /nowhere').waitFor();
    await page.getByLabel('Path of a models folder').fill('/mnt/models');
    await page.keyboard.press('Enter');
    await page.getByRole('grid', { name: 'Models found' }).waitFor();
    expect(await page.getByRole('row').count()).toBeGreaterThan(5);
  });

  test('a server that went away is said, and the page finds it again by itself', async () => {
    await open('full');
    const { port } = fake;
    await fake[Symbol.asyncDispose]();
    await page.getByRole('status').getByText('The workbench does not answer').waitFor();
    fake = await startFakeWorkbench('full', { token: TOKEN, port });
    await page.getByText('The workbench does not answer').waitFor({ state: 'hidden' });
    await go('/datasets');
    await page.getByRole('grid', { name: 'Datasets' }).getByText('nq-open', { exact: true }).waitFor();
    expect(await page.getByRole('alert').count()).toBe(0);
  });
});
