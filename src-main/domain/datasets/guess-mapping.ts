import type { AnswerColumns, ColumnMapping } from '../dataset.ts';
import { markedChoices, readChoices } from './choices.ts';
import {
  ALIAS_NAMES,
  ANSWER_OR_GOLD_NAMES,
  CERTAIN_GOLD_NAMES,
  CHOICE_COLUMN_SETS,
  CHOICE_GOLD_NAMES,
  CHOICES_NAMES,
  CONTEXT_NAMES,
  GOLD_NAMES,
  ID_NAMES,
  plainName,
  QUESTION_NAMES,
} from './column-names.ts';
import { columnsOf, isMissing, isRecord, listOf, lookup, textOf } from './fields.ts';
import type { FileRecord } from './fields.ts';
import { guessAnswers } from './guess-answers.ts';

/** What is known besides the columns. */
export interface MappingHints {
  /** Names the system that answered where no column does: usually the file's name without its ending. */
  readonly system?: string;
  /** False for shapes whose reader brings the answers itself. */
  readonly answers?: boolean;
}

/** A mapping that maps nothing: where a user starts from scratch. */
export const NO_MAPPING: ColumnMapping = {
  id: null,
  question: null,
  context: null,
  gold: null,
  choices: null,
  goldSeparator: null,
  goldForm: 'text',
  answers: [],
};

export type Finder = (names: readonly string[]) => string | null;

/** Finds the first of some names among the columns, whatever the case and what divides their words; names come in order of preference. */
export function finder(columns: readonly string[], taken: ReadonlySet<string> = new Set()): Finder {
  const byName = new Map<string, string>();
  const byPlain = new Map<string, string>();
  const free = columns.filter((column) => !taken.has(column));
  // Backwards, so that of equal ones the first is kept.
  for (const column of free.toReversed()) {
    byName.set(column.trim().toLowerCase(), column);
    byPlain.set(plainName(column), column);
  }
  // A name as it is known comes before one that only reads like it.
  const columnOf = (name: string): string | undefined => byName.get(name) ?? byPlain.get(plainName(name));
  return (names) => names.map(columnOf).find((column) => column !== undefined) ?? null;
}

function valuesOf(samples: readonly FileRecord[], spec: string): unknown[] {
  const values = samples.flatMap((record) => columnsOf(spec, record).map((name) => lookup(record, name)));
  return values.filter((value) => !isMissing(value));
}

// Wrappers under which other programs keep the fields of a question.
const WRAPPERS = ['doc', 'vars', 'input', 'inputs', 'data', 'example', 'item', 'row', 'question'];

function nested(columns: readonly string[], names: readonly string[]): string | null {
  const wrapped = names.flatMap((name) => WRAPPERS.map((wrapper) => `${wrapper}.${name}`));
  return finder(columns)(wrapped);
}

/** Instruction data: the task is in "instruction", and "input" holds what it is to be done on, which is often nothing. */
function instructionWithInput(columns: readonly string[], samples: readonly FileRecord[]): string | null {
  const find = finder(columns);
  const instruction = find(['instruction']);
  const input = find(['input']);
  if (instruction === null || input === null) return null;
  if (valuesOf(samples, input).length === 0) return instruction;
  // One instruction for all of the file is how to answer; the questions are the inputs.
  const different = new Set(valuesOf(samples, instruction).map(textOf)).size;
  return different > 1 || samples.length < 2 ? instruction : null;
}

function guessQuestion(columns: readonly string[], samples: readonly FileRecord[]): string | null {
  const find = finder(columns);
  const instruction = instructionWithInput(columns, samples);
  if (instruction !== null) return instruction;
  for (const name of QUESTION_NAMES) {
    const column = find([name]);
    if (column === null) continue;
    const values = valuesOf(samples, column);
    if (values.some((value) => isRecord(value))) {
      const inner = nested(columns, QUESTION_NAMES);
      if (inner !== null) return inner;
    }
    // "turns" of MT-bench: the first turn is the question.
    if (name === 'turns' && values.some((value) => typeof listOf(value)[0] === 'string'))
      return `${column}[0]`;
    return column;
  }
  return nested(columns, QUESTION_NAMES) ?? (columns.length === 1 ? (columns[0] ?? null) : null);
}

