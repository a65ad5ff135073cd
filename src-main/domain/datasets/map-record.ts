import type { AnswerColumns, ColumnMapping, ImportedAnswer, ImportedVerdict, Question } from '../dataset.ts';
import { markedChoices, readChoices, resolveChoice } from './choices.ts';
import type { Choices } from './choices.ts';
import { columnsOf, filledText, isMissing, isRecord, listOf, lookup, recordOf, textOf } from './fields.ts';
import type { FileRecord } from './fields.ts';
import { contextText } from './context-text.ts';
import { goldAnswers } from './gold.ts';
import { messageText } from './messages.ts';
import { parseVerdictLabel } from './verdict-labels.ts';

/** A record read through a mapping. `remarks` are sentences about a record that is kept all the same. */
export type MappedRecord =
  | {
      readonly ok: true;
      readonly question: Question;
      readonly answers: readonly ImportedAnswer[];
      readonly remarks: readonly string[];
    }
  | { readonly ok: false; readonly problem: string };

const isUser = (role: unknown): boolean => role === 'user' || role === 'human';

/** A question as text: a text, the last turn of the user in a list of messages, the first text of a list of turns. */
function questionText(value: unknown): string | null {
  if (Array.isArray(value)) {
    const user = value.findLast((turn) => isRecord(turn) && isUser(turn['role'] ?? turn['from']));
    if (user !== undefined) return filledText(messageText(user));
    return filledText(value.find((turn) => typeof turn === 'string'));
  }
  if (isRecord(value)) return filledText(value['text'] ?? value['question']);
  return filledText(typeof value === 'string' ? value : textOf(value));
}

function goldValues(record: FileRecord, spec: string | null): unknown[] {
  return spec === null ? [] : columnsOf(spec, record).map((name) => lookup(record, name));
}

function goldOf(record: FileRecord, mapping: ColumnMapping): string[] {
  const reading = { separator: mapping.goldSeparator, form: mapping.goldForm };
  return [...new Set(goldValues(record, mapping.gold).flatMap((value) => goldAnswers(value, reading)))];
}

/** Columns sol1, sol2 or choice1, choice2 with a "label", as in PIQA and COPA: 0 is the first, whatever the columns are called. */
function countsFromZero({ gold, choices }: ColumnMapping): boolean {
  return gold?.toLowerCase() === 'label' && /^[a-z]+_?1\|/i.test(choices ?? '');
}

/** Golds of a multiple-choice record as texts of choices; null when one of them names no choice. */
function chosenGold(record: FileRecord, mapping: ColumnMapping, choices: Choices): string[] | null {
  const values = goldValues(record, mapping.gold).filter((value) => !isMissing(value));
  const known = countsFromZero(mapping)
    ? { ...choices, labels: choices.texts.map((_, at) => String(at)) }
    : choices;
  // The right choice has a column of its own among the choices (GPQA): its text is the answer, whatever it reads like.
  if (
    mapping.gold !== null &&
    mapping.choices?.split('|').includes(mapping.gold) === true &&
    values.length > 0
  ) {
    const own = values.flatMap(markedChoices);
    return own.length > 0 ? own : values.map((value) => textOf(value).trim());
  }
  const marked = values.flatMap(markedChoices);
  if (marked.length > 0) return marked;
  const found = values
    .flatMap((value) => (Array.isArray(value) ? value : [value]))
    .map((value) => resolveChoice(value, known));
  const texts = found.filter((text) => text !== null);
  return texts.length === found.length ? [...new Set(texts)] : null;
}

function importedVerdict(record: FileRecord, columns: AnswerColumns): ImportedVerdict[] {
  const value = columns.verdict === null ? null : lookup(record, columns.verdict);
  const parsed = parseVerdictLabel(value, columns.verdictLabels);
  if (parsed === null) return [];
  const text = typeof value === 'string' ? value : null;
  const reason = parsed.verdict === 'unparsed' || (text !== null && text.length > 16) ? text : null;
  return [{ judge: columns.judge, human: columns.human, ...parsed, reason }];
}

