import type { Command } from 'commander';
import type { AnalysisInput } from '../contract/analysis.ts';
import { collect, nonNegativeInt, positiveInt, share } from './arguments.ts';
import { EXIT, ExitWith } from './exit-codes.ts';

export interface AnalysisFlags {
  readonly where?: string[];
  readonly panel?: string[];
  readonly level?: number;
  readonly seed?: number;
  readonly resamples?: number;
}

export function whereOption(command: Command): Command {
  return command.option(
    '--where <column=value>',
    'only answers whose column has this value; may be repeated',
    collect,
  );
}

/** Options that every verb which computes takes. */
export function addAnalysisOptions(command: Command): Command {
  return whereOption(command)
    .option(
      '--panel <kind:judges>',
      'several judges as one: majority:3,4,5, weighted:3,4 or cascade:3,4,5; may be repeated',
      collect,
    )
    .option('--level <share>', 'confidence level of the intervals', share)
    .option('--seed <n>', 'seed of the bootstrap', nonNegativeInt)
    .option('--resamples <n>', 'resamples of the bootstrap', positiveInt);
}

export function analysisInput(runId: number, flags: AnalysisFlags): AnalysisInput {
  return {
    runId,
    where: (flags.where ?? []).map(whereOf),
    panels: (flags.panel ?? []).map(panelOf),
    ...(flags.level === undefined ? {} : { level: flags.level }),
    ...(flags.seed === undefined ? {} : { seed: flags.seed }),
    ...(flags.resamples === undefined ? {} : { resamples: flags.resamples }),
  };
}

export function whereOf(text: string): { column: string; value: string } {
  const at = text.indexOf('=');
  if (at < 1) throw new ExitWith(EXIT.usage, `--where takes COLUMN=VALUE, not "${text}".`);
  return { column: text.slice(0, at), value: text.slice(at + 1) };
}

/** A number alone is a judge's number, as `assize analyse` lists it. */
export function judgeKey(text: string): string {
  return /^\d+$/.test(text) ? `judge:${text}` : text;
}

const PANELS = ['majority', 'weighted', 'cascade'] as const;

function panelOf(text: string) {
  const [name = '', list = ''] = text.split(':', 2);
  const kind = PANELS.find((known) => known === name);
  const members = text
    .slice(name.length + 1)
    .split(',')
    .filter((member) => member !== '');
  if (kind === undefined || list === '') {
    throw new ExitWith(EXIT.usage, `--panel takes ${PANELS.join(', ')} and judges: majority:3,4,5.`);
  }
  return { kind, members: members.map(judgeKey) };
}