function guessChoices(columns: readonly string[], samples: readonly FileRecord[]): string | null {
  const find = finder(columns);
  const works = (spec: string): boolean =>
    samples.length === 0 || samples.some((record) => readChoices(record, spec) !== null);
  const single = [...CHOICES_NAMES.map((name) => find([name])), nested(columns, CHOICES_NAMES)];
  for (const column of single) if (column !== null && works(column)) return column;
  // "answer_a" with "judge_a" is what a system said, however much it is called like a choice.
  const plain = new Set(columns.map(plainName));
  const isJudged = (column: string): boolean =>
    /^answer/i.test(column) && plain.has(plainName(column).replace(/^answer/, 'judge'));
  for (const set of CHOICE_COLUMN_SETS) {
    const present = set.map((name) => find([name]));
    const end = present.indexOf(null);
    const named = (end === -1 ? present : present.slice(0, end)).filter((name) => name !== null);
    if (named.length >= 2 && !named.some(isJudged) && works(named.join('|'))) return named.join('|');
  }
  return null;
}

function guessGold(
  columns: readonly string[],
  samples: readonly FileRecord[],
  question: string | null,
  choices: string | null,
): string | null {
  const find = finder(columns, new Set(question === null ? [] : [question]));
  if (choices !== null) {
    if (valuesOf(samples, choices).some((value) => markedChoices(value).length > 0)) return choices;
    return find(CHOICE_GOLD_NAMES) ?? nested(columns, CHOICE_GOLD_NAMES);
  }
  const numbered = find(GOLD_NAMES) === null ? numberedAnswers(columns) : null;
  const first = find(GOLD_NAMES) ?? nested(columns, GOLD_NAMES) ?? numbered ?? find(ANSWER_OR_GOLD_NAMES);
  // "answer" beside "ground_truth" is the system's answer (ragas before 0.2).
  const gold = first?.toLowerCase() === 'answer' ? (find(CERTAIN_GOLD_NAMES) ?? first) : first;
  const aliases = gold === null ? null : find(ALIAS_NAMES);
  return aliases === null || aliases === gold ? gold : `${gold}|${aliases}`;
}

/** "answer_0", "answer_1", …: one accepted answer a column. */
function numberedAnswers(columns: readonly string[]): string | null {
  const found = columns.filter((column) => /^answer[ _-]?\d{1,2}$/i.test(column));
  return found.length < 2 ? null : found.join('|');
}

function guessSeparator(gold: string | null, samples: readonly FileRecord[]): string | null {
  const texts = (gold === null ? [] : valuesOf(samples, gold)).filter((value) => typeof value === 'string');
  const name = gold?.toLowerCase() ?? '';
  if (name === 'golden_answer') return '/';
  if (/^(?:in)?correct[ _]answers$/.test(name)) return texts.some((text) => text.includes(';')) ? ';' : null;
  if (name === 'references') return texts.some((text) => text.includes('\n')) ? '\n' : null;
  return null;
}

function guessForm(gold: string | null, samples: readonly FileRecord[]): ColumnMapping['goldForm'] {
  const values = gold === null ? [] : valuesOf(samples, gold);
  if (values.length === 0) return 'text';
  if (values.every((value) => typeof value === 'string' && /(?:^|\n)####\s*\S/.test(value)))
    return 'after-hashes';
  const texts = values.map(textOf);
  const numbers = texts.every((text) => /^\s*[-+]?\d+(?:\.\d+)?\s*$/.test(text));
  return numbers && texts.some((text) => /\.0+\s*$/.test(text)) ? 'number' : 'text';
}

/**
 * Guesses which column feeds which field by the names that benchmarks and evaluation programs use, whatever the case,
 * and by the values of some records (lists of choices, "#### 18", "51.0", verdicts). Columns with dotted names are
 * nested fields. What fits nothing stays null, to be chosen by hand.
 */
export function guessMapping(
  columns: readonly string[],
  samples: readonly FileRecord[],
  hints: MappingHints = {},
): ColumnMapping {
  const find = finder(columns);
  const question = guessQuestion(columns, samples);
  const choices = guessChoices(columns, samples);
  const gold = guessGold(columns, samples, question, choices);
  const parts = [...(gold?.split('|') ?? []), ...(choices?.split('|') ?? [])];
  const used = new Set([question, gold, ...parts].filter((name) => name !== null));
  const answers: readonly AnswerColumns[] =
    hints.answers === false ? [] : guessAnswers(columns, samples, used, hints.system ?? null);
  for (const { answer, verdict } of answers)
    for (const name of [answer, verdict]) if (name !== null) used.add(name);
  return {
    id: find(ID_NAMES) ?? nested(columns, ID_NAMES),
    question,
    context:
      (instructionWithInput(columns, samples) === null ? null : find(['input'])) ??
      finder(columns, used)(CONTEXT_NAMES) ??
      nested(columns, CONTEXT_NAMES),
    gold,
    choices,
    goldSeparator: guessSeparator(gold, samples),
    goldForm: guessForm(gold, samples),
    answers,
  };
}
