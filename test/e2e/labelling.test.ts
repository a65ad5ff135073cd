import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ensureBuilt } from '../../scripts/lib.mjs';
import type { Core } from '../../src-main/core/core.ts';
import {
  type Bench,
  createBench,
  ended,
  importQuestions,
  launchOf,
  type Script,
} from '../engine/runs/workbench.ts';
import { findChromium, launch } from '../guards/browser.ts';
import { serve, type Served } from './served.ts';

const executable = findChromium();
if (executable === null) console.log('No Chromium here: labelling is not tested in a browser.');

const QUESTIONS = 120;
const LABELS = 100;
const Z = 1.959963984540054;

/** The judge calls every answer to a question about a river correct, and one about a hill incorrect. */
const judgedCorrect = (number: number): boolean => number % 5 < 3;
const subject = (number: number): string => (judgedCorrect(number) ? 'river' : 'hill');
/** One probability a label: correct, incorrect, and both with a capital. */
const SCRIPT: Script = {
  answers: [
    { match: 'Which river', probabilities: [0.9, 0.04, 0.02, 0.01] },
    { match: 'Which hill', probabilities: [0.04, 0.9, 0.02, 0.01] },
  ],
};

/** The person is stricter, and in other places. */
const saysCorrect = (number: number): boolean => number % 3 === 0;

const csv = (questions: number, name: string): string =>
  `question,answer\n${Array.from(
    { length: questions },
    (_, number) => `Which ${subject(number)} of ${name} has number ${number}?,${number}`,
  ).join('\n')}\n`;

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;
const variance = (values: readonly number[]): number => {
  const middle = mean(values);
  return values.reduce((sum, value) => sum + (value - middle) ** 2, 0) / (values.length - 1);
};

/** θ̂ = mean(judge, all) + mean(human − judge, labelled), and its 95 % interval, written out. */
function byHand(labelled: readonly number[]): { value: number; low: number; high: number } {
  const judgeAll = Array.from({ length: QUESTIONS }, (_, number) => Number(judgedCorrect(number)));
  const human = labelled.map((number) => Number(saysCorrect(number)));
  const difference = labelled.map((number) => Number(saysCorrect(number)) - Number(judgedCorrect(number)));
  const value = mean(judgeAll) + mean(difference);
  const squared = variance(human) / QUESTIONS + (1 / labelled.length - 1 / QUESTIONS) * variance(difference);
  const half = Z * Math.sqrt(squared);
  return { value, low: value - half, high: value + half };
}

const percent = (share: number): string => `${(share * 100).toFixed(1)} %`;

/** What is shown follows what was asked of a process that may be busy: its first look is not its last. */
const SOON = { timeout: 60_000 };

beforeAll(ensureBuilt);

