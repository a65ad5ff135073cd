import { existsSync } from 'node:fs';
import { cp, rename, rm } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import type { Command } from 'commander';
import { exportFormats, isExportFormat } from '../domain/export-formats.ts';
import { positiveInt } from './arguments.ts';
import { EXIT, ExitWith } from './exit-codes.ts';
import { print, printJson } from './output.ts';
import { type CliContext, withSession } from './session.ts';

interface ExportOptions {
  readonly format: string;
  readonly output?: string;
  readonly zip?: boolean;
}

export function exportCommand(program: Command, context: CliContext): void {
  program
    .command('export')
    .argument('<run>', 'number of the run', positiveInt)
    .description("a run's answers and verdicts as a file, whole or not at all")
    .option('--format <format>', exportFormats().join(', '), 'csv')
    .option('--zip', 'formats of several files (lm-eval, fastchat) as a zip, not as a folder')
    .option('-o, --output <file>', 'where to; the exports folder of the data directory when left out')
    .action((runId: number, options: ExportOptions, command: Command) =>
      withSession(context, command, async (session) => {
        const { format } = options;
        if (!isExportFormat(format))
          throw new ExitWith(EXIT.usage, `--format is one of: ${exportFormats().join(', ')}.`);
        const asFolder = options.zip !== true;
        const written = await session.client.exporting.create(
          { runId, format, asFolder },
          { signal: session.signal },
        );
        const path =
          options.output === undefined ? written.path : await moveTo(written.path, resolve(options.output));
        if (session.json) printJson({ ...written, path });
        else print(`${written.rows.toLocaleString('en')} answers in ${path}`);
      }),
    );
}

/**
 * Across disks a file cannot be renamed: a copy beside the target, then the rename. Throws ExitWith when the target's folder
 * is not there; the file stays where it was written.
 */
export async function moveTo(from: string, to: string): Promise<string> {
  if (!existsSync(dirname(to)))
    throw new ExitWith(EXIT.error, `There is no folder ${dirname(to)}: what was written stays in ${from}.`);
  try {
    await rename(from, to);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EXDEV')) throw error;
    const part = `${to}.part-${process.pid}`;
    await cp(from, part, { recursive: true });
    await rename(part, to);
    await rm(from, { recursive: true, force: true });
  }
  return to;
}
