import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import type { ImportedRow } from '../../src-main/domain/dataset.ts';
import { FORMATS, generate } from './import-generate.ts';
import type { BenchFormat } from './import-generate.ts';

/**
 * Where rows go. A module that exports one as `sink` is given with --sink and loaded in the measuring child; without it
 * rows are forgotten and reading alone is measured.
 */
export type ImportSink = (path: string) => RowSink | Promise<RowSink>;

export interface RowSink {
  /** Takes a row; a promise makes reading wait. */
  readonly row: (row: ImportedRow) => void | Promise<void>;
  readonly end: () => void | Promise<void>;
  /** The import was cancelled: leaves nothing behind. */
  readonly cancel: () => void | Promise<void>;
}

const report = z.object({
  rows: z.number(),
  problems: z.number(),
  seconds: z.number(),
  cpuSeconds: z.number(),
  peakRssBytes: z.number(),
  cancelMs: z.number().nullable(),
});

export type ImportReport = z.infer<typeof report>;

const MIB = 1024 * 1024;

/** Reads a file in a Node of its own, so that its memory is its own. */
export async function measureImport(
  path: string,
  cancelAt: number | null,
  sink: string | null,
): Promise<ImportReport> {
  const entry = fileURLToPath(new URL('import-child.ts', import.meta.url));
  const args = [entry, path, cancelAt === null ? '' : String(cancelAt), sink ?? ''];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const [out, [code]] = await Promise.all([text(child.stdout), once(child, 'exit')]);
  if (code !== 0) throw new Error(`Reading ${path} ended with code ${String(code)}.`);
  return report.parse(JSON.parse(out));
}

async function bench(
  format: BenchFormat,
  bytes: number,
  folder: string,
  sink: string | null,
): Promise<boolean> {
  const path = join(folder, `bench.${format}`);
  const rows = await generate(path, format, bytes);
  const { size } = await stat(path);
  const whole = await measureImport(path, null, sink);
  const cancelled = await measureImport(path, 0.5, sink);
  await rm(path);
  const rate = (size / MIB / whole.seconds).toFixed(1);
  const cpuRate = (size / MIB / whole.cpuSeconds).toFixed(1);
  const perSecond = Math.round(whole.rows / whole.seconds);
  const peak = Math.round(whole.peakRssBytes / MIB);
  console.log(
    `${format.padEnd(7)} ${(size / MIB).toFixed(0).padStart(6)} MiB  ${String(whole.rows).padStart(9)} rows  ${whole.seconds.toFixed(1).padStart(6)} s  ` +
      `${rate.padStart(6)} MiB/s (${cpuRate} a CPU second)  ${perSecond} rows/s  peak RSS ${peak} MiB  cancelled at half: ${cancelled.rows} rows, ${(cancelled.cancelMs ?? NaN).toFixed(0)} ms to stop`,
  );
  const good =
    whole.rows === rows && whole.problems === 0 && cancelled.rows < rows && cancelled.cancelMs !== null;
  if (!good) console.log(`${format}: ${rows} rows were written; that is not what came back.`);
  return good;
}

/** `npm run bench -- import [--mib 200] [--format jsonl|csv|json|parquet|eval]... [--sink module] [--folder tmp]`. */
async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      mib: { type: 'string', default: '200' },
      format: { type: 'string', multiple: true, default: [...FORMATS] },
      sink: { type: 'string' },
      folder: { type: 'string', default: tmpdir() },
    },
  });
  const formats = FORMATS.filter((format) => values.format.includes(format));
  const folder = await mkdtemp(join(values.folder, 'assize-bench-'));
  try {
    let good = true;
    for (const format of formats) {
      good = (await bench(format, Number(values.mib) * MIB, folder, values.sink ?? null)) && good;
    }
    return good ? 0 : 1;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) process.exitCode = await main();