describe.skipIf(executable === null)('labelling in the browser', { timeout: 180_000 }, () => {
  let browser: Browser;
  let bench: Bench;
  let served: Served;
  let page: Page;
  const faults: string[] = [];

  /** Two runs, judged, on questions of their own: run 1 of 120 and run 2 of 40. */
  beforeAll(async () => {
    bench = await createBench(1);
    const core = await bench.open(SCRIPT);
    await judgedRun(core, QUESTIONS, 'Asia');
    await judgedRun(core, 40, 'Africa');
    await core.close();
    served = await serve({ ...bench, remove: () => undefined }, SCRIPT);
    browser = await launch(executable ?? '');
    const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
    page = await context.newPage();
    page.setDefaultTimeout(SOON.timeout);
    page.on('pageerror', (error) => faults.push(error.message));
    await page.goto(served.url);
  }, 180_000);
  afterAll(async () => {
    await browser.close();
    await served.stop();
    bench.remove();
    expect(faults).toEqual([]);
  });

  const judgedRun = async (core: Core, questions: number, name: string): Promise<void> => {
    const path = join(bench.root, `${name}.csv`);
    writeFileSync(path, csv(questions, name));
    const dataset = await importQuestions(core, { ...bench, dataset: path });
    const { runId } = await core.client.runs.start(launchOf(dataset));
    expect((await ended(core, runId)).status).toBe('done');
  };

  const go = async (hash: string): Promise<void> => {
    await page.evaluate((address) => {
      location.hash = address;
    }, hash);
    await page.getByRole('heading', { level: 1 }).waitFor();
  };

  const task = () => page.getByTestId('label-task');
  const numberShown = async (): Promise<number> => {
    const text = await task().getByRole('region', { name: 'Question' }).innerText();
    return Number(/number (\d+)\?/.exec(text)?.[1]);
  };
  /** Presses a key and waits until another answer is shown, or the same one anew. */
  const press = async (key: string): Promise<void> => {
    const before = await task().getAttribute('data-rank');
    await page.keyboard.press(key);
    await page.waitForFunction(
      (rank) => document.querySelector('[data-testid="label-task"]')?.getAttribute('data-rank') !== rank,
      before,
    );
  };
  const progress = (): Promise<string> => page.getByTestId('label-progress').innerText();

  test('100 answers by keyboard change the corrected accuracy as computed by hand', async () => {
    await go('/analysis/label?run=1');
    await page.getByRole('button', { name: 'Begin, or go on' }).waitFor();
    await page.keyboard.press('Enter');
    await task().waitFor();
    // Nobody has labelled yet: no number, rather than the judge's once more.
    await expect.poll(() => page.getByTestId('corrected-accuracy').innerText(), SOON).toBe('–');

    const labelled: number[] = [];
    for (let rank = 1; rank <= LABELS; rank += 1) {
      const number = await numberShown();
      // Who answered and what was judged is nowhere on the card.
      if (rank === 1) expect(await task().innerText()).not.toMatch(/generator|judge|0\.9/i);
      if (rank === 7) {
        // Said wrongly, taken back: it counts once, as it is said the second time.
        await press(saysCorrect(number) ? '2' : '1');
        await press('u');
        expect(await numberShown()).toBe(number);
      }
      if (rank === 9) {
        // Digits of a note are letters of it, not verdicts.
        await page.keyboard.press('n');
        await page.keyboard.type('1 or 2?');
        await page.keyboard.press('Enter');
        expect(await numberShown()).toBe(number);
      }
      await press(saysCorrect(number) ? '1' : '2');
      labelled.push(number);
    }
    expect(await progress()).toContain(`${LABELS} of ${QUESTIONS}`);
    // Drawn at random: not the order of the file, and nothing twice.
    expect(new Set(labelled).size).toBe(LABELS);
    expect(labelled).not.toEqual(labelled.toSorted((a, b) => a - b));

    const { value, low, high } = byHand(labelled);
    await expect.poll(() => page.getByTestId('corrected-accuracy').innerText(), SOON).toBe(percent(value));
    await go('/analysis?run=1');
    const section = page.getByRole('region', { name: 'Corrected for the judge’s bias' });
    await expect.poll(() => section.getByTestId('corrected-accuracy').innerText(), SOON).toBe(percent(value));
    await section
      .getByRole('img', {
        name: `Corrected by labels: ${percent(value)}, ${percent(low)} to ${percent(high)}`,
      })
      .waitFor();
    await section.getByText('72 of 120 scored').waitFor();
  });

  test('labels of a sorted queue correct nothing', async () => {
    await go('/analysis/label?run=2');
    await page.getByRole('radio', { name: /least sure/ }).check();
    await page.getByRole('button', { name: 'Begin, or go on' }).click();
    await task().waitFor();
    for (let rank = 1; rank <= 25; rank += 1) await press(saysCorrect(await numberShown()) ? '1' : '2');
    await page.getByText('25 labels left out: from a queue that was sorted.').waitFor();
    expect(await page.getByTestId('corrected-accuracy').innerText()).toBe('–');
  });

  test('words are weighed from the page, and the scores that this makes possible appear', async () => {
    await go('/analysis?run=2');
    await page.getByRole('button', { name: 'Weigh words' }).click();
    const matrix = page.getByRole('figure', { name: 'AUROC of every score against every judge' });
    await matrix.locator('text', { hasText: /^Token-SAR/ }).waitFor();
    await matrix.locator('text', { hasText: /^Relevance-w/ }).waitFor();
    await page.getByRole('combobox', { name: 'Score', exact: true }).click();
    await page.getByRole('option', { name: /^Token-SAR/ }).click();
    await page.getByRole('figure', { name: /^ROC of Token-SAR/ }).waitFor();
    expect(page.url()).toContain('score=token-sar');
  });
});
