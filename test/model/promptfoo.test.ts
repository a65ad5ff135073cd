import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { importedRun, judgedRun, QUESTIONS, type Workshop, workshop } from '../unit/exporting/run.ts';
import { npmProgram } from './interop-node.ts';

const promptfoo = npmProgram(
  'promptfoo',
  [
    'promptfoo@0.123.1',
    `@libsql/${process.platform}-${process.arch}${process.platform === 'linux' ? '-gnu' : ''}@0.5.29`,
  ],
  'promptfoo/dist/src/entrypoint.js',
);

/** What promptfoo writes of an evaluation that it keeps. */
const evaluation = z.object({
  results: z.object({
    results: z.array(
      z.object({
        vars: z.record(z.string(), z.unknown()),
        response: z.object({ output: z.string() }),
        success: z.boolean(),
        gradingResult: z
          .object({
            componentResults: z
              .array(z.object({ pass: z.boolean(), assertion: z.object({ type: z.string() }).nullish() }))
              .nullish(),
          })
          .nullish(),
      }),
    ),
    stats: z.object({ successes: z.number(), failures: z.number(), errors: z.number() }),
  }),
});

let shop: Workshop;
let runId: number;
beforeAll(async () => {
  shop = await workshop();
  ({ runId } = await judgedRun(shop));
});
afterAll(() => shop[Symbol.asyncDispose]());

/** One command of promptfoo with a home of its own, which asks no server for anything. */
async function run(...args: string[]): Promise<void> {
  await promisify(execFile)(process.execPath, [promptfoo ?? '', ...args], {
    cwd: shop.folder,
    env: {
      PATH: process.env['PATH'],
      HOME: shop.folder,
      PROMPTFOO_CONFIG_DIR: join(shop.folder, 'promptfoo'),
      PROMPTFOO_DISABLE_TELEMETRY: '1',
      PROMPTFOO_DISABLE_UPDATE: '1',
      PROMPTFOO_DISABLE_REMOTE_GENERATION: '1',
      PROMPTFOO_DISABLE_SHARING: '1',
    },
  }).catch((error: unknown) => {
    // 100: some tests failed, which is a result.
    if (!(error instanceof Error && 'code' in error && error.code === 100)) throw error;
  });
}

const written = (path: string) => evaluation.parse(JSON.parse(readFileSync(path, 'utf8'))).results;

describe.skipIf(promptfoo === null)('promptfoo', { timeout: 120_000 }, () => {
  test('takes our results by its own import and gives them back with answers and verdicts of every judge', async () => {
    const path = await shop.exportAs(runId, 'promptfoo-json');
    await run('import', path);
    const back = join(shop.folder, 'back.json');
    await run('export', 'eval', `assize-${runId}`, '-o', back);
    const ours = await shop.answers(runId);
    const { results, stats } = written(back);
    const byAnswer = (texts: readonly string[]): string[] => texts.toSorted();
    expect(byAnswer(results.map(({ response }) => response.output))).toEqual(
      byAnswer(ours.map(({ answer }) => answer ?? '')),
    );
    const scored = ours.flatMap(({ verdicts }) =>
      verdicts.filter(({ verdict }) => verdict.endsWith('correct')),
    );
    const components = results.flatMap(({ gradingResult }) => gradingResult?.componentResults ?? []);
    expect(components.filter(({ pass }) => pass)).toHaveLength(
      scored.filter(({ verdict }) => verdict === 'correct').length,
    );
    expect(components).toHaveLength(scored.length);
    const strict = (await shop.store.call('runs.counts', { runId })).judges[0];
    const unscored = ours.length - (strict?.correct ?? 0) - (strict?.incorrect ?? 0);
    expect(stats).toEqual({ successes: strict?.correct, failures: strict?.incorrect, errors: unscored });
    // And what promptfoo wrote of them opens here as what they were.
    const { dataset } = await shop.importFile(back);
    expect(dataset).toMatchObject({ kind: 'promptfoo-results', rows: QUESTIONS.length, problemCount: 0 });
  });

  test('reads our tests by its own CSV reader, runs them, and its results open here with its scores', async () => {
    const tests = await shop.exportAs(runId, 'promptfoo-csv');
    // A grader that finds everything right that it finds its expected answer in: promptfoo's factuality asks a model for JSON.
    shop.write(
      'grader.mjs',
      `export default class { id() { return 'grader'; } callApi(prompt) {
        const right = prompt.includes('Paris');
        return Promise.resolve({ output: JSON.stringify({ category: right ? 'C' : 'D', reason: 'so it is' }) }); } }`,
    );
    shop.write(
      'promptfooconfig.json',
      JSON.stringify({
        prompts: ['{{question}}'],
        providers: ['echo'],
        tests: `file://${tests}`,
        defaultTest: { options: { provider: `file://${join(shop.folder, 'grader.mjs')}` } },
      }),
    );
    const results = join(shop.folder, 'own.json');
    await run(
      'eval',
      '-c',
      join(shop.folder, 'promptfooconfig.json'),
      '--no-cache',
      '--no-table',
      '-o',
      results,
    );
    const own = written(results).results;
    expect(own.map(({ vars }) => vars['question'])).toEqual(
      QUESTIONS.map(({ question }) => question.replace(/^=/, "'=")),
    );
    const { dataset } = await shop.importFile(results);
    const answers = await shop.answers(await importedRun(shop.store, dataset.id));
    expect(dataset).toMatchObject({ kind: 'promptfoo-results', rows: QUESTIONS.length, problemCount: 0 });
    expect(
      answers.map(({ answer, judgments }) => [
        answer,
        judgments.find(({ judge }) => judge.name === 'promptfoo')?.verdict,
      ]),
    ).toEqual(own.map(({ response, success }) => [response.output, success ? 'correct' : 'incorrect']));
    // What "factuality:GOLD" said is the gold answer.
    expect(answers[0]?.gold).toEqual(['Paris or City of Light']);
  });
});
