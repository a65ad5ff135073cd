import type { Question } from '../dataset.ts';
import { isRecord, recordOf } from './fields.ts';
import type { FileRecord } from './fields.ts';

/** Where a column's value is kept already; "first" is the only gold answer. */
type Place = 'id' | 'question' | 'context' | 'gold' | 'first' | 'choices';

function sameList(value: unknown, list: readonly string[] | null): boolean {
  if (!Array.isArray(value) || list === null || value.length !== list.length) return false;
  return value.every((item, at) => item === list[at]);
}

function placeOf(value: unknown, question: Question): Place | null {
  if (typeof value === 'string') {
    if (value === question.question) return 'question';
    if (value === question.externalId) return 'id';
    if (question.gold.length === 1 && value === question.gold[0]) return 'first';
    return value === question.context ? 'context' : null;
  }
  if (sameList(value, question.gold)) return 'gold';
  return sameList(value, question.choices) ? 'choices' : null;
}

/**
 * What a row's record holds besides the question's metadata, as JSON: for each such column the field that holds the
 * same value (a text), or {"v": value}. Together with the question it gives the record back: `recordFrom`.
 */
export function sourceOf(record: FileRecord, question: Question): string {
  const columns = Object.entries(record).filter(
    ([name, value]) => !Object.hasOwn(question.metadata, name) || question.metadata[name] !== value,
  );
  return JSON.stringify(
    recordOf(columns.map(([name, value]) => [name, placeOf(value, question) ?? { v: value }])),
  );
}

function valueAt(place: unknown, question: Question): unknown {
  if (isRecord(place)) return place['v'];
  switch (place) {
    case 'id':
      return question.externalId;
    case 'question':
      return question.question;
    case 'context':
      return question.context;
    case 'gold':
      return question.gold;
    case 'first':
      return question.gold[0];
    case 'choices':
      return question.choices;
    default:
      return null;
  }
}

/** The record of a row, equal to the one that was read (so its SHA-256 is the row's); the order of columns may differ. */
export function recordFrom(source: FileRecord, question: Question): FileRecord {
  const columns = Object.entries(source).map(([name, place]) => [name, valueAt(place, question)] as const);
  return recordOf([
    ...columns,
    ...Object.entries(question.metadata).filter(([name]) => !Object.hasOwn(source, name)),
  ]);
}
