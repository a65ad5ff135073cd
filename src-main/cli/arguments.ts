import { InvalidArgumentError } from 'commander';

export function positiveInt(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 1)
    throw new InvalidArgumentError('It has to be a whole number above 0.');
  return value;
}

export function nonNegativeInt(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 0)
    throw new InvalidArgumentError('It has to be a whole number, 0 or more.');
  return value;
}

export function portNumber(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 0 || value > 65_535)
    throw new InvalidArgumentError('It has to be a whole number from 0 to 65535.');
  return value;
}

export function share(text: string): number {
  const value = Number(text);
  if (!(value >= 0 && value <= 1)) throw new InvalidArgumentError('It has to be between 0 and 1.');
  return value;
}

export function positiveNumber(text: string): number {
  const value = Number(text);
  if (!(value > 0 && Number.isFinite(value)))
    throw new InvalidArgumentError('It has to be a number above 0.');
  return value;
}

export function nonNegativeNumber(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !(value >= 0 && Number.isFinite(value)))
    throw new InvalidArgumentError('It has to be a number, 0 or more.');
  return value;
}

/** "2.5,10": USD per million tokens read, and written. */
export function prices(text: string): { input: number; output: number } {
  const [input, output, ...more] = text
    .split(',')
    .map((part) => (part.trim() === '' ? Number.NaN : Number(part)));
  if (input === undefined || output === undefined || more.length > 0 || !(input >= 0 && output >= 0))
    throw new InvalidArgumentError('It has to be two numbers, such as 2.5,10.');
  return { input, output };
}

/** "2,1,1": one weight a judge. */
export function weights(text: string): number[] {
  const list = text.split(',').map((part) => (part.trim() === '' ? Number.NaN : Number(part)));
  if (list.some((weight) => !(weight >= 0 && Number.isFinite(weight))))
    throw new InvalidArgumentError('It has to be numbers of 0 or more, such as 2,1,1.');
  return list;
}

/** May be given several times. */
export function collect(value: string, before: string[] | undefined): string[] {
  return [...(before ?? []), value];
}
