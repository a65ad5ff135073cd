import type { GgufHeader } from '../model.ts';

/** Reads metadata by the architecture's own prefix. */
export class MetadataReader {
  readonly #header: GgufHeader;

  constructor(header: GgufHeader) {
    this.#header = header;
  }

  /** A number, or the fallback. Of a list: its first. */
  number(key: string, fallback: number): number {
    const value = this.#value(key);
    if (typeof value === 'number') {
      return value;
    }
    if (Array.isArray(value)) {
      return Number(value[0] ?? fallback);
    }
    return fallback;
  }

  flag(key: string): boolean {
    const value = this.#value(key);
    return value === true || (typeof value === 'number' && value !== 0);
  }

  text(key: string): string | null {
    const value = this.#value(key);
    return typeof value === 'string' ? value : null;
  }

  has(key: string): boolean {
    return this.#value(key) !== undefined;
  }

  /** A list, one entry a layer; null when the key is missing or a single value. */
  list(key: string): readonly number[] | null {
    const value = this.#value(key);
    return Array.isArray(value) ? value.map(Number) : null;
  }

  /** One number a layer, from a list or from a single number. */
  perLayer(key: string, layers: number, fallback: readonly number[]): readonly number[] {
    const value = this.#value(key);
    if (typeof value === 'number') {
      return Array.from({ length: layers }, () => value);
    }
    if (Array.isArray(value)) {
      return Array.from({ length: layers }, (_, i) => Number(value[i] ?? fallback[i] ?? 0));
    }
    return fallback;
  }

  #value(key: string): GgufHeader['metadata'][string] | undefined {
    return this.#header.metadata[`${this.#header.architecture}.${key}`];
  }
}