/** "{model}" reads the system's name from the record. */
function systemName(record: FileRecord, columns: AnswerColumns): string {
  const column = /^\{(.+)\}$/.exec(columns.system)?.[1];
  return column === undefined ? columns.system : (filledText(textOf(lookup(record, column))) ?? column);
}

/** Answers of one record. Entries with the same system and column are one answer with several verdicts. */
function answersOf(record: FileRecord, mapping: ColumnMapping): ImportedAnswer[] {
  const found = new Map<string, ImportedAnswer>();
  for (const columns of mapping.answers) {
    const value = lookup(record, columns.answer);
    const texts = Array.isArray(value) ? listOf(value) : [value];
    const verdicts = importedVerdict(record, columns);
    const system = systemName(record, columns);
    for (const [sampleIndex, item] of texts.entries()) {
      if (item === null || item === undefined) continue;
      const text = isRecord(item) ? messageText(item) : textOf(item);
      const key = JSON.stringify([system, columns.answer, sampleIndex]);
      const before = found.get(key)?.verdicts ?? [];
      found.set(key, {
        system,
        text,
        sampleIndex,
        prompt: null,
        tokenLogprobs: null,
        verdicts: [...before, ...verdicts],
      });
    }
  }
  return [...found.values()];
}

/**
 * Top-level columns that the mapping takes whole; what only partly feeds a field (a list of messages of which one is
 * the question) stays in the metadata.
 */
function takenColumns(record: FileRecord, mapping: ColumnMapping): Set<string> {
  const whole = listOf(mapping.question === null ? null : lookup(record, mapping.question)).length < 2;
  const question = whole ? mapping.question : null;
  const specs = [mapping.id, question, mapping.context, mapping.gold, mapping.choices];
  const named = specs.flatMap((spec) => (spec === null ? [] : columnsOf(spec, record)));
  return new Set([
    ...named,
    ...mapping.answers.flatMap(({ answer, verdict }) => [answer, verdict ?? answer]),
  ]);
}

/**
 * Reads a record through a mapping: the question with its gold answers as a list, the answers and verdicts that came
 * with it, and remarks (no gold, a gold that is none of the choices). A problem when it has no question.
 */
export function mapRecord(record: FileRecord, mapping: ColumnMapping): MappedRecord {
  if (mapping.question === null) return { ok: false, problem: 'No column is mapped to the question.' };
  const question = questionText(lookup(record, mapping.question));
  if (question === null)
    return { ok: false, problem: `The question is empty (column "${mapping.question}").` };
  const remarks: string[] = [];
  const choices = mapping.choices === null ? null : readChoices(record, mapping.choices);
  const chosen = choices === null ? null : chosenGold(record, mapping, choices);
  const gold = chosen ?? goldOf(record, mapping);
  if (gold.length === 0 && mapping.gold !== null)
    remarks.push(`No gold answer (column "${mapping.gold}" is empty).`);
  if (choices !== null && chosen === null && gold.length > 0) {
    remarks.push(`The gold answer "${gold.join('", "').slice(0, 80)}" is none of the choices.`);
  }
  if (mapping.choices !== null && choices === null) remarks.push(`No choices (column "${mapping.choices}").`);
  const taken = takenColumns(record, mapping);
  const id = mapping.id === null ? null : lookup(record, mapping.id);
  return {
    ok: true,
    question: {
      externalId: isMissing(id) ? null : textOf(id),
      question: question.trim(),
      context: mapping.context === null ? null : contextText(lookup(record, mapping.context)),
      gold,
      choices: choices?.texts ?? null,
      metadata: recordOf(Object.entries(record).filter(([name]) => !taken.has(name))),
    },
    answers: answersOf(record, mapping),
    remarks,
  };
}
