import { ORPCError, safe } from '@orpc/client';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Workbench } from '../../src-main/contract/client.ts';
import type { Core } from '../../src-main/core/core.ts';
import type { ImportEvent } from '../../src-main/contract/datasets.ts';
import type { Run } from '../../src-main/domain/run.ts';
import { type Bench, createBench, launchOf } from '../engine/runs/workbench.ts';
import { LINES, type Caller } from './lines.ts';

const QUESTIONS = 12;
/** Opening a database and a first probe, on a machine that does other things too. */
const OPEN_MS = 60_000;
const NOWHERE = 999_999;

/** What a page may still ask after the thing it shows was removed elsewhere. */
const ASKED_TOO_LATE: readonly [string, (workbench: Workbench) => Promise<unknown>][] = [
  ['runs.get', (w) => w.runs.get({ runId: NOWHERE })],
  ['runs.cancel', (w) => w.runs.cancel({ runId: NOWHERE })],
  ['runs.resume', (w) => w.runs.resume({ runId: NOWHERE })],
  ['datasets.get', (w) => w.datasets.get({ dataset: 'gone' })],
  ['datasets.inspect', (w) => w.datasets.inspect({ file: 'gone', kind: null, mapping: null })],
  ['answers.get', (w) => w.answers.get({ runId: NOWHERE, position: 0 })],
  ['exporting.create', (w) => w.exporting.create({ runId: NOWHERE, format: 'csv' })],
  ['runs.plan', (w) => w.runs.plan(launchOf('gone'))],
  ['runs.start', (w) => w.runs.start(launchOf('gone'))],
  ['runs.fromYaml', (w) => w.runs.fromYaml({ yaml: 'dataset: [' })],
  [
    'models.hash',
    async (w) => {
      for await (const _ of await w.models.hash({ modelId: 'gone' })) continue;
    },
  ],
  [
    'datasets.import',
    async (w) => {
      const request = { file: 'gone', name: null, kind: null, mapping: null };
      for await (const _ of await w.datasets.import(request)) continue;
    },
  ],
];

describe.each(LINES)('the workbench over a $name', ({ open }) => {
  let bench: Bench;
  let core: Core;
  let caller: Caller;

  beforeAll(async () => {
    bench = await createBench(QUESTIONS);
    core = await bench.open({ answerDelayMs: 20 });
  }, OPEN_MS);
  afterAll(async () => {
    await core.close();
    bench.remove();
  });
  beforeEach(async () => {
    caller = await open(core.router, core.log, core.grants);
  });
  afterEach(() => caller[Symbol.asyncDispose]());

  async function importFile(path: string): Promise<ImportEvent[]> {
    const file = core.grants.grantPath(path);
    const events: ImportEvent[] = [];
    const stream = await caller.workbench.datasets.import({ file, name: null, kind: null, mapping: null });
    for await (const event of stream) events.push(event);
    return events;
  }

  test('about says which database, and carries no more than the contract', async () => {
    const about = await caller.workbench.settings.about();
    expect(about.databasePath.startsWith(bench.dataDir)).toBe(true);
  });

  test('settings that were set are what the next caller gets', async () => {
    const { author } = await caller.workbench.settings.set({ author: 'Ада' });
    expect(author).toBe('Ада');
    expect((await caller.workbench.settings.get()).author).toBe('Ада');
  });

  test.each(ASKED_TOO_LATE)(
    '%s of what is gone is an expected failure with a sentence',
    async (_name, ask) => {
      const { error } = await safe(ask(caller.workbench));
      expect(error).toBeInstanceOf(ORPCError);
      if (!(error instanceof ORPCError)) return;
      expect(error.defined, `${error.code}: ${error.message}`).toBe(true);
      expect(error.code).not.toBe('INTERNAL');
      expect(error.message).toMatch(/^[A-Z][^\n]* [a-z]{2,}/);
      expect(error.message).not.toMatch(/\bat .*:\d+:\d+|undefined|\[object/);
    },
  );

  test('hardware arrives again and again until the caller leaves', async () => {
    const stream = await caller.workbench.hardware.watch();
    const first = await stream.next();
    const second = await stream.next();
    if (first.done === true || second.done === true) throw new Error('the stream ended by itself');
    expect(second.value.at).toBeGreaterThan(first.value.at);
    expect(first.value.memory.totalBytes).toBeGreaterThan(0);
    await stream.return?.();
  });

  test('an import ends with the dataset; a second one of the same file with the same', async () => {
    const first = (await importFile(bench.dataset)).at(-1);
    const again = (await importFile(bench.dataset)).at(-1);
    if (first?.kind !== 'done' || again?.kind !== 'done') throw new Error('an import did not end');
    expect(first.dataset).toMatchObject({ rows: QUESTIONS, withoutGold: 0 });
    expect(again).toMatchObject({ existed: true, dataset: { id: first.dataset.id } });
  });

  test('an import that is left half-way leaves nothing: the file imports whole afterwards', async () => {
    const big = join(bench.root, 'big.csv');
    const rows = Array.from({ length: 20_000 }, (_, i) => `${i},Why ${i}?,${i}\n`);
    writeFileSync(big, `id,question,answer\n${rows.join('')}`);
    const controller = new AbortController();
    const request = { file: core.grants.grantPath(big), name: null, kind: null, mapping: null };
    const stream = await caller.workbench.datasets.import(request, { signal: controller.signal });
    await stream.next();
    controller.abort();
    await expect(stream.next()).rejects.toThrow(/abort/i);
    expect((await caller.workbench.datasets.list()).map((d) => d.name)).not.toContain('big');
    const again = (await importFile(big)).at(-1);
    expect(again).toMatchObject({ kind: 'done', existed: false, dataset: { rows: rows.length } });
  });

  test('a run goes on when the tab that watched it closes, and another tab sees it end', async () => {
    const imported = (await importFile(bench.dataset)).at(-1);
    if (imported?.kind !== 'done') throw new Error('the import did not end');
    const launch = { ...launchOf(String(imported.dataset.id)), again: true };
    const { runId } = await caller.workbench.runs.start(launch);
    const watched = await caller.workbench.runs.watch({ runId });
    await watched.next();
    caller.drop();

    await using other = await open(core.router, core.log, core.grants);
    let last: Run | null = null;
    for await (const run of await other.workbench.runs.watch({ runId })) last = run;
    expect(last).toMatchObject({ status: 'done', answered: QUESTIONS });
    const page = await other.workbench.answers.page({ runId });
    expect(page.items).toHaveLength(QUESTIONS);
  });
});
