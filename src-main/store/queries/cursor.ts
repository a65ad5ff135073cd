import { z } from 'zod';

import type { AnswerQuery } from '../../domain/answer.ts';
import { StoreError } from '../api.ts';

/** The last row of a page: its sort key (null where it has none) and its item's position. */
export interface Place {
  readonly key: number | null;
  readonly position: number;
}

// The order is part of it: a cursor of another order would skip and repeat rows without a word.
const shape = z.tuple([z.string(), z.number().nullable(), z.int().nonnegative()]);

function orderOf(query: AnswerQuery): string {
  return `${query.sort}:${query.descending ? 'd' : 'a'}:${query.sort === 'pCorrect' ? query.sortJudgeId : ''}`;
}

export function writeCursor(query: AnswerQuery, place: Place): string {
  return Buffer.from(JSON.stringify([orderOf(query), place.key, place.position])).toString('base64url');
}

/** @throws StoreError 'not-found' when the cursor is of another order, or none of ours. */
export function readCursor(query: AnswerQuery): Place | null {
  if (query.cursor === null) return null;
  const [, from] = /^@(\d{1,9})$/.exec(query.cursor) ?? [];
  if (from !== undefined && query.sort === 'position' && !query.descending) {
    return Number(from) === 0 ? null : { key: null, position: Number(from) - 1 };
  }
  const parsed = shape.safeParse(jsonOrNull(Buffer.from(query.cursor, 'base64url').toString('utf8')));
  if (!parsed.success || parsed.data[0] !== orderOf(query)) {
    throw new StoreError(
      'not-found',
      'This page belongs to a list in another order. Go back to the first page.',
    );
  }
  return { key: parsed.data[1], position: parsed.data[2] };
}

function jsonOrNull(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
