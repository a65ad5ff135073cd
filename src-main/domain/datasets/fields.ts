/** A record of a file: names to values as JSON, CSV or Parquet gave them. */
export type FileRecord = Readonly<Record<string, unknown>>;

/** True for a plain object: not null, not a list. */
export function isRecord(value: unknown): value is FileRecord {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The value as a list of its own; an empty one when it is no list. */
export function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** The value when it is a text with something in it besides spaces, else null. */
export function filledText(value: unknown): string | null {
  return typeof value === 'string' && value.trim() !== '' ? value : null;
}

/** True for what files write when there is nothing: null, an empty text, NaN in its spellings. */
export function isMissing(value: unknown): boolean {
  if (value === null || value === undefined) return true;
  if (typeof value === 'number') return Number.isNaN(value);
  return typeof value === 'string' && (value.trim() === '' || value === 'nan' || value === 'NaN');
}

function steps(path: string): string[] {
  return path.replaceAll(/\[(\d+)\]/g, '.$1').split('.');
}

function stepInto(value: unknown, name: string): unknown {
  if (Array.isArray(value)) return /^\d+$/.test(name) ? value[Number(name)] : undefined;
  return isRecord(value) && Object.hasOwn(value, name) ? value[name] : undefined;
}

/**
 * The value at a column's path, undefined when there is none. A column whose name is the whole path wins over a
 * nested field, because headers may have dots in them.
 */
export function lookup(record: FileRecord, path: string): unknown {
  if (Object.hasOwn(record, path)) return record[path];
  const names = steps(path);
  if (names.length === 1) return undefined;
  for (let taken = names.length - 1; taken >= 1; taken--) {
    const head = names.slice(0, taken).join('.');
    if (!Object.hasOwn(record, head)) continue;
    const found = names.slice(taken).reduce(stepInto, record[head]);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** The columns that a mapping entry names: one, or several with "|" between them where no column has that name. */
export function columnsOf(spec: string, record: FileRecord): string[] {
  return spec.includes('|') && !Object.hasOwn(record, spec) ? spec.split('|') : [spec];
}

/** A value as text for a field or a list of examples: numbers and booleans as JSON writes them, objects as JSON. */
export function textOf(value: unknown): string {
  if (typeof value === 'string') return value;
  if (value === null || value === undefined) return '';
  if (typeof value === 'number' || typeof value === 'boolean' || typeof value === 'bigint')
    return String(value);
  return JSON.stringify(value) ?? '';
}

const DEEPEST_COLUMN = 3;

/**
 * The columns of some records in order of appearance: top-level names, and below each nested object its fields with
 * dotted names, three levels deep. Lists are one column.
 */
export function columnNames(records: readonly FileRecord[]): string[] {
  const names = new Set<string>();
  const walk = (value: FileRecord, prefix: string, depth: number): void => {
    for (const [key, inner] of Object.entries(value)) {
      const name = prefix + key;
      names.add(name);
      if (isRecord(inner) && depth < DEEPEST_COLUMN) walk(inner, `${name}.`, depth + 1);
    }
  };
  for (const record of records) walk(record, '', 1);
  return [...names];
}

/** Records keyed by name without prototype tricks: a field called "__proto__" stays a field. */
export function recordOf(entries: Iterable<readonly [string, unknown]>): Record<string, unknown> {
  return Object.fromEntries(entries);
}
