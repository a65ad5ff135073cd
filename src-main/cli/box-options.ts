import { type Command, InvalidArgumentError } from 'commander';
import { collect, positiveInt } from './arguments.ts';

/** A machine other than this one. */
export interface BoxFlags {
  readonly gpu?: string[];
  readonly ram?: number;
  readonly reserve?: number;
  readonly ctx?: number;
}

const UNITS: Readonly<Record<string, number>> = { M: 2 ** 20, G: 2 ** 30, T: 2 ** 40 };

/** "64GB", "64 GiB", "512MiB", or a number of GiB; all binary, as memory is sold. */
export function memorySize(text: string): number {
  const [, number, unit] = /^\s*(\d+(?:\.\d+)?)\s*([MGT])?i?B?\s*$/i.exec(text) ?? [];
  const bytes = Number(number) * (UNITS[(unit ?? 'G').toUpperCase()] ?? 0);
  if (!(bytes > 0)) throw new InvalidArgumentError('It has to be a size such as 64GB or 512MiB.');
  return bytes;
}

export function addBoxOptions(command: Command): Command {
  return command
    .option(
      '--gpu <cards>',
      'another machine: "RTX 4090", "2x A100 40GB", "24GB", "cpu"; may be given several times',
      collect,
    )
    .option('--ram <size>', 'its memory: 64GB', memorySize)
    .option(
      '--reserve <size>',
      'kept free on every card: 512MiB; the settings’ reserve when left out',
      memorySize,
    )
    .option('--ctx <tokens>', 'context of one sequence', positiveInt);
}
