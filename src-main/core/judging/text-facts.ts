import { injectionMarkers } from '../../domain/alarms/injection.ts';
import { containsGold, exactMatch, tokenF1 } from '../../domain/lexical/squad.ts';

/** What is known of an answer from its text alone: computed once, stored beside it. */
export interface TextFacts {
  /** Null where there is no gold answer to compare with. */
  readonly exactMatch: boolean | null;
  readonly f1: number | null;
  readonly contains: boolean | null;
  readonly injected: boolean;
}

/** Without a gold answer there is nothing to match: null, not false. */
export function textFacts(answer: string, gold: readonly string[]): TextFacts {
  const injected = injectionMarkers(answer).length > 0;
  if (gold.length === 0) return { exactMatch: null, f1: null, contains: null, injected };
  return {
    exactMatch: exactMatch(answer, gold),
    f1: tokenF1(answer, gold),
    contains: containsGold(answer, gold),
    injected,
  };
}
