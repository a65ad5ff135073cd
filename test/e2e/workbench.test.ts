import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { ensureBuilt } from '../../scripts/lib.mjs';
import { findChromium, launch } from '../guards/browser.ts';
import { createHome, drop, dropPath, type Home, overflow, serve, type Served } from './served.ts';
import { ROOT } from './terminal.ts';
import { zipOf } from '../unit/datasets/zip.ts';
import type { Script } from '../engine/runs/workbench.ts';

const executable = findChromium();
if (executable === null) console.log('No Chromium here: the workbench is not tested in a browser.');

const QUESTIONS = 40;
const csv = (rows: number): string =>
  `question,answer\n${Array.from({ length: rows }, (_, i) => `What is number ${i}?,${i}`).join('\n')}\n`;

beforeAll(ensureBuilt);

describe.skipIf(executable === null)('the workbench on the real core', { timeout: 180_000 }, () => {
  let browser: Browser;
  let home: Home;
  let served: Served;
  let page: Page;
  const foreign: string[] = [];

  beforeAll(async () => {
    browser = await launch(executable ?? '');
  });
  afterAll(() => browser.close());
  afterEach(async () => {
    await page.context().close();
    await served.stop();
    home.remove();
    expect(foreign).toEqual([]);
  });

  const openPage = async (): Promise<void> => {
    const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
    page = await context.newPage();
    page.setDefaultTimeout(60_000);
    page.on('request', (request) => {
      if (
        !request.url().startsWith(`http://127.0.0.1:${served.port}/`) &&
        !request.url().startsWith('blob:') &&
        !request.url().startsWith('data:')
      ) {
        foreign.push(request.url());
      }
    });
    page.on('pageerror', (error) => foreign.push(error.message));
    await page.goto(served.url);
    await page.getByRole('heading', { level: 1 }).waitFor();
  };
  const begin = async (script: Script = {}, models?: readonly string[]): Promise<void> => {
    home = createHome(models);
    served = await serve(home, script);
    await openPage();
  };
  const go = async (hash: string): Promise<void> => {
    await page.evaluate((address) => {
      location.hash = address;
    }, hash);
    await page.getByRole('heading', { level: 1 }).waitFor();
  };
  const addModels = async (): Promise<void> => {
    await page.getByLabel('Path of a models folder').fill(home.models);
    await page.keyboard.press('Enter');
    await page.getByRole('grid', { name: 'Models found' }).waitFor();
  };
  const importCsv = async (rows = QUESTIONS): Promise<void> => {
    await drop(page, [{ name: 'numbers.csv', text: csv(rows) }]);
    await page.getByRole('button', { name: 'Import', exact: true }).click();
    await page.waitForFunction(() => location.hash.startsWith('#/datasets?dataset='));
  };
  const done = (): Promise<void> =>
    page.getByRole('status').getByText(/done/).first().waitFor({ timeout: 120_000 });
  const startRun = async (questions = QUESTIONS): Promise<void> => {
    await go('/runs/new');
    await page.getByRole('textbox', { name: 'Questions' }).fill(String(questions));
    await page.getByRole('button', { name: 'Start', exact: true }).click();
    await page.waitForFunction(() => /^#\/runs\/\d+/.test(location.hash));
  };

  test('(a) an empty start, a models folder, a dropped CSV, a run, the first verdict', async () => {
    await begin();
    await addModels();
    await importCsv();
    await startRun();
    await done();
    await go('/answers?run=1');
    const grid = page.getByRole('grid').first();
    await grid.getByText('What is number 3?').waitFor();
    // Verdicts are words for those who do not see the marks.
    await grid
      .getByRole('img', { name: /correct/ })
      .first()
      .waitFor();
    expect(await overflow(page)).toBe(0);
  });

  test('(b) what is dropped opens or gets one sentence, and nothing is half imported', async () => {
    await begin();
    await addModels();
    const utf16 = Buffer.concat([
      Buffer.from([0xff, 0xfe]),
      Buffer.from('question,answer\nWer schrieb Faust?,Goethe\n', 'utf16le'),
    ]);
    for (const [file, sentence] of [
      [{ name: 'empty.csv', text: '' }, /empty/i],
      [
        {
          name: 'sheet.xlsx',
          base64: zipOf([
            ['[Content_Types].xml', '<Types/>'],
            ['xl/workbook.xml', '<workbook/>'],
          ]).toString('base64'),
        },
        /xlsx|Excel|spreadsheet/i,
      ],
      [
        {
          name: 'picture.png',
          base64: Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex').toString('base64'),
        },
        /picture|image|PNG/i,
      ],
    ] as const) {
      await drop(page, [file]);
      await page.getByRole('alert').getByText(sentence).first().waitFor();
      await go('/machine');
    }
    await drop(page, [{ name: 'faust.csv', base64: utf16.toString('base64') }]);
    await page.getByRole('cell', { name: 'Goethe' }).waitFor();
    await page.getByRole('button', { name: 'Import', exact: true }).click();
    await page.waitForFunction(() => location.hash.startsWith('#/datasets?dataset='));
    await go('/datasets');
    const grid = page.getByRole('grid', { name: 'Datasets' });
    // The list is read anew after an import: the grid is there before its rows are.
    await grid.getByText('faust').first().waitFor();
    expect(await grid.getByRole('row').count()).toBe(2);
  });

  test('(c) cancel while answers arrive keeps what is finished; resume completes', async () => {
    await begin({ answerDelayMs: 400 });
    await addModels();
    await importCsv(400);
    await startRun(400);
    const cancel = page.getByRole('button', { name: 'Cancel', exact: true });
    await page.waitForFunction(() =>
      /[1-9]\d* of 400/.test(document.body.innerText.replaceAll(/[  ,]/g, ' ')),
    );
    await cancel.click();
    const pressed = Date.now();
    await page
      .getByText(/cancell(ing|ed)/i)
      .first()
      .waitFor();
    console.log(`cancel was acknowledged on the page after ${Date.now() - pressed} ms`);
    await page.getByRole('button', { name: 'Resume' }).click();
    await done();
    expect(await page.getByRole('button', { name: 'Resume' }).count()).toBe(0);
  });

  test('(d) the tab closed and the server restarted in mid-run: the run is found interrupted and completes', async () => {
    await begin({ answerDelayMs: 300 });
    await addModels();
    await importCsv(300);
    await startRun(300);
    await page.context().close();
    await served.stop('SIGKILL');
    served = await serve(home, {}, served.port);
    await openPage();
    await go('/runs/1');
    await page
      .getByText(/interrupted/i)
      .first()
      .waitFor();
    await page.getByRole('button', { name: 'Resume' }).click();
    await done();
    expect(await page.getByRole('button', { name: 'Resume' }).count()).toBe(0);
  });

  test('(f) with only one model the launch page warns that the judge is the generator', async () => {
    await begin({}, ['only']);
    await addModels();
    await importCsv(5);
    await go('/runs/new');
    await page.getByText(/would judge its own answers/).waitFor();
    expect(await page.getByRole('button', { name: 'Start', exact: true }).isEnabled()).toBe(true);
  });

  test('a dropped folder lists what can be imported, takes what is chosen, and says what to do with a model', async () => {
    await begin();
    const folder = join(home.root, 'results');
    mkdirSync(join(folder, 'model', 'more'), { recursive: true });
    writeFileSync(join(folder, 'numbers.csv'), csv(5));
    writeFileSync(join(folder, 'readme.txt'), 'nothing to import');
    const name = 'samples_tiny_gen_2026-11-24T08-22-06.287005.jsonl';
    for (const file of [name, 'results_2026-11-24T08-22-06.287005.json'])
      copyFileSync(join(ROOT, 'test', 'fixtures', 'datasets', 'lm-eval', file), join(folder, 'model', file));
    await dropPath(page, folder);
    await page.getByText(`model/${name}`).waitFor();
    await page.getByText('lm-eval samples').waitFor();
    expect(await page.getByRole('checkbox').count()).toBe(3);
    await page.getByRole('checkbox', { name: '2 files' }).check();
    await page.getByRole('button', { name: 'Import 2 files' }).click();
    await page.getByRole('link', { name: '5 questions' }).waitFor();
    await go('/datasets');
    // The results file beside the samples, which names the model, was sent with them.
    await page.getByRole('grid', { name: 'Datasets' }).getByText('1: lab/canned-1b').waitFor();
    await dropPath(page, home.models);
    await page
      .getByRole('alert')
      .getByText(/add its path under Settings/)
      .waitFor();
    await dropPath(page, join(home.models, 'judge.gguf'));
    await page
      .getByRole('alert')
      .getByText(/“judge.gguf” is a model/)
      .waitFor();
  });

  test('a file chosen by the dialog is sent by the same door and previewed', async () => {
    await begin();
    await addModels();
    const big = join(home.root, 'big.csv');
    writeFileSync(big, csv(200_000));
    await go('/datasets');
    await page.setInputFiles('input[aria-label="Choose a file to import"]', big);
    await page.getByRole('cell', { name: 'What is number 3?' }).waitFor();
    expect(await page.getByText('big.csv').count()).toBeGreaterThan(0);
  });
});
