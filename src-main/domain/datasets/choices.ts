import { columnsOf, isMissing, isRecord, listOf, lookup, textOf } from './fields.ts';
import type { FileRecord } from './fields.ts';

export interface Choices {
  readonly texts: readonly string[];
  /** What the file calls each choice: its own labels, else the letters A, B, C…. Same length as `texts`. */
  readonly labels: readonly string[];
}

const letter = (index: number): string => String.fromCodePoint(65 + index);

function labelled(texts: readonly string[], labels: readonly string[]): Choices | null {
  if (texts.length < 2) return null;
  return { texts, labels: texts.map((_, index) => labels[index] ?? letter(index)) };
}

/** "A)21", "(B) rain", "C. snow" in the files that write the letter into the choice (AQuA, exam dumps). */
function withoutOwnLetters(texts: readonly string[]): string[] | null {
  const stripped = texts.map((text, index) => {
    const match = /^\s*\(?([A-Za-z])[).:]\s*(.+)$/s.exec(text);
    return match?.[1]?.toUpperCase() === letter(index) ? match[2] : undefined;
  });
  return stripped.every((text) => text !== undefined) ? stripped : null;
}

function fromList(items: readonly unknown[]): Choices | null {
  const texts = items.map((item) => textOf(isRecord(item) ? (item['text'] ?? item['content']) : item).trim());
  if (texts.some((text) => text === '')) return null;
  const labels = items.map((item) => (isRecord(item) ? textOf(item['label'] ?? item['key']) : ''));
  if (labels.every((label) => label !== '')) return labelled(texts, labels);
  return labelled(withoutOwnLetters(texts) ?? texts, []);
}

function fromObject(value: FileRecord): Choices | null {
  const texts = listOf(value['text'] ?? value['choices'] ?? value['texts']);
  if (texts.length > 0) {
    const labels = listOf(value['label']).map(textOf);
    return labelled(texts.map(textOf), labels.length === texts.length ? labels : []);
  }
  const entries = Object.entries(value).filter(([, text]) => !isMissing(text));
  const plain = entries.every(([key, text]) => /^\w{1,2}$/.test(key) && typeof text === 'string');
  return plain
    ? labelled(
        entries.map(([, text]) => textOf(text)),
        entries.map(([key]) => key),
      )
    : null;
}

function fromText(text: string): Choices | null {
  try {
    const parsed: unknown = JSON.parse(text);
    if (Array.isArray(parsed)) return fromList(parsed);
    return isRecord(parsed) ? fromObject(parsed) : null;
  } catch {
    const lines = text.split('\n').filter((line) => line.trim() !== '');
    return lines.length >= 2 ? fromList(lines) : null;
  }
}

/** Labels told by the names of columns that hold one choice each: A, option1, opa, answerA (Social IQa counts from 1). */
function columnLabels(columns: readonly string[]): string[] {
  if (columns.every((name) => /^answer[a-e]$/i.test(name)))
    return columns.map((_, index) => String(index + 1));
  const ends = columns.map((name) => /(?:^|[^a-z])([a-j])$|op([a-e])$|(\d)$/i.exec(name));
  const labels = ends.map((end) => (end?.[1] ?? end?.[2] ?? end?.[3] ?? '').toUpperCase());
  return labels.every((label) => label !== '') ? labels : [];
}

/**
 * The choices of a record: a list of texts, {text: […], label: […]} (ARC), {A: …, B: …}, one of these written into a
 * cell, or several columns named "A|B|C|D". Null when there are fewer than two.
 */
export function readChoices(record: FileRecord, spec: string): Choices | null {
  const columns = columnsOf(spec, record);
  if (columns.length > 1) {
    const texts = columns.map((name) => textOf(lookup(record, name)).trim());
    // Trailing choices may be left empty (three answers in a file with columns for four).
    const filled = texts.findLastIndex((text) => text !== '') + 1;
    return labelled(texts.slice(0, filled), columnLabels(columns));
  }
  const value = lookup(record, spec);
  if (Array.isArray(value)) return fromList(value);
  if (isRecord(value)) return fromObject(value);
  return typeof value === 'string' ? fromText(value) : null;
}

/**
 * The right choice's text for a gold that is the choice's label ("B", or the file's own "3"), its index from 0, or its
 * text. A number is an index unless it is a label; of a text in digits, the choice that reads so comes before the
 * index. Null when it is none of the choices.
 */
export function resolveChoice(gold: unknown, choices: Choices): string | null {
  const wanted = textOf(gold)
    .trim()
    .replace(/^\(([A-Za-z])\)$|^([A-Za-z])[).]$/, '$1$2');
  const byLabel = choices.labels.findIndex((label) => label.toLowerCase() === wanted.toLowerCase());
  if (byLabel !== -1) return choices.texts[byLabel] ?? null;
  const index = /^\d+(?:\.0)?$/.test(wanted) ? Number(wanted) : -1;
  if (typeof gold === 'number' || typeof gold === 'bigint') return choices.texts[index] ?? null;
  const same = choices.texts.find((text) => text.trim().toLowerCase() === wanted.toLowerCase());
  return same ?? choices.texts[index] ?? null;
}

/** Golds for {choices, labels} where labels are 0 and 1 (TruthfulQA's mc1 and mc2, HellaSwag's like): the 1s. */
export function markedChoices(value: unknown): string[] {
  if (!isRecord(value)) return [];
  const marks = listOf(value['labels']);
  const texts = listOf(value['choices'] ?? value['text']);
  if (marks.length !== texts.length || !marks.every((mark) => mark === 0 || mark === 1)) return [];
  return texts.filter((_, index) => marks[index] === 1).map(textOf);
}
