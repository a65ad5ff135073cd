import type { Question } from '../dataset.ts';
import { choiceLetter, rightChoices } from '../prompts/choices.ts';
import { normaliseAnswer } from './normalise.ts';
import { withoutLongRuns } from './white-space.ts';

/**
 * The index of the choice that an answer picks, or null. In this order: a letter alone at the beginning
 * ("B", "(b)", "B. Paris"), the last "answer is B", the text of one choice, exactly one choice's text
 * inside the answer. A letter that begins a sentence ("A dog barks") is an article and picks nothing.
 */
export function pickedChoice(answer: string, choices: readonly string[]): number | null {
  const text = withoutLongRuns(answer.trim().replaceAll(/\*+|`+/g, ''))
    .replaceAll(/\\(?:text|textbf|mathrm|mathbf)\{([^{}]*)\}/g, '$1')
    .replaceAll(/\$?\\boxed\{([^{}]*)\}\$?/g, '$1')
    .replaceAll(/\$([A-Z])\$/g, '$1');
  const letters = choices.map((_, index) => choiceLetter(index));
  const letterIndex = (letter: string | undefined): number | null => {
    const index = letter === undefined ? -1 : letters.indexOf(letter.toUpperCase());
    return index < 0 ? null : index;
  };
  const leading =
    /^[([{"']*([A-Za-z]{1,2})(?:[)\]}"']+(?=\s|$|[.:,])|[.:)](?=\s|$)|\s*$|\s*[-–—]\s|\s*,\s(?![A-Z]\b)|\s*\n|\s+is\s+(?:the\s+)?(?:correct|right|best|answer)\b)/.exec(
      text,
    );
  const first = letterIndex(leading?.[1]);
  if (first !== null) return first;
  const said = [
    ...text.matchAll(
      /\b(?:answer|choice|option|choose|pick|select)(?:\s+(?:is|would be|should be))?\s*:?\s*(?:choice|option)?\s*[([{"']*([A-Z])(?![A-Za-z0-9'])(?!\s+(?!because\b|since\b|as\b|which\b)[a-z])/gi,
    ),
  ].at(-1);
  const named = letterIndex(said?.[1]);
  if (named !== null) return named;
  return choiceByText(text, choices);
}

function choiceByText(text: string, choices: readonly string[]): number | null {
  const normalised = normaliseAnswer(text);
  const texts = choices.map(normaliseAnswer);
  const equal = texts.flatMap((choice, index) => (choice !== '' && choice === normalised ? [index] : []));
  if (equal.length > 0) return equal.length === 1 ? (equal[0] ?? null) : null;
  const padded = ` ${normalised} `;
  const inside = texts.flatMap((choice, index) =>
    choice !== '' && padded.includes(` ${choice} `) ? [index] : [],
  );
  // "New York City" also holds "New York": the longer text is meant when it holds all the others.
  const longest = inside.toSorted((a, b) => (texts[b]?.length ?? 0) - (texts[a]?.length ?? 0))[0];
  if (longest === undefined) return null;
  const holdsAll = inside.every((index) => texts[longest]?.includes(texts[index] ?? '') === true);
  return holdsAll ? longest : null;
}

/**
 * Whether the picked choice is a right one; null when none was picked, or the question has no right choice
 * to compare with.
 */
export function multipleChoiceMatch(answer: string, question: Question): boolean | null {
  if (question.choices === null) return null;
  const right = rightChoices(question);
  const picked = pickedChoice(answer, question.choices);
  return picked === null || right.length === 0 ? null : right.includes(picked);
}
