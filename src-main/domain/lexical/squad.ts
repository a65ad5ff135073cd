import { normaliseAliases, normaliseAnswer } from './normalise.ts';

/**
 * SQuAD exact match: the answer equals one of the gold aliases once both are normalised. Exactly the
 * published script's rule, so that published scores come out; by it an answer and an alias that both
 * normalise to nothing are equal (in NQ-open, "*" and an empty answer). False without aliases.
 */
export function exactMatch(answer: string, gold: readonly string[]): boolean {
  const normalised = normaliseAnswer(answer);
  return gold.some((alias) => normaliseAnswer(alias) === normalised);
}

/** The "contains" judge: a gold alias is a substring of the answer, both normalised. */
export function containsGold(answer: string, gold: readonly string[]): boolean {
  const normalised = normaliseAnswer(answer);
  return normaliseAliases(gold).some((alias) => normalised.includes(alias));
}

/**
 * SQuAD token F1 in [0, 1], the best over the aliases. 0 without aliases or words in common; 1 when answer
 * and alias both normalise to nothing, as in the published script (version 2.0) and in exact match.
 */
export function tokenF1(answer: string, gold: readonly string[]): number {
  const words = normaliseAnswer(answer).split(' ');
  return gold.reduce((best, alias) => Math.max(best, f1(words, normaliseAnswer(alias).split(' '))), 0);
}

function f1(answer: readonly string[], gold: readonly string[]): number {
  const left = new Map<string, number>();
  for (const word of gold) left.set(word, (left.get(word) ?? 0) + 1);
  let common = 0;
  for (const word of answer) {
    const count = left.get(word) ?? 0;
    if (count > 0) {
      common += 1;
      left.set(word, count - 1);
    }
  }
  return common === 0 ? 0 : (2 * common) / (answer.length + gold.length);
}
