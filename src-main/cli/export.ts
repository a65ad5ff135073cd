import { createReadStream, createWriteStream, existsSync } from 'node:fs';
import { cp, readdir, realpath, rename, rm, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { Command } from 'commander';
import { exportFormats, isExportFormat } from '../domain/export-formats.ts';
import { positiveInt } from './arguments.ts';
import { EXIT, ExitWith } from './exit-codes.ts';
import { note, print, printJson } from './output.ts';
import { type CliContext, type Session, withSession } from './session.ts';

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
    .option(
      '-o, --output <file>',
      'where to, "-" for stdout; the exports folder of the data directory when left out',
    )
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
        await handOver(session, written, options.output, `${written.rows.toLocaleString('en')} answers`);
      }),
    );
}

const STDOUT: ReadonlySet<string> = new Set(['-', '/dev/stdout']);

/**
 * Puts what was written where -o says, and says where that is. "-" is this command's own output: the file goes there, behind what is
 * there already (`>>`), and nothing else does.
 */
export async function handOver(
  session: Session,
  written: { readonly path: string; readonly rows: number },
  output: string | undefined,
  what: string,
): Promise<void> {
  if (output !== undefined && STDOUT.has(output)) {
    await toStdout(written.path);
    return note(`${what} written.`);
  }
  const path = output === undefined ? written.path : await moveTo(written.path, resolve(output));
  if (session.json) printJson({ ...written, path });
  else print(`${what} in ${path}`);
}

async function toStdout(from: string): Promise<void> {
  if ((await stat(from)).isDirectory())
    throw new ExitWith(
      EXIT.usage,
      `This format is a folder of several files: add --zip. It stays in ${from}.`,
    );
  try {
    await pipeline(createReadStream(from), process.stdout, { end: false });
  } catch (error) {
    // A reader that has seen enough (`| head`) is no failure.
    if (!(error instanceof Error && 'code' in error && error.code === 'EPIPE')) throw error;
  }
  await rm(from, { force: true });
}

/**
 * Puts what was written where it was asked for. A link is followed, a device or pipe is written into and never replaced, a
 * folder is neither replaced nor filled. Throws ExitWith with a sentence when it cannot be put there; it then stays where it was written.
 */
export async function moveTo(from: string, to: string): Promise<string> {
  const stays = `What was written stays in ${from}.`;
  const refuse = (why: string): ExitWith => new ExitWith(EXIT.error, `${why} ${stays}`);
  if (!existsSync(dirname(to))) throw refuse(`There is no folder ${dirname(to)}.`);
  const there = await stat(to).catch(() => null);
  if (there?.isDirectory() === true && !(await isReplaceable(from, to)))
    throw refuse(`${to} is a folder: name a file in it, or a folder that is not there yet.`);
  try {
    if (there === null || there.isDirectory()) await place(from, to);
    else if (there.isFile()) await place(from, await realpath(to));
    else await pipeline(createReadStream(from), createWriteStream(to));
  } catch (error) {
    throw refuse(`${to} could not be written: ${error instanceof Error ? error.message : String(error)}.`);
  }
  await rm(from, { recursive: true, force: true });
  return to;
}

/** A folder gives way to a folder when there is nothing in it. */
async function isReplaceable(from: string, to: string): Promise<boolean> {
  return (await stat(from)).isDirectory() && (await readdir(to)).length === 0;
}

/** Across disks a file cannot be renamed: a copy beside the target, then the rename. */
async function place(from: string, to: string): Promise<void> {
  try {
    await rename(from, to);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EXDEV')) throw error;
    const part = `${to}.part-${process.pid}`;
    try {
      await cp(from, part, { recursive: true });
      await rename(part, to);
    } finally {
      await rm(part, { recursive: true, force: true });
    }
  }
}
