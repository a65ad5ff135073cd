import type { ImportedVerdict } from '../dataset.ts';
import { isMissing, isRecord, textOf } from './fields.ts';

export interface ParsedVerdict {
  readonly verdict: ImportedVerdict['verdict'];
  /** 1 correct, 0 incorrect, 0.5 Inspect's "partially correct", the number where the file had one; else null. */
  readonly score: number | null;
}

const CORRECT: ParsedVerdict = { verdict: 'correct', score: 1 };
const INCORRECT: ParsedVerdict = { verdict: 'incorrect', score: 0 };
const PARTIAL: ParsedVerdict = { verdict: 'incorrect', score: 0.5 };
const NOT_ATTEMPTED: ParsedVerdict = { verdict: 'not_attempted', score: null };

const WORDS: ReadonlyMap<string, ParsedVerdict> = new Map([
  ...['c', 'correct', 'yes', 'y', 'true', 't', 'pass', 'passed', 'right', 'acceptable', '1', '1.0'].map(
    (word) => [word, CORRECT] as const,
  ),
  ...['is_correct', 'accepted', '✓', '✔'].map((word) => [word, CORRECT] as const),
  ...['i', 'incorrect', 'no', 'false', 'f', 'fail', 'failed', 'wrong', 'unacceptable', '0', '0.0'].map(
    (word) => [word, INCORRECT] as const,
  ),
  ...['is_incorrect', 'not correct', 'rejected', '✗', '✘'].map((word) => [word, INCORRECT] as const),
  ...['p', 'partial', 'partially correct'].map((word) => [word, PARTIAL] as const),
  ...['n', 'not_attempted', 'not attempted', 'no answer', 'noanswer', 'is_not_attempted'].map(
    (word) => [word, NOT_ATTEMPTED] as const,
  ),
]);

export type VerdictLabels = 'abc' | 'yn';

const SCHEMES: Readonly<Record<VerdictLabels, ReadonlyMap<string, ParsedVerdict>>> = {
  abc: new Map([
    ['a', CORRECT],
    ['b', INCORRECT],
    ['c', NOT_ATTEMPTED],
  ]),
  yn: new Map([
    ['y', CORRECT],
    ['n', INCORRECT],
  ]),
};

function ofNumber(value: number): ParsedVerdict {
  if (value === 1) return CORRECT;
  if (value === 0) return INCORRECT;
  return { verdict: 'unparsed', score: value };
}

/** "Yes, the candidate is correct." A sentence counts only by its first word, set off by punctuation. */
function ofSentence(text: string): ParsedVerdict {
  const first = /^\s*["'*[(]*(yes|no|correct|incorrect)["'*\])]*\s*(?:[,.:;!\n—–-]|$)/i.exec(text)?.[1];
  if (first === undefined) return { verdict: 'unparsed', score: null };
  return WORDS.get(first.toLowerCase()) ?? { verdict: 'unparsed', score: null };
}

/**
 * Reads a verdict as other programs write it: a boolean, 1 or 0, yes/no, pass/fail, C/I/P/N (Inspect), the words
 * themselves, or a judge's sentence that begins with yes or no. With `labels` "abc" A, B and C are SimpleQA's
 * correct, incorrect, not attempted; with "yn" N is no. Null when there is none (null, empty, "nan"); "unparsed" when there is one that
 * says neither, so that an unreadable verdict never counts as incorrect. A number between is kept as the score.
 */
export function parseVerdictLabel(value: unknown, labels?: VerdictLabels): ParsedVerdict | null {
  if (isMissing(value)) return null;
  if (typeof value === 'boolean') return value ? CORRECT : INCORRECT;
  if (typeof value === 'number') return ofNumber(value);
  if (typeof value === 'bigint') return ofNumber(Number(value));
  if (isRecord(value) || Array.isArray(value)) return { verdict: 'unparsed', score: null };
  const text = textOf(value).trim();
  const word = text.toLowerCase().replace(/[.!]$/, '');
  const known = (labels === undefined ? undefined : SCHEMES[labels].get(word)) ?? WORDS.get(word);
  if (known !== undefined) return known;
  if (/^[-+]?\d+(?:\.\d+)?$/.test(text)) return ofNumber(Number(text));
  return ofSentence(text);
}

/**
 * Which labels a column of verdicts uses, told by some of its values: null when one of them is no verdict or there is
 * none; "plain" when no scheme of letters is needed.
 */
export function verdictScheme(values: readonly unknown[]): VerdictLabels | 'plain' | null {
  const present = values.filter((value) => !isMissing(value));
  const words = new Set(present.map((value) => textOf(value).trim().toLowerCase()));
  const only = (letters: string[]): boolean => [...words].every((word) => letters.includes(word));
  if (only(['a', 'b', 'c']) && (words.has('a') || words.has('b'))) return 'abc';
  if (only(['y', 'n']) && words.has('y')) return 'yn';
  const readable = present.every((value) => parseVerdictLabel(value)?.verdict !== 'unparsed');
  return present.length > 0 && readable ? 'plain' : null;
}
