import { copyFile, rename } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { positiveInt } from './arguments.ts';
import { EXIT, ExitWith } from './exit-codes.ts';
import { print, printJson } from './output.ts';
import { type CliContext, withSession } from './session.ts';

const FORMATS = ['csv', 'jsonl'] as const;

export function exportCommand(program: Command, context: CliContext): void {
  program
    .command('export')
    .argument('<run>', 'number of the run', positiveInt)
    .description("a run's answers and verdicts as a file, whole or not at all")
    .option('--format <format>', FORMATS.join(' or '), 'csv')
    .option('-o, --output <file>', 'where to; the exports folder of the data directory when left out')
    .action(
      (runId: number, options: { readonly format: string; readonly output?: string }, command: Command) =>
        withSession(context, command, async (session) => {
          const format = FORMATS.find((name) => name === options.format);
          if (format === undefined) throw new ExitWith(EXIT.usage, `--format is ${FORMATS.join(' or ')}.`);
          const written = await session.client.exporting.create({ runId, format });
          const path =
            options.output === undefined ? written.path : await moveTo(written.path, resolve(options.output));
          if (session.json) printJson({ ...written, path });
          else print(`${written.rows.toLocaleString('en')} answers in ${path}`);
        }),
    );
}

/** Across disks a file cannot be renamed: a copy beside the target, then the rename. */
export async function moveTo(from: string, to: string): Promise<string> {
  try {
    await rename(from, to);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EXDEV')) throw error;
    const part = `${to}.part-${process.pid}`;
    await copyFile(from, part);
    await rename(part, to);
  }
  return to;
}
