import type { ColumnMapping, ImportedRow, RowProblem } from '../../domain/dataset.ts';
import { adapterOf } from '../../domain/datasets/adapt/index.ts';
import type { AdaptContext, Adapted, AdaptResult } from '../../domain/datasets/adapt/adapted.ts';
import { mapRecord } from '../../domain/datasets/map-record.ts';
import type { Shape } from '../../domain/datasets/shapes.ts';
import { isProblem } from './raw.ts';
import type { RawItem } from './raw.ts';

/** Ids remembered to notice repeated ones; beyond this many only the remembered ones are compared. */
const IDS_REMEMBERED = 200_000;

export interface RowReader {
  /** The rows and problems that a record comes to. */
  readonly take: (item: RawItem) => (ImportedRow | RowProblem)[];
  /** What can only be said at the end: ids used more than once. */
  readonly end: () => RowProblem[];
  /** Records that brought no row on purpose, by reason. */
  readonly skipped: ReadonlyMap<string, number>;
}

/** A 53-bit hash (cyrb53, public domain): ten million keys fit in memory as numbers. */
function hash53(text: string): number {
  let high = 0xdeadbeef;
  let low = 0x41c6ce57;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    high = Math.imul(high ^ code, 2_654_435_761);
    low = Math.imul(low ^ code, 1_597_334_677);
  }
  high = Math.imul(high ^ (high >>> 16), 2_246_822_507) ^ Math.imul(low ^ (low >>> 13), 3_266_489_909);
  low = Math.imul(low ^ (low >>> 16), 2_246_822_507) ^ Math.imul(high ^ (high >>> 13), 3_266_489_909);
  return 4_294_967_296 * (2_097_151 & low) + (high >>> 0);
}

/** Tells a record that brings further answers to a question from one that gives the question again. */
function createRepeats(): (row: Adapted) => boolean {
  const questions = new Set<number>();
  const answered = new Set<number>();
  return ({ key, answers }) => {
    if (key === null) return false;
    const question = hash53(key);
    const slots = answers.map(({ system, sampleIndex }) =>
      hash53(JSON.stringify([key, system, sampleIndex])),
    );
    const known = questions.has(question);
    // The same system answers the same question again in the same sample: that is a second row, not a second answer.
    const again = slots.some((slot) => answered.has(slot)) || slots.length === 0;
    questions.add(question);
    for (const slot of slots) answered.add(slot);
    return known && !again;
  };
}

interface IdWatch {
  readonly see: (id: string | null, line: number) => void;
  readonly report: () => RowProblem[];
}

function createIdWatch(): IdWatch {
  const lines = new Map<string, number>();
  let first: { id: string; line: number; before: number } | null = null;
  let repeats = 0;
  const see = (id: string | null, line: number): void => {
    if (id === null) return;
    const before = lines.get(id);
    if (before === undefined) {
      if (lines.size < IDS_REMEMBERED) lines.set(id, line);
      return;
    }
    repeats++;
    first ??= { id, line, before };
  };
  const report = (): RowProblem[] => {
    if (first === null) return [];
    const { id, line, before } = first;
    const many = repeats === 1 ? 'one record repeats' : `${repeats} records repeat`;
    const problem = `The id "${id.slice(0, 60)}" of line ${before} comes again on line ${line}; in all ${many} an id. Each was kept as a row of its own.`;
    return [{ line, problem, kept: true }];
  };
  return { see, report };
}

/** Turns records of a container into rows through a shape's adapter and a mapping. Never throws for what they hold. */
export function createRowReader(shape: Shape, mapping: ColumnMapping, context: AdaptContext): RowReader {
  const adapt = adapterOf(shape);
  const repeats = createRepeats();
  const ids = createIdWatch();
  const skipped = new Map<string, number>();

  const rowOf = (line: number, adapted: Adapted): (ImportedRow | RowProblem)[] => {
    const { question } = adapted;
    const mapped =
      question === undefined
        ? mapRecord(adapted.record, mapping)
        : ({ ok: true, question, answers: [], remarks: [] } as const);
    if (!mapped.ok) return [{ line, problem: `Line ${line} was left out: ${lowerFirst(mapped.problem)}` }];
    const sameQuestion = repeats(adapted);
    if (!sameQuestion) ids.see(mapped.question.externalId, line);
    const row: ImportedRow = {
      line,
      question: mapped.question,
      record: adapted.record,
      answers: [...adapted.answers, ...mapped.answers],
      ...(sameQuestion ? { sameQuestion } : {}),
    };
    const remarks = sameQuestion ? [] : mapped.remarks;
    return [row, ...remarks.map((remark) => ({ line, problem: `Line ${line}: ${remark}`, kept: true }))];
  };

  const take = (item: RawItem): (ImportedRow | RowProblem)[] => {
    if (isProblem(item)) return [item];
    const { line, value } = item;
    let result: AdaptResult;
    try {
      result = adapt(value, context);
      if (result.skipped !== undefined) skipped.set(result.skipped, (skipped.get(result.skipped) ?? 0) + 1);
      const rows = result.rows.flatMap((adapted) => rowOf(line, adapted));
      return result.problem === undefined
        ? rows
        : [...rows, { line, problem: `Line ${line} was left out: ${lowerFirst(result.problem)}` }];
    } catch (error) {
      // Only nesting beyond the stack gets here; the record is lost, the file is not.
      if (!(error instanceof RangeError)) throw error;
      return [{ line, problem: `Line ${line} was left out: it is nested too deeply.` }];
    }
  };

  return { take, end: ids.report, skipped };
}

function lowerFirst(sentence: string): string {
  return sentence.slice(0, 1).toLowerCase() + sentence.slice(1);
}
