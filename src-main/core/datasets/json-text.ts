import { isRecord, recordOf } from '../../domain/datasets/fields.ts';

/** A reviver's third argument in ES2026, which tells how a primitive was written. */
interface ReviverContext {
  readonly source?: string;
}

/** Integers that a double cannot hold come through as the digits that were written: an id must stay what it is. */
function exactInteger(_key: string, value: unknown, context?: ReviverContext): unknown {
  const source = context?.source;
  const inexact = typeof value === 'number' && Number.isInteger(value) && !Number.isSafeInteger(value);
  return inexact && source !== undefined && /^-?\d+$/.test(source) ? source : value;
}

// A text that is not closed runs to the end: looked for again from each of its quotes, a megabyte of them took an hour.
const CONSTANTS = /"[^"\\]*(?:\\[\s\S]?[^"\\]*)*(?:"|$)|-?\b(?:NaN|Infinity)\b/g;

/** Python writes NaN and Infinity, which JSON has not: they become the texts "NaN" and "Infinity". */
function quoteConstants(text: string): string {
  return text.replaceAll(CONSTANTS, (token) => (token.startsWith('"') ? token : `"${token}"`));
}

/** No record of any program comes near; what is deeper cannot be written again (JSON.stringify recurses). */
const DEEPEST = 200;

function isDeeperThan(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (levels === 0) return true;
  for (const inner of Array.isArray(value) ? value : Object.values(value))
    if (isDeeperThan(inner, levels - 1)) return true;
  return false;
}

/** Half a pair of surrogates, which JSON can escape and no database or file in UTF-8 can hold. */
const SURROGATE = /\\u[dD][89a-fA-F]/;

/** With U+FFFD for halves of characters, so that a record is stored, hashed and written as what it is. */
function wellFormed(value: unknown): unknown {
  if (typeof value === 'string') return value.toWellFormed();
  if (Array.isArray(value)) return value.map(wellFormed);
  if (!isRecord(value)) return value;
  return recordOf(Object.entries(value).map(([name, inner]) => [name.toWellFormed(), wellFormed(inner)]));
}

function parse(text: string): unknown {
  const value: unknown = /\d{16}/.test(text) ? JSON.parse(text, exactInteger) : JSON.parse(text);
  if (isDeeperThan(value, DEEPEST)) throw new RangeError('nested too deeply');
  return SURROGATE.test(text) ? wellFormed(value) : value;
}

export type JsonResult =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly reason: string };

/**
 * Parses one JSON text as other programs write it: with NaN and Infinity (as texts), and with integers beyond 2^53 as
 * the digits written. The reason of a failure is a clause without the text itself.
 */
export function parseJson(text: string): JsonResult {
  try {
    return { ok: true, value: parse(text) };
  } catch (error) {
    if (/\b(?:NaN|Infinity)\b/.test(text)) {
      try {
        return { ok: true, value: parse(quoteConstants(text)) };
      } catch {
        // Reported as the first error, which names the place in the text as it is.
      }
    }
    return { ok: false, reason: reasonOf(error) };
  }
}

function reasonOf(error: unknown): string {
  if (error instanceof RangeError) return 'it is nested too deeply';
  const message = error instanceof Error ? error.message : '';
  const place = /at position (\d+)/.exec(message)?.[1];
  if (message.includes('Unexpected end')) return 'it ends too early';
  if (message.includes('Unterminated string')) return 'a text in it is not closed';
  if (message.includes('control character')) return 'a text in it contains a line break or control character';
  return place === undefined
    ? 'it is not valid JSON'
    : `it is not valid JSON from character ${Number(place) + 1} on`;
}
