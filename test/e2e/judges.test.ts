import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, Locator, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { ensureBuilt } from '../../scripts/lib.mjs';
import { type OpenAiServer, startOpenAiServer } from '../fakes/openai-server.ts';
import { findChromium, launch } from '../guards/browser.ts';
import { createHome, drop, type Home, serve, type Served } from './served.ts';

const executable = findChromium();
if (executable === null) console.log('No Chromium here: judges are not tested in a browser.');

const QUESTIONS = 12;

beforeAll(ensureBuilt);

describe.skipIf(executable === null)('judges in the workbench', { timeout: 180_000 }, () => {
  let browser: Browser;
  let home: Home;
  let served: Served;
  let page: Page;
  const servers: OpenAiServer[] = [];
  const faults: string[] = [];

  beforeAll(async () => {
    browser = await launch(executable ?? '');
  });
  afterAll(() => browser.close());
  afterEach(async () => {
    await page.context().close();
    await served.stop();
    for (const server of servers.splice(0)) await server[Symbol.asyncDispose]();
    home.remove();
    expect(faults).toEqual([]);
  });

  const begin = async (): Promise<void> => {
    home = createHome();
    served = await serve(home);
    const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
    page = await context.newPage();
    page.setDefaultTimeout(60_000);
    page.on('pageerror', (error) => faults.push(error.message));
    await page.goto(served.url);
    await page.getByRole('heading', { level: 1 }).waitFor();
  };
  const go = async (hash: string): Promise<void> => {
    await page.evaluate((address) => {
      location.hash = address;
    }, hash);
    await page.getByRole('heading', { level: 1 }).waitFor();
  };
  /** Steps with Tab alone until the element has the focus. */
  const tabTo = async (target: Locator): Promise<void> => {
    await target.waitFor();
    for (let step = 0; step < 80; step += 1) {
      if (await target.evaluate((element) => element === document.activeElement)) return;
      await page.keyboard.press('Tab');
    }
    throw new Error('Tab does not reach it.');
  };
  const valueIs = (field: Locator, value: string) =>
    expect.poll(() => field.inputValue(), { timeout: 30_000 }).toBe(value);
  const promptFiles = (): string[] =>
    readdirSync(join(home.dataDir, 'prompts'), { recursive: true, encoding: 'utf8' }).toSorted();

  test('a prompt is written by keyboard alone, outlives the page unsaved, and each saved change is a version', async () => {
    await begin();
    await page.keyboard.press('g');
    await page.keyboard.press('j');
    await tabTo(page.getByRole('button', { name: 'Duplicate to edit' }));
    await page.keyboard.press('Enter');
    const name = page.getByRole('textbox', { name: 'Name' });
    await valueIs(name, 'Strict (mine)');
    await tabTo(name);
    await page.keyboard.press('Control+a');
    await page.keyboard.type('Only names');
    await tabTo(page.getByRole('textbox', { name: 'Last line' }));
    await page.keyboard.press('Control+a');
    await page.keyboard.type('Is {Answer} right');
    await page.getByRole('alert').getByText('write it in small letters').waitFor();
    expect(await page.getByRole('button', { name: 'Save' }).isDisabled()).toBe(true);
    await page.keyboard.press('Control+a');
    await page.keyboard.type('Right or wrong ({options}):');
    await page.getByText('Right or wrong (correct or incorrect):').waitFor();
    await page.reload();
    await valueIs(name, 'Only names');
    expect(readdirSync(home.dataDir)).not.toContain('prompts');
    await name.focus();
    await page.keyboard.press('Control+s');
    await page.getByText(/^Version 1/).waitFor();
    expect(promptFiles()).toEqual([
      'strict-2.yaml',
      'versions',
      expect.stringMatching(/^versions.strict-2@/),
    ]);
    await page.getByRole('textbox', { name: 'Last line' }).fill('Verdict:');
    await page.getByText(/makes version 2/).waitFor();
    await page.keyboard.press('Control+s');
    await page.getByText(/^Version 2/).waitFor();
    await page.getByText('Earlier versions (1)').click();
    await page.getByRole('button', { name: 'Take it up' }).click();
    await valueIs(page.getByRole('textbox', { name: 'Last line' }), 'Right or wrong ({options}):');
    await page.getByRole('button', { name: 'Discard' }).click();
    await page.getByRole('button', { name: 'Delete…' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Delete', exact: true }).click();
    await page.getByText('None yet.').waitFor();
    expect(promptFiles().filter((file) => file.includes('@'))).toHaveLength(2);
  });

  test('a prompt that a person wrote into the folder is there, and one that cannot be read is named and not offered', async () => {
    await begin();
    await go('/settings/prompts');
    await page.getByRole('button', { name: 'Duplicate to edit' }).click();
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText(/^Version 1/).waitFor();
    writeFileSync(join(home.dataDir, 'prompts', 'broken.yaml'), 'id: broken\nuser: nothing of an answer');
    writeFileSync(
      join(home.dataDir, 'prompts', 'by-hand.yaml'),
      'id: by-hand\ntitle: By hand\nclosing: "By hand:"\nuser: "{question} {gold} {answer}"\n',
    );
    await page.reload();
    await page.getByRole('link', { name: /By hand/ }).click();
    await valueIs(page.getByRole('textbox', { name: 'Last line' }), 'By hand:');
    await page.getByRole('link', { name: /broken/ }).click();
    await page
      .getByRole('alert')
      .getByText(/has to contain \{answer\}/)
      .waitFor();
    const names = await page.getByRole('navigation', { name: 'Judge prompts' }).innerText();
    expect(names).toMatch(/broken[^]*cannot be read/);
  });

  test('models behind servers are tried, answer, and judge as a panel; their key is named and never kept', async () => {
    const says =
      (correct: (number: number) => boolean) =>
      ({ text }: { readonly text: string }) =>
        correct(Number(/number (\d+)\?/.exec(text)?.[1])) ? { correct: 0.8 } : { incorrect: 0.8 };
    const first = await startOpenAiServer({ models: ['lab-8b'], next: says((n) => n < 8) });
    const second = await startOpenAiServer({ models: ['lab-32b'], next: says((n) => n < 4) });
    servers.push(first, second);
    await begin();
    const rows = Array.from({ length: QUESTIONS }, (_, i) => `What is number ${i}?,${i}`);
    await drop(page, [{ name: 'numbers.csv', text: `question,answer\n${rows.join('\n')}\n` }]);
    await page.getByRole('button', { name: 'Import', exact: true }).click();
    await page.waitForFunction(() => location.hash.startsWith('#/datasets?dataset='));
    await go('/runs/new');
    await page.getByRole('button', { name: 'Use a model behind a server' }).click();
    const fill = async (who: string, server: OpenAiServer, model: string): Promise<Locator> => {
      const group = page.getByRole('group', { name: who, exact: true });
      await group.getByRole('textbox', { name: 'Address' }).fill(server.baseUrl);
      await group.getByRole('button', { name: 'Ask which models it has' }).click();
      await group.getByText('has 1 model: choose one above').waitFor();
      await group.getByLabel('Model', { exact: true }).fill(model);
      await page.keyboard.press('Escape');
      await group.getByRole('button', { name: 'Test connection' }).click();
      await group.getByText(/wrote “.*” in .*log-probabilities/).waitFor();
      return group;
    };
    const generator = await fill('Generator', first, 'lab-8b');
    await generator.getByLabel('Key’s environment variable').fill('NO_SUCH_API_KEY');
    await page.keyboard.press('Escape');
    await generator.getByText('NO_SUCH_API_KEY is not set').waitFor();
    await page
      .getByRole('alert')
      .getByText(/needs a key, and NO_SUCH_API_KEY is not set/)
      .waitFor();
    await generator.getByLabel('Key’s environment variable').fill('');
    await page.getByRole('button', { name: 'Add a judge' }).click();
    await fill('Judge', first, 'lab-8b');
    await page.getByRole('button', { name: 'Add another judge' }).click();
    await fill('Judge 2', second, 'lab-32b');
    await page.getByRole('combobox', { name: 'Their verdicts together' }).click();
    await page.getByRole('option', { name: 'Majority' }).click();
    await page.getByRole('link', { name: 'Look at the prompt' }).first().click();
    await page.getByText('Came with Assize, read only').waitFor();
    await page.goBack();
    // What was filled in is still there after the look.
    await valueIs(page.getByRole('combobox', { name: 'Their verdicts together' }), 'Majority');
    await page.getByRole('button', { name: 'Start' }).click();
    await page
      .getByRole('row', { name: /Majority of 2 judges/ })
      .getByText('4 without a majority')
      .waitFor();
    await go('/settings/servers');
    await page.getByText('A browser keeps no keys.').waitFor();
    expect(await page.getByRole('textbox').count()).toBe(0);
    expect(await page.getByRole('button', { name: /^Forget lab/ }).count()).toBe(2);
    await page.getByRole('button', { name: /^Forget lab-8b/ }).click();
    await page.getByRole('button', { name: /^Forget lab-8b/ }).waitFor({ state: 'hidden' });
    expect(readFileSync(join(home.dataDir, 'servers.json'), 'utf8')).not.toContain('lab-8b');
  });
});
