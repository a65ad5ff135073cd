import { GRADE_MARKER } from '../prompts/judge-prompt.ts';
import type { OfferedLabel } from '../prompts/judge-render.ts';

/**
 * A GBNF string literal: quotes, backslashes and line ends escaped as llama.cpp's grammar parser reads
 * them.
 */
function literal(text: string): string {
  const escaped = text
    .replaceAll('\\', String.raw`\\`)
    .replaceAll('"', String.raw`\"`)
    .replaceAll('\n', String.raw`\n`)
    .replaceAll('\r', String.raw`\r`)
    .replaceAll('\t', String.raw`\t`);
  return `"${escaped}"`;
}

const alternatives = (labels: readonly OfferedLabel[]): string =>
  labels
    .filter((label) => !label.variant)
    .map((label) => literal(label.text))
    .join(' | ');

/**
 * GBNF that allows exactly one of the labels, as offered (the leading space of base models included):
 * `root ::= "correct" | "incorrect"`. Variants are left out. Throws RangeError without labels.
 */
export function labelGrammar(labels: readonly OfferedLabel[]): string {
  const options = alternatives(labels);
  if (options === '')
    throw new RangeError('A grammar needs at least one label; this judge prompt offers none.');
  return `root ::= ${options}\n`;
}

/** Longest reason a grammar allows, characters: an endless reason would never reach its label. */
const MAX_REASON_CHARS = 1200;

/**
 * GBNF for a reason of one to `maxReasonChars` characters, then a line "GRADE: " with one label: what
 * readGrade reads. Line breaks are kept out of the reason, so the marker line is the only one.
 */
export function reasonGrammar(
  labels: readonly OfferedLabel[],
  maxReasonChars: number = MAX_REASON_CHARS,
): string {
  const trimmed = labels.map((label) => ({ ...label, text: label.text.trim() }));
  const options = alternatives(trimmed);
  if (options === '')
    throw new RangeError('A grammar needs at least one label; this judge prompt offers none.');
  return [
    `root ::= reason "\\n" ${literal(`${GRADE_MARKER} `)} label`,
    `reason ::= [^\\n]{1,${maxReasonChars}}`,
    `label ::= ${options}`,
    '',
  ].join('\n');
}
