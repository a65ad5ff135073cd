/** States of a judgment. Only correct and incorrect are scored; every accuracy prints the counts of the others beside it. */
export const VERDICTS = ['correct', 'incorrect', 'not_attempted', 'unparsed', 'error', 'skipped'] as const;
export type Verdict = (typeof VERDICTS)[number];

/** How the verdict was read from the judge. */
export type VerdictMode = 'next-token' | 'grammar' | 'reason' | 'human' | 'lexical' | 'imported';

/** AB: the label for "correct" is offered first. */
export type LabelOrder = 'AB' | 'BA';
