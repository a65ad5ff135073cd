import type { Question } from '../dataset.ts';
import { stripReasoning } from '../prompts/untrusted.ts';
import type { Verdict } from '../verdict.ts';
import { multipleChoiceMatch } from './multiple-choice.ts';
import { numericMatch } from './numeric.ts';
import { rougeL } from './rouge.ts';
import { containsGold, exactMatch, tokenF1 } from './squad.ts';

export const LEXICAL_JUDGES = [
  'exact-match',
  'contains',
  'f1',
  'rouge-l',
  'numeric',
  'multiple-choice',
] as const;
export type LexicalJudge = (typeof LEXICAL_JUDGES)[number];

/** F1 and ROUGE-L from which an answer counts as correct. */
const OVERLAP_THRESHOLD = 0.5;

export interface LexicalVerdict {
  readonly verdict: Extract<Verdict, 'correct' | 'incorrect' | 'unparsed' | 'skipped'>;
  /** F1 or ROUGE-L in [0, 1]; 0 or 1 for the others; null when not scored. */
  readonly score: number | null;
  /** Why it is not scored; null when it is. */
  readonly note: string | null;
}

type Rule = (answer: string, question: Question) => LexicalVerdict;

const RULES: Readonly<Record<LexicalJudge, Rule>> = {
  'exact-match': (answer, { gold }) => yesOrNo(exactMatch(answer, gold), ''),
  contains: (answer, { gold }) => yesOrNo(containsGold(answer, gold), ''),
  f1: (answer, { gold }) => overlap(tokenF1(answer, gold)),
  'rouge-l': (answer, { gold }) => overlap(rougeL(answer, gold)),
  numeric: (answer, { gold }) =>
    yesOrNo(numericMatch(answer, gold), 'The answer or the gold answer holds no number.'),
  'multiple-choice': (answer, question) =>
    question.choices === null
      ? skipped('The question has no choices.')
      : yesOrNo(multipleChoiceMatch(answer, question), 'The answer picks none of the choices.'),
};

/**
 * The verdict of a judge that needs no model. Without gold answers the row is skipped; an answer in which
 * no number or no choice is found is unparsed, not incorrect. F1 and ROUGE-L count as correct from 0.5 and
 * keep their score.
 */
export function lexicalVerdict(judge: LexicalJudge, question: Question, answer: string): LexicalVerdict {
  if (!question.gold.some((gold) => gold.trim() !== '')) {
    return skipped('The question has no gold answer to compare with.');
  }
  return RULES[judge](stripReasoning(answer), question);
}

function skipped(note: string): LexicalVerdict {
  return { verdict: 'skipped', score: null, note };
}

function yesOrNo(match: boolean | null, whenNull: string): LexicalVerdict {
  if (match === null) return { verdict: 'unparsed', score: null, note: whenNull };
  return { verdict: match ? 'correct' : 'incorrect', score: match ? 1 : 0, note: null };
}

function overlap(score: number): LexicalVerdict {
  return { verdict: score >= OVERLAP_THRESHOLD ? 'correct' : 'incorrect', score, note: null };
}
