/** Readers of search parameters: anything may stand in an address, so each value is checked before it is used. */

export type SearchRecord = Record<string, unknown>;

/**
 * A reader whose left-out parameters are gone. The router lays what is read over the address as it stood: without this a value that
 * was refused, "run=abc", would reach the page all the same.
 */
export function onlyKnown<S extends object>(read: (search: SearchRecord) => S): (search: SearchRecord) => S {
  return (search) => ({
    ...Object.fromEntries(Object.keys(search).map((key) => [key, undefined])),
    ...read(search),
  });
}

/** A whole number ≥ 0, also from text; undefined when it is anything else. */
export function intParam(value: unknown): number | undefined {
  const number = typeof value === 'string' && value !== '' ? Number(value) : value;
  return typeof number === 'number' && Number.isSafeInteger(number) && number >= 0 ? number : undefined;
}

/** A row by its number as people see it, from 1; the position in a table is one less. */
export const rowParam = (value: unknown): number | undefined => intParam(value) || undefined;

/** Text; the router reads "12" as a number, which is text here again. Empty text is as good as none. */
export function textParam(value: unknown): string | undefined {
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** True only when true; false is left out of addresses. */
export function flagParam(value: unknown): true | undefined {
  return value === true || value === 'true' || value === 1 ? true : undefined;
}

/** One of the given words. */
export function oneOfParam<const T extends string>(value: unknown, words: readonly T[]): T | undefined {
  return words.find((word) => word === value);
}

/** A list of texts; one text is a list of one. Empty lists are left out. */
export function listParam(value: unknown): string[] | undefined {
  const items = Array.isArray(value) ? value : [value];
  const texts = items.map((item) => textParam(item)).filter((item) => item !== undefined);
  return texts.length > 0 ? texts : undefined;
}

type Compact<T> = { [K in keyof T]?: Exclude<T[K], undefined> };

/** The same record without its undefined values: addresses stay short and exact optional types hold. */
export function compact<T extends object>(record: T): Compact<T>;
export function compact(record: object): object {
  return Object.fromEntries(Object.entries(record).filter(([, value]) => value !== undefined));
}
