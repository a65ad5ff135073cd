import { existsSync, readFileSync } from 'node:fs';

// Whole public data sets lie beside the repository on the machine that develops it, and nowhere else.
const folder = new URL('../../../shared/data/', import.meta.url);

/** Whether a data set is here; its tests are skipped, and counted as skipped, where it is not. */
export const hasData = (name: string): boolean => existsSync(new URL(name, folder));

export const readData = (name: string): string => readFileSync(new URL(name, folder), 'utf8');

/** Records of a JSON array or of JSON lines. */
export function records(name: string): Record<string, unknown>[] {
  const text = readData(name);
  const parsed: unknown = name.endsWith('.jsonl')
    ? text
        .split('\n')
        .filter((line) => line !== '')
        .map((line): unknown => JSON.parse(line))
    : JSON.parse(text);
  if (!Array.isArray(parsed)) throw new Error(`${name} is not a list of records.`);
  return parsed.map((entry: unknown) => {
    if (typeof entry !== 'object' || entry === null)
      throw new Error(`${name} holds something that is no record.`);
    return Object.fromEntries(Object.entries(entry));
  });
}

export const stringOf = (value: unknown): string => (typeof value === 'string' ? value : '');

export const stringsOf = (value: unknown): string[] => (Array.isArray(value) ? value.map(stringOf) : []);
