import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { FORMATS, generate } from './import-generate.ts';
import type { BenchFormat } from './import-generate.ts';

const report = z.object({
  rows: z.number(),
  problems: z.number(),
  seconds: z.number(),
  cpuSeconds: z.number(),
  peakRssBytes: z.number(),
  cancelMs: z.number().nullable(),
  removedMs: z.number().nullable(),
});

type ImportReport = z.infer<typeof report>;

const MIB = 1024 * 1024;

/** Imports (or only reads) a file in a Node of its own, so that its memory is its own. */
async function measureImport(
  path: string,
  cancelAt: number | null,
  what: 'read' | 'import',
): Promise<ImportReport> {
  const entry = fileURLToPath(new URL('import-child.ts', import.meta.url));
  const args = [entry, path, cancelAt === null ? '' : String(cancelAt), what];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const [out, [code]] = await Promise.all([text(child.stdout), once(child, 'exit')]);
  if (code !== 0) throw new Error(`Reading ${path} ended with code ${String(code)}.`);
  return report.parse(JSON.parse(out));
}

async function bench(
  format: BenchFormat,
  bytes: number,
  folder: string,
  what: 'read' | 'import',
): Promise<boolean> {
  const path = join(folder, `bench.${format}`);
  const rows = await generate(path, format, bytes);
  const { size } = await stat(path);
  const whole = await measureImport(path, null, what);
  const cancelled = await measureImport(path, 0.5, what);
  await rm(path);
  const rate = (size / MIB / whole.seconds).toFixed(1);
  const cpuRate = (size / MIB / whole.cpuSeconds).toFixed(1);
  const perSecond = Math.round(whole.rows / whole.seconds);
  const peak = Math.round(whole.peakRssBytes / MIB);
  console.log(
    `${format.padEnd(7)} ${(size / MIB).toFixed(0).padStart(6)} MiB  ${String(whole.rows).padStart(9)} rows  ${whole.seconds.toFixed(1).padStart(6)} s  ` +
      `${rate.padStart(6)} MiB/s (${cpuRate} a CPU second)  ${perSecond} rows/s  peak RSS ${peak} MiB  cancelled at half: ${what === 'read' ? `${cancelled.rows} rows, ` : ''}${(cancelled.cancelMs ?? NaN).toFixed(0)} ms to stop, gone after ${(cancelled.removedMs ?? NaN).toFixed(0)} ms`,
  );
  const good =
    whole.rows === rows &&
    whole.problems === 0 &&
    (what === 'read' ? cancelled.rows < rows : cancelled.rows + cancelled.problems === 0) &&
    cancelled.cancelMs !== null;
  if (!good) console.log(`${format}: ${rows} rows were written; that is not what came back.`);
  return good;
}

/** `npm run bench -- import [--mib 200] [--format jsonl|csv|json|parquet|eval]... [--only read] [--folder tmp]`: the whole import, into a database. */
async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      mib: { type: 'string', default: '200' },
      format: { type: 'string', multiple: true, default: [...FORMATS] },
      only: { type: 'string' },
      folder: { type: 'string', default: tmpdir() },
    },
  });
  const formats = FORMATS.filter((format) => values.format.includes(format));
  const folder = await mkdtemp(join(values.folder, 'assize-bench-'));
  try {
    let good = true;
    for (const format of formats) {
      good =
        (await bench(format, Number(values.mib) * MIB, folder, values.only === 'read' ? 'read' : 'import')) &&
        good;
    }
    return good ? 0 : 1;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) process.exitCode = await main();
