import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { removeDataset } from '../../src-main/core/datasets/abandon-import.ts';
import { importDataset } from '../../src-main/core/datasets/import-dataset.ts';
import { thisOwner } from '../../src-main/core/experiments/owner.ts';
import { openStore } from '../../src-main/store/client.ts';
import { generate } from './import-generate.ts';

const MIB = 1024 * 1024;
const BYTES_A_ROW = 465;

/** The longest and the middle of some times. */
function spread(times: readonly number[]): string {
  const sorted = times.toSorted((a, b) => a - b);
  return `middle ${(sorted[Math.floor(sorted.length / 2)] ?? NaN).toFixed(0)} ms, longest ${(sorted.at(-1) ?? NaN).toFixed(0)} ms`;
}

/** `npm run bench -- remove [--rows 1000000] [--folder tmp]`: removes a dataset while others write, and says how long they waited. */
async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      rows: { type: 'string', default: '1000000' },
      folder: { type: 'string', default: tmpdir() },
    },
  });
  const folder = await mkdtemp(join(values.folder, 'assize-bench-'));
  const workerEntry = join(import.meta.dirname, '../../src-main/store/worker.ts');
  const store = await openStore({ path: join(folder, 'assize.sqlite'), workerEntry });
  const owner = thisOwner('cli');
  try {
    const path = join(folder, 'rows.jsonl');
    await generate(path, 'jsonl', Number(values.rows) * BYTES_A_ROW);
    const request = { path, name: null, kind: null, mapping: null };
    const { signal } = new AbortController();
    const { dataset } = await importDataset(store, owner, request, signal, () => undefined);
    const { size } = await stat(store.path);
    const begun = performance.now();
    await removeDataset(store, owner, dataset.id);
    const answered = performance.now() - begun;
    const writes: number[] = [];
    while ((await store.call('datasets.removals')).length > 0) {
      const at = performance.now();
      await store.call('cache.put', { key: `bench ${writes.length}`, value: 'x' });
      writes.push(performance.now() - at);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    const seconds = (performance.now() - begun) / 1000;
    console.log(
      `${dataset.rows} rows, database ${(size / MIB).toFixed(0)} MiB: out of the list after ${answered.toFixed(0)} ms, ` +
        `gone after ${seconds.toFixed(1)} s; meanwhile ${writes.length} writes of others, ${spread(writes)}`,
    );
  } finally {
    await store[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main();
