/** Reads plain values of a JSON file that a user may edit; every problem names the place and what belongs there. */
export class PlainReader {
  readonly #record: Readonly<Record<string, unknown>>;
  readonly #where: string;

  constructor(value: unknown, where: string) {
    if (!isRecord(value)) {
      throw new Error(`${where} must be an object.`);
    }
    this.#record = value;
    this.#where = where;
  }

  text(key: string): string {
    const value = this.#record[key];
    if (typeof value !== 'string' || value.trim() === '') {
      throw new Error(`${this.#where}: "${key}" must be text.`);
    }
    return value;
  }

  /** A number of at least `least`. */
  number(key: string, least: number): number {
    const value = this.#record[key];
    if (typeof value !== 'number' || !Number.isFinite(value) || value < least) {
      throw new Error(`${this.#where}: "${key}" must be a number of at least ${least}.`);
    }
    return value;
  }

  flag(key: string): boolean {
    return this.#record[key] === true;
  }

  texts(key: string): string[] {
    const value = this.#record[key];
    if (value === undefined) {
      return [];
    }
    if (!Array.isArray(value) || !value.every((v) => typeof v === 'string')) {
      throw new Error(`${this.#where}: "${key}" must be a list of texts.`);
    }
    return value;
  }

  /** One of `choices`. */
  choice<T extends string>(key: string, choices: readonly T[]): T {
    const value = this.#record[key];
    const found = choices.find((c) => c === value);
    if (found === undefined) {
      throw new Error(`${this.#where}: "${key}" must be one of ${choices.join(', ')}.`);
    }
    return found;
  }

  has(key: string): boolean {
    return this.#record[key] !== undefined;
  }

  /** An object inside this one. */
  inner(key: string): PlainReader {
    return new PlainReader(this.#record[key], `${this.#where}, ${key}`);
  }

  list<T>(key: string, read: (item: PlainReader) => T): T[] {
    const value = this.#record[key];
    if (!Array.isArray(value)) {
      throw new Error(`${this.#where}: "${key}" must be a list.`);
    }
    return value.map((item, i) => read(new PlainReader(item, `${this.#where}, ${key}[${i}]`)));
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
