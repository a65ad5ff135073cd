import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { fileURLToPath } from 'node:url';
import { analyseRun } from '../../src-main/core/analysis/analyse.ts';
import { createAnalysisSource } from '../../src-main/core/analysis/source.ts';
import { importDataset } from '../../src-main/core/datasets/import-dataset.ts';
import type { RunAnalysis } from '../../src-main/domain/analysis/run-analysis.ts';
import type { Store } from '../../src-main/store/api.ts';
import { hasData } from '../unit/data.ts';
import { newRun, open, OWNER, type TempDir, tempDir } from './helpers.ts';

// Whole public files through import, store and analysis; the figures were computed apart from this program.
const pathOf = (name: string): string =>
  fileURLToPath(new URL(`../../../shared/data/${name}`, import.meta.url));

async function analysed(
  store: Store,
  file: string,
  where: readonly { column: string; value: string }[] = [],
): Promise<RunAnalysis> {
  const request = { path: pathOf(file), name: null, kind: null, mapping: null };
  const { dataset } = await importDataset(
    store,
    OWNER,
    request,
    new AbortController().signal,
    () => undefined,
  );
  const runId = await store.call(
    'runs.create',
    newRun(dataset.id, {
      phases: [],
      selection: { kind: 'imported-answers', system: null, limit: null, seed: 0 },
    }),
  );
  const options = { runId, where, panels: [], level: 0.95, seed: 0, resamples: 200 };
  return analyseRun(await createAnalysisSource(store).table(options));
}

function databases(): { readonly store: () => Store } {
  let dir: TempDir;
  let store: Store;
  beforeAll(async () => {
    dir = tempDir();
    store = await open(dir.file);
  });
  afterAll(async () => {
    await store[Symbol.asyncDispose]();
    dir[Symbol.dispose]();
  });
  return { store: () => store };
}

// system: people, contains, agreement and κ of contains with people, exact match, its κ.
const EVOUNA_TQ: readonly (readonly [string, ...string[]])[] = [
  ['fid', '0.8153', '0.7353', '0.9180', '0.7667', '0.7172', '0.7243'],
  ['gpt35', '0.7843', '0.7095', '0.9221', '0.7954', '0.2291', '0.1511'],
  ['chatgpt', '0.8442', '0.7663', '0.9221', '0.7540', '0.0753', '0.0296'],
  ['gpt4', '0.9020', '0.8209', '0.9107', '0.6311', '0.0377', '0.0085'],
  ['newbing', '0.8963', '0.8158', '0.8978', '0.5909', '0.0000', '0.0000'],
];

describe.skipIf(!hasData('evouna-tq.json'))('EVOUNA-TQ', () => {
  const { store } = databases();

  test('people, contains and exact match come out to four decimals, as do agreement and κ', async () => {
    const analysis = await analysed(store(), 'evouna-tq.json', [{ column: 'improper', value: 'false' }]);
    const accuracy = (key: string, system: string): string => {
      const judge = analysis.judges.find((entry) => entry.judge.key === key || entry.judge.kind === key);
      const found = judge?.bySystem.find((entry) => entry.system === system)?.accuracy;
      expect(found?.scored).toBe(1938);
      return found?.accuracy?.value.toFixed(4) ?? '';
    };
    const quality = (key: string, system: string) =>
      analysis.againstHumans
        .find(({ judge }) => judge.key === key)
        ?.bySystem.find((entry) => entry.system === system)?.quality;
    const table = EVOUNA_TQ.map(([system]) => [
      system,
      accuracy('human', system),
      accuracy('lexical:contains', system),
      quality('lexical:contains', system)?.agreement?.value.toFixed(4),
      quality('lexical:contains', system)?.kappa?.value.toFixed(4),
      accuracy('lexical:exact-match', system),
      quality('lexical:exact-match', system)?.kappa?.value.toFixed(4),
    ]);
    expect(table).toEqual(EVOUNA_TQ);
  }, 120_000);
});

describe.skipIf(!hasData('nq-open-fid.jsonl'))('NQ-open by FiD', () => {
  const { store } = databases();

  test('exact match .4648 and F1 .5372 over all 3,610 answers', async () => {
    const analysis = await analysed(store(), 'nq-open-fid.jsonl');
    const { runId } = analysis.scope.options;
    const counts = await store().call('runs.counts', { runId });
    expect(counts.f1.mean?.toFixed(4)).toBe('0.5372');
    expect(counts.f1.scored).toBe(3610);
    const exact = analysis.judges.find(({ judge }) => judge.key === 'lexical:exact-match')?.accuracy;
    expect(exact?.accuracy?.value.toFixed(4)).toBe('0.4648');
    expect(exact?.scored).toBe(3610);
  }, 120_000);
});
