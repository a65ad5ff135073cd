import { copyFileSync, mkdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { openPromise } from 'yauzl';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ColumnMapping } from '../../src-main/domain/dataset.ts';
import type { Core } from '../../src-main/core/core.ts';
import { locate } from '../../src-main/core/locations.ts';
import { exportFormats } from '../../src-main/domain/export-formats.ts';
import {
  type Bench,
  createBench,
  ended,
  ENTRY_DIR,
  importQuestions,
  launchOf,
  openCore,
} from '../engine/runs/workbench.ts';

const OPEN_MS = 60_000;

describe('files in and out of the workbench', () => {
  let bench: Bench;
  let core: Core;
  let runId: number;
  beforeAll(async () => {
    bench = await createBench(6);
    core = await bench.open();
    const dataset = await importQuestions(core, bench);
    const launched = await core.client.runs.start(launchOf(dataset));
    ({ runId } = launched);
    await ended(core, runId);
  }, OPEN_MS);
  afterAll(async () => {
    await core.close();
    bench.remove();
  });

  async function importPath(path: string, mapping: ColumnMapping | null = null) {
    const file = core.grants.grantPath(path);
    const request = { file, name: null, kind: null, mapping };
    for await (const event of await core.client.datasets.import(request))
      if (event.kind === 'done') return event.dataset;
    throw new Error('the import ended without a dataset');
  }

  test.each(exportFormats())('a finished run is written as %s, under a grant of its own', async (format) => {
    const written = await core.client.exporting.create({ runId, format });
    expect(written).toMatchObject({ rows: 6, name: basename(written.path) });
    expect(written.bytes).toBeGreaterThan(100);
    expect(core.grants.resolve(written.file)).toBe(written.path);
  });

  test('a bundle holds manifest, answers, experiment and report, and opens again with its rows and systems', async () => {
    const { path } = await core.client.exporting.create({ runId, format: 'bundle' });
    const zip = await openPromise(path, { autoClose: false });
    const names: string[] = [];
    for await (const entry of zip.eachEntry()) names.push(entry.fileName);
    zip.close();
    expect(names.toSorted()).toEqual(['answers.jsonl', 'experiment.yaml', 'manifest.json', 'report.html']);
    expect(await importPath(path)).toMatchObject({ rows: 6, withoutGold: 0, systems: ['generator'] });
  });

  test('the columns of a mapping, labels of verdicts included, go through an import and come back with the dataset', async () => {
    const file = core.grants.grantPath(bench.dataset);
    const preview = await core.client.datasets.inspect({ file, kind: null, mapping: null });
    if (preview.mapping === null) throw new Error('no mapping');
    const answers = [
      { system: 's', answer: 'answer', verdict: 'id', judge: 'j', human: false, verdictLabels: 'abc' },
    ] as const;
    expect((await importPath(bench.dataset, { ...preview.mapping, answers })).mapping?.answers).toEqual(
      answers,
    );
  });

  test('a model file that was dropped joins the list and is looked for at the next start', async () => {
    const outside = join(bench.root, 'downloads');
    mkdirSync(outside);
    const path = join(outside, 'dropped.gguf');
    copyFileSync(join(bench.models, 'judge.gguf'), path);
    // The scripted engine reads no headers: this one is read by the real probe.
    const real = await openCore(bench.root, join(bench.root, 'other data'), locate(ENTRY_DIR, {}));
    try {
      const added = await real.client.models.addFile({ file: real.grants.grantPath(path) });
      expect(added).toMatchObject({ path, problem: null });
      expect((await real.client.models.list()).models.map((model) => model.path)).toContain(path);
      expect((await real.client.settings.get()).modelFolders).toEqual([path]);
    } finally {
      await real.close();
    }
  });

  test('a file that is no model is refused with a sentence, and is not added', async () => {
    const file = core.grants.grantPath(bench.dataset);
    await expect(core.client.models.addFile({ file })).rejects.toThrow(/questions\.csv .*\.$/);
    expect((await core.client.settings.get()).modelFolders).not.toContain(bench.dataset);
  });
});
