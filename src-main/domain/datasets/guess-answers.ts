import type { AnswerColumns } from '../dataset.ts';
import { ANSWER_NAMES, isNamed, SYSTEM_NAMES, VERDICT_NAMES } from './column-names.ts';
import { isMissing, lookup } from './fields.ts';
import type { FileRecord } from './fields.ts';
import { parseVerdictLabel, verdictScheme } from './verdict-labels.ts';

const HUMAN = /human|annotat|acceptable/i;

function present(samples: readonly FileRecord[], column: string): unknown[] {
  return samples.map((record) => lookup(record, column)).filter((value) => !isMissing(value));
}

/** "answer_gpt4" with "judge_gpt4", or with other words in front. In EVOUNA's files people are the judges. */
function pairedColumns(columns: readonly string[], people: boolean): AnswerColumns[] {
  return columns.flatMap((column) => {
    const system = /^(?:answer|response|prediction|output)[_ -](.+)$/i.exec(column)?.[1];
    if (system === undefined) return [];
    const judged = columns.find((other) => {
      const rest = /^(human|judge|judgment|verdict|correct|label)[_ -](.+)$/i.exec(other);
      return rest?.[2]?.toLowerCase() === system.toLowerCase();
    });
    // Lone "answer_start", "answer_idx", "output_tokens" are no answers: only a pair tells.
    if (judged === undefined) return [];
    const human = HUMAN.test(judged) || (people && /^judge_/i.test(judged));
    return [{ system, answer: column, verdict: judged, judge: human ? 'human' : judged, human }];
  });
}

/** promptfoo's table: a column "[provider] prompt" a system, each followed by a column "Status" of its own. */
function promptfooColumns(columns: readonly string[]): AnswerColumns[] {
  const systems = columns.filter((column) => /^\[[^\]]+\] /.test(column));
  return systems.flatMap((answer, at) => {
    const verdict = at === 0 ? 'Status' : `Status (${at + 1})`;
    if (!columns.includes(verdict)) return [];
    const provider = /^\[([^\]]+)\]/.exec(answer)?.[1] ?? answer;
    const again = systems.slice(0, at).some((other) => other.startsWith(`[${provider}] `));
    return [{ system: again ? answer : provider, answer, verdict, judge: 'promptfoo', human: false }];
  });
}

/** A column of a judge's replies: nearly all begin with yes or no as a sentence, whatever the column is called. */
function holdsReplies(values: readonly unknown[]): boolean {
  const texts = values.filter((value) => typeof value === 'string' && /^\W*(?:yes|no)\b\W/i.test(value));
  const read = texts.filter((text) => parseVerdictLabel(text)?.verdict !== 'unparsed');
  return values.length > 0 && read.length >= 0.7 * values.length;
}

function verdictsFor(
  columns: readonly string[],
  samples: readonly FileRecord[],
  answer: string,
  system: string,
): AnswerColumns[] {
  return columns.flatMap((column): AnswerColumns[] => {
    const values = present(samples, column);
    const scheme = isNamed(column, VERDICT_NAMES) ? verdictScheme(values) : null;
    if (scheme === null && !holdsReplies(values)) return [];
    const human = HUMAN.test(column);
    const columnsOfAnswer = { system, answer, verdict: column, judge: human ? 'human' : column, human };
    return [
      scheme === 'abc' || scheme === 'yn' ? { ...columnsOfAnswer, verdictLabels: scheme } : columnsOfAnswer,
    ];
  });
}

/**
 * Guesses the columns with answers made elsewhere and their verdict columns. Several entries for one answer column
 * are several judges of it. The system's name is the pair's ("answer_gpt4"), a column that names it ("{model}" reads
 * it from each record), `file` (the file's name), or the column's.
 */
export function guessAnswers(
  columns: readonly string[],
  samples: readonly FileRecord[],
  used: ReadonlySet<string>,
  file: string | null,
): AnswerColumns[] {
  const free = columns.filter((column) => !used.has(column));
  const pairs = pairedColumns(free, columns.includes('golden_answer'));
  if (pairs.length > 0) return pairs;
  const table = promptfooColumns(free);
  if (table.length > 0) return table;
  const named = free.filter((column) => isNamed(column, ANSWER_NAMES));
  // The system's own answer beside a gold column of another name (ragas before 0.2).
  if (named.length === 0) named.push(...free.filter((column) => column.toLowerCase() === 'answer'));
  const naming = free.find((column) => isNamed(column, SYSTEM_NAMES));
  const others = free.filter((column) => !named.includes(column) && column !== naming);
  return named.flatMap((answer) => {
    const alone = named.length === 1;
    const system = alone && naming !== undefined ? `{${naming}}` : alone ? (file ?? answer) : answer;
    const verdicts = alone ? verdictsFor(others, samples, answer, system) : [];
    return verdicts.length > 0 ? verdicts : [{ system, answer, verdict: null, judge: 'file', human: false }];
  });
}
