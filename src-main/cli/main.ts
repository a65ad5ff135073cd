import { isatty } from 'node:tty';
import { Command, CommanderError } from 'commander';
import { z } from 'zod';
import { Problem } from '../core/problem.ts';
import { analyseCommand } from './analyse.ts';
import { cardCommand } from './card.ts';
import { compareCommand } from './compare.ts';
import { EXIT, ExitWith } from './exit-codes.ts';
import { exportCommand } from './export.ts';
import { fitCommand } from './fit.ts';
import { guideCommand } from './guide.ts';
import { hardwareCommand } from './hardware.ts';
import { importCommand } from './import.ts';
import { judgeCommand } from './judge.ts';
import { labelCommand } from './label.ts';
import { listCommand } from './list.ts';
import { modelsCommand } from './models.ts';
import { note } from './output.ts';
import { planCommand } from './plan.ts';
import { promptsCommand } from './prompts.ts';
import { removeCommand } from './remove.ts';
import { reportCommand } from './report.ts';
import { runCommand } from './run.ts';
import { serveCommand } from './serve.ts';
import { type CliContext, versionOf } from './session.ts';
import { showCommand } from './show.ts';

const FIRST_STEPS = `
First steps:
  assize models --add /data/models
  assize import questions.csv
  assize run --dataset questions --generator gen.gguf --judge judge.gguf -n 20
  assize show 1`;

const EXIT_CODES = `
Exit codes: 0 ok, 1 error, 2 bad usage, 100 below --min-accuracy, 130 stopped by Ctrl-C.
Results go to stdout, all else to stderr.`;

const requestIssues = z.object({
  data: z.object({
    issues: z.array(z.object({ path: z.array(z.union([z.string(), z.number()])), message: z.string() })),
  }),
});

function createProgram(context: CliContext): Command {
  const program = new Command('assize')
    .description('Evaluate language models on your own GPUs: plan memory, generate, unload, judge, browse.')
    .version(versionOf(context.entryDir))
    .option(
      '--data-dir <folder>',
      'where datasets, runs and settings are kept; else ASSIZE_DATA_DIR, else the usual place for application data',
    )
    .option('--json', 'print JSON on stdout')
    .exitOverride()
    .configureHelp({ showGlobalOptions: true })
    .addHelpText('after', FIRST_STEPS)
    .addHelpText('afterAll', EXIT_CODES);
  for (const add of [
    hardwareCommand,
    modelsCommand,
    fitCommand,
    planCommand,
    guideCommand,
    importCommand,
    runCommand,
    judgeCommand,
    promptsCommand,
    listCommand,
    showCommand,
    analyseCommand,
    compareCommand,
    labelCommand,
    cardCommand,
    reportCommand,
    exportCommand,
    removeCommand,
    serveCommand,
  ]) {
    add(program, context);
  }
  // Global options are taken before or after the verb.
  for (const command of program.commands) {
    command.option('--data-dir <folder>').option('--json').exitOverride();
    for (const option of command.options)
      if (['--data-dir', '--json'].includes(option.long ?? '')) option.hidden = true;
  }
  return program;
}

async function main(): Promise<number> {
  const context: CliContext = { entryDir: import.meta.dirname, env: process.env };
  try {
    await createProgram(context).parseAsync(process.argv);
    return EXIT.ok;
  } catch (error) {
    return exitCodeOf(error);
  }
}

function exitCodeOf(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
  if (error instanceof ExitWith) {
    if (error.message !== '') note(error.message);
    return error.code;
  }
  note(sentenceOf(error));
  if (isCode(error, 'BAD_REQUEST')) return EXIT.usage;
  if (error instanceof Problem) for (const fix of error.fixes) note(`  - ${fix}`);
  return EXIT.error;
}

function sentenceOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if ('code' in error && error.code === 'ENOENT' && 'path' in error)
    return `There is no file ${String(error.path)}.`;
  if (isCode(error, 'BAD_REQUEST')) return `That is not a valid request: ${issuesOf(error)}`;
  if (isCode(error, 'ENOSPC'))
    return `The disk is full (${error.message}). Free some space and try again; what was kept before is safe.`;
  return error.message;
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}

/** What the contract's schema found: "resamples: Too big: expected number to be <=10000". */
function issuesOf(error: Error): string {
  const found = requestIssues.safeParse(error);
  if (!found.success) return error.message;
  return found.data.data.issues.map(({ path, message }) => [...path, message].join(': ')).join('; ');
}

/**
 * A reader that has seen enough (`| head`) closes the pipe: what is printed goes nowhere, and the work goes on to its end. So it does when
 * the disk of a log is full; but a result that was not written is a failure, and said at the end.
 */
const unwritten: string[] = [];
process.stderr.on('error', () => undefined);
process.stdout.on('error', (error) => {
  if (!('code' in error && error.code === 'EPIPE')) unwritten.push(error.message);
});

// `nohup assize … &` outlives the connection that started it. That hang-ups are ignored is not inherited by what Node starts (npx, the
// launcher), but what nohup does to the streams is: nobody looks at this command, so nobody hung up.
if (![0, 1, 2].some((stream) => isatty(stream))) process.on('SIGHUP', () => undefined);

const code = await main();
const [why] = unwritten;
if (why !== undefined) note(`What was printed could not be written: ${why}.`);
process.exitCode = why !== undefined && code === EXIT.ok ? EXIT.error : code;
