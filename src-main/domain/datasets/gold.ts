import type { ColumnMapping } from '../dataset.ts';
import { splitAliases } from './aliases.ts';
import { isMissing, isRecord, textOf } from './fields.ts';
import { parseListLiteral } from './list-literal.ts';

export interface GoldReading {
  readonly separator: string | null;
  readonly form: ColumnMapping['goldForm'];
}

/**
 * The final answer of a GSM8K solution: what follows the last "####", without thousands separators. Null when the
 * text has no such mark.
 */
function afterHashes(text: string): string | null {
  const at = text.lastIndexOf('####');
  if (at === -1) return null;
  const answer = text.slice(at + 4).trim();
  return answer.replaceAll(/(?<=\d),(?=\d{3}(?!\d))/g, '');
}

/** "51.0" is 51 written by a program that only knows floats. Other texts stay as they are. */
function withoutTrailingZero(text: string): string {
  return /^\s*[-+]?\d+\.0+\s*$/.test(text) ? text.trim().replace(/\.0+$/, '') : text;
}

// pandas writes a SQuAD answer into a cell as {'text': array(['x'], dtype=object), 'answer_start': array([1])}.
const PRINTED_SQUAD = /^\s*\{\s*['"]text['"]\s*:\s*(array\([^)]*\)|\[[^\]]*\])/;

function fromText(text: string, reading: GoldReading): string[] {
  const list = parseListLiteral(PRINTED_SQUAD.exec(text)?.[1] ?? text);
  if (list !== null) return list;
  if (reading.form === 'after-hashes') return [afterHashes(text) ?? text];
  const read = reading.form === 'number' ? withoutTrailingZero(text) : text;
  return reading.separator === null ? [read] : splitAliases(read, reading.separator);
}

// In the order in which the forms of TriviaQA, SQuAD, DROP, Natural Questions and chat messages are tried.
const TEXT_KEYS = ['value', 'Value', 'text', 'answer', 'content', 'label', 'number'];
const LIST_KEYS = ['aliases', 'Aliases', 'HumanAnswers', 'answers', 'spans'];
const LAST_KEYS = ['normalized_aliases', 'NormalizedAliases', 'normalized_value', 'NormalizedValue'];

function fromObject(value: Readonly<Record<string, unknown>>, reading: GoldReading): string[] {
  const take = (keys: readonly string[]): string[] =>
    keys.flatMap((key) => (Object.hasOwn(value, key) ? flatten(value[key], reading) : []));
  const named = [...take(TEXT_KEYS), ...take(LIST_KEYS)].filter((text) => !isMissing(text));
  if (named.length > 0) return named;
  const normalised = take(LAST_KEYS).filter((text) => !isMissing(text));
  if (normalised.length > 0) return normalised;
  // Nothing of the known forms: an object without any of these keys is shown as it is, rather than lost.
  const known = [...TEXT_KEYS, ...LIST_KEYS, ...LAST_KEYS].some((key) => Object.hasOwn(value, key));
  return known || Object.keys(value).length === 0 ? [] : [textOf(value)];
}

function flatten(value: unknown, reading: GoldReading): string[] {
  if (isMissing(value)) return [];
  if (typeof value === 'string') return fromText(value, reading);
  if (typeof value === 'boolean') return value ? ['yes', 'true'] : ['no', 'false'];
  if (Array.isArray(value)) return value.flatMap((item) => flatten(item, reading));
  if (isRecord(value)) return fromObject(value, reading);
  return [textOf(value)];
}

/**
 * Every accepted answer in a gold value, in the file's order: a text (split or cut as the mapping says), a number, a
 * list, a list of lists (BioASQ: synonyms of several items), an object in the manner of SQuAD, TriviaQA or DROP, a
 * list written into a cell. true and false become "yes" and "no" with their own spelling beside them. Trimmed,
 * without empty texts, "nan" and repetitions; an empty list when there is none.
 */
export function goldAnswers(value: unknown, reading: GoldReading): string[] {
  const texts = flatten(value, reading).map((text) => text.trim());
  return [...new Set(texts.filter((text) => !isMissing(text)))];
}
