import { readRows } from '../../src-main/core/datasets/read-rows.ts';
import type { ImportSink } from './import.ts';

/** What the child says when it is done or was cancelled. */
export interface ChildReport {
  readonly rows: number;
  readonly problems: number;
  readonly seconds: number;
  /** Of this process, all its threads: what is left when a loaded machine is taken out of the account. */
  readonly cpuSeconds: number;
  readonly peakRssBytes: number;
  /** Milliseconds from the cancel to the last thing done; null when it was not cancelled. */
  readonly cancelMs: number | null;
}

/** Takes rows and forgets them: measures reading alone. */
export const forget: ImportSink = () => ({
  row: () => undefined,
  end: () => undefined,
  cancel: () => undefined,
});

/** Reads one file into a sink and measures. `cancelAt` is a share of the file after which the import is cancelled. */
async function measure(path: string, open: ImportSink, cancelAt: number | null): Promise<ChildReport> {
  const stop = new AbortController();
  const sink = await open(path);
  const begun = performance.now();
  const cpuBegun = process.cpuUsage();
  let peak = 0;
  let cancelled = 0;
  let rows = 0;
  let problems = 0;
  const onBytes = (done: number, total: number): void => {
    peak = Math.max(peak, process.memoryUsage.rss());
    if (cancelAt === null || done < total * cancelAt || cancelled > 0) return;
    cancelled = performance.now();
    stop.abort(new Error('cancelled'));
  };
  try {
    for await (const row of readRows(path, { mapping: null, signal: stop.signal, onBytes })) {
      if ('problem' in row) problems++;
      else {
        rows++;
        await sink.row(row);
      }
    }
    await sink.end();
  } catch (error) {
    if (!stop.signal.aborted) throw error;
    await sink.cancel();
  }
  const ended = performance.now();
  const { user, system } = process.cpuUsage(cpuBegun);
  return {
    rows,
    problems,
    seconds: (ended - begun) / 1000,
    cpuSeconds: (user + system) / 1e6,
    peakRssBytes: peak,
    cancelMs: cancelled > 0 ? ended - cancelled : null,
  };
}

async function sinkOf(module: string | undefined): Promise<ImportSink> {
  if (module === undefined || module === '') return forget;
  const loaded: unknown = await import(module);
  if (
    typeof loaded !== 'object' ||
    loaded === null ||
    !('sink' in loaded) ||
    typeof loaded.sink !== 'function'
  ) {
    throw new Error(`${module} exports no "sink".`);
  }
  const { sink } = loaded;
  // The module is the benchmark's own: its type is checked where it is written.
  return (path) => sink(path);
}

const [path, cancelAt, module] = process.argv.slice(2);
if (path !== undefined) {
  const report = await measure(
    path,
    await sinkOf(module),
    cancelAt === undefined || cancelAt === '' ? null : Number(cancelAt),
  );
  process.stdout.write(`${JSON.stringify(report)}\n`);
}
