import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { importDataset } from '../../src-main/core/datasets/import-dataset.ts';
import { readRows } from '../../src-main/core/datasets/read-rows.ts';
import { thisOwner } from '../../src-main/core/experiments/owner.ts';
import { openStore } from '../../src-main/store/client.ts';

/** What the child says when it is done or was cancelled. */
interface ChildReport {
  readonly rows: number;
  readonly problems: number;
  readonly seconds: number;
  /** Of this process, all its threads: what is left when a loaded machine is taken out of the account. */
  readonly cpuSeconds: number;
  readonly peakRssBytes: number;
  /** Milliseconds from the cancel until it was answered; null when it was not cancelled. */
  readonly cancelMs: number | null;
  /** From the cancel until the last row was gone, which happens behind the answer. */
  readonly removedMs: number | null;
}

interface Counts {
  readonly rows: number;
  readonly problems: number;
  /** When the cancelled work had been answered. */
  readonly answeredAt?: number;
}

type Work = (
  path: string,
  signal: AbortSignal,
  onBytes: (done: number, total: number) => void,
) => Promise<Counts>;

/** Reads and forgets: measures reading alone. */
const readOnly: Work = async (path, signal, onBytes) => {
  let rows = 0;
  let problems = 0;
  try {
    for await (const row of readRows(path, { mapping: null, signal, onBytes })) {
      if ('problem' in row) problems++;
      else rows++;
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  }
  return { rows, problems };
};

/** The whole import into a database of its own: hash, rows, text facts, store. What a cancel leaves is counted as rows. */
const wholeImport: Work = async (path, signal, onBytes) => {
  const folder = await mkdtemp(join(tmpdir(), 'assize-import-'));
  const workerEntry = join(import.meta.dirname, '../../src-main/store/worker.ts');
  const store = await openStore({ path: join(folder, 'assize.sqlite'), workerEntry });
  try {
    const request = { path, name: null, kind: null, mapping: null };
    const { dataset } = await importDataset(store, thisOwner('cli'), request, signal, (progress) => {
      if (progress.step === 'reading') onBytes(progress.bytesDone, progress.bytesTotal);
      else onBytes(0, progress.bytesTotal);
    });
    return { rows: dataset.rows, problems: dataset.problemCount };
  } catch (error) {
    if (!signal.aborted) throw error;
    const answeredAt = performance.now();
    // Each call waits behind a piece that is being removed.
    while ((await store.call('datasets.unfinished')).length > 0);
    const listed = await store.call('datasets.list');
    return { rows: listed.length, problems: 0, answeredAt };
  } finally {
    await store[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  }
};

/** Does the work on one file and measures. `cancelAt` is a share of the file after which it is cancelled. */
async function measure(path: string, work: Work, cancelAt: number | null): Promise<ChildReport> {
  const stop = new AbortController();
  const begun = performance.now();
  const cpuBegun = process.cpuUsage();
  let peak = 0;
  let cancelled = 0;
  const onBytes = (done: number, total: number): void => {
    peak = Math.max(peak, process.memoryUsage.rss());
    if (cancelAt === null || done < total * cancelAt || cancelled > 0) return;
    cancelled = performance.now();
    stop.abort(new Error('cancelled'));
  };
  const { rows, problems, answeredAt } = await work(path, stop.signal, onBytes);
  const ended = performance.now();
  const { user, system } = process.cpuUsage(cpuBegun);
  return {
    rows,
    problems,
    seconds: (ended - begun) / 1000,
    cpuSeconds: (user + system) / 1e6,
    peakRssBytes: peak,
    cancelMs: cancelled > 0 ? (answeredAt ?? ended) - cancelled : null,
    removedMs: cancelled > 0 ? ended - cancelled : null,
  };
}

const [path, cancelAt, what] = process.argv.slice(2);
if (path !== undefined) {
  const share = cancelAt === undefined || cancelAt === '' ? null : Number(cancelAt);
  const report = await measure(path, what === 'read' ? readOnly : wholeImport, share);
  process.stdout.write(`${JSON.stringify(report)}\n`);
}
