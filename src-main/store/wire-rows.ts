import type { NewImportedAnswer, StoreArgs } from './api.ts';
import { sha256Bytes } from './ids.ts';

/** Texts of a row, in the order in which `PackedRows.cells` has them: as they are stored. */
export interface RowCells {
  readonly externalId: string | null;
  readonly question: string;
  /** JSON string[]. */
  readonly gold: string;
  readonly goldText: string;
  readonly choices: string | null;
  readonly context: string | null;
  /** JSON. */
  readonly metadata: string;
  readonly source: string | null;
}

/** One row as it arrives in the writing thread. */
export interface WireRow extends RowCells {
  /** Null takes the next free one. */
  readonly position: number | null;
  readonly line: number;
  readonly sha: Buffer;
  readonly sameQuestion: boolean;
  readonly hasGold: boolean;
  readonly answers: readonly NewImportedAnswer[];
}

const CELLS = 8;
const NUMBERS = 3;
const SHA_BYTES = 32;
const SAME_QUESTION = 1;
const HAS_GOLD = 2;
const NO_POSITION = -1;

/**
 * Rows packed for the way: one flat list of the texts that are stored, and numbers and hashes in buffers that are handed over. Cloning
 * the rows as objects took the two threads together a third of an import.
 */
export interface PackedRows {
  readonly datasetId: number;
  readonly count: number;
  readonly cells: readonly (string | null)[];
  readonly numbers: Float64Array<ArrayBuffer>;
  readonly shas: Uint8Array<ArrayBuffer>;
  /** By row, null where it brought none. */
  readonly answers: readonly (readonly NewImportedAnswer[] | null)[];
}

/** Throws StoreError where a hash is none. */
export function packRows({ datasetId, rows }: StoreArgs<'datasets.append'>): PackedRows {
  const cells: (string | null)[] = [];
  const numbers = new Float64Array(rows.length * NUMBERS);
  const shas = new Uint8Array(rows.length * SHA_BYTES);
  const answers = rows.map((row, at) => {
    const { question } = row;
    const { gold, choices } = question;
    cells.push(
      question.externalId,
      question.question,
      JSON.stringify(gold),
      gold.join('\n'),
      choices === null ? null : JSON.stringify(choices),
      question.context,
      JSON.stringify(question.metadata),
      row.source ?? null,
    );
    const same = row.sameQuestion === true ? SAME_QUESTION : 0;
    numbers.set(
      [row.position ?? NO_POSITION, row.line, same + (gold.length > 0 ? HAS_GOLD : 0)],
      at * NUMBERS,
    );
    shas.set(sha256Bytes(row.rowSha256), at * SHA_BYTES);
    return row.answers.length === 0 ? null : row.answers;
  });
  return { datasetId, count: rows.length, cells, numbers, shas, answers };
}

/** The rows of a pack in their order. */
export function* unpackRows({ count, cells, numbers, shas, answers }: PackedRows): Generator<WireRow> {
  for (let at = 0; at < count; at += 1) {
    const text = (cell: number): string | null => cells[at * CELLS + cell] ?? null;
    const [position = NO_POSITION, line = 0, flags = 0] = numbers.subarray(at * NUMBERS, (at + 1) * NUMBERS);
    yield {
      externalId: text(0),
      question: text(1) ?? '',
      gold: text(2) ?? '[]',
      goldText: text(3) ?? '',
      choices: text(4),
      context: text(5),
      metadata: text(6) ?? '{}',
      source: text(7),
      position: position === NO_POSITION ? null : position,
      line,
      sha: Buffer.from(shas.buffer, shas.byteOffset + at * SHA_BYTES, SHA_BYTES),
      sameQuestion: (flags & SAME_QUESTION) !== 0,
      hasGold: (flags & HAS_GOLD) !== 0,
      answers: answers[at] ?? [],
    };
  }
}
