import { normaliseAnswer } from '../lexical/normalise.ts';
import type { Question } from '../dataset.ts';

/** A, B … Z, AA, AB …: the letter of the choice at an index from 0. */
export function choiceLetter(index: number): string {
  const letter = String.fromCharCode(65 + (index % 26));
  return index < 26 ? letter : choiceLetter(Math.floor(index / 26) - 1) + letter;
}

/** "A. Paris" lines in the file's order. */
function choiceLines(choices: readonly string[]): string {
  return choices.map((choice, index) => `${choiceLetter(index)}. ${choice.trim()}`).join('\n');
}

/** The question, with its choices below where it has any. */
export function questionText(question: Question): string {
  const text = question.question.trim();
  return question.choices === null ? text : `${text}\n${choiceLines(question.choices)}`;
}

/**
 * Indices of the right choices: those whose text equals a gold answer, or, where no text does, those whose
 * letter is the gold answer ("B"). Empty when the gold answers fit no choice.
 */
export function rightChoices(question: Question): number[] {
  if (question.choices === null) return [];
  const gold = new Set(question.gold.map((text) => text.trim()));
  const loose = new Set([...gold].map(normaliseAnswer));
  const matching = (fits: (choice: string, index: number) => boolean): number[] =>
    (question.choices ?? []).flatMap((choice, index) => (fits(choice, index) ? [index] : []));
  const exact = matching((choice) => gold.has(choice.trim()));
  if (exact.length > 0) return exact;
  const near = matching((choice) => normaliseAnswer(choice) !== '' && loose.has(normaliseAnswer(choice)));
  return near.length > 0 ? near : matching((_, index) => gold.has(choiceLetter(index)));
}

/**
 * The gold answers as a judge is to compare with: of multiple choice each right choice with its letter, since an answer may be
 * either ("B", "rain"); else as they are.
 */
export function comparedGold(question: Question): readonly string[] {
  const right = rightChoices(question).map(
    (index) => `${choiceLetter(index)}. ${question.choices?.[index]?.trim() ?? ''}`,
  );
  return right.length > 0 ? right : question.gold;
}
