import type { OfferedLabel } from './judge-render.ts';

/** "yes" and "no" as a model may begin them; "correct" stands for yes, so that verdictFromDistribution reads them. */
export function yesNoLabels(instruct: boolean): OfferedLabel[] {
  const lead = instruct ? '' : ' ';
  const label = (text: string, verdict: 'correct' | 'incorrect', variant: boolean): OfferedLabel => ({
    text: lead + text,
    verdict,
    score: null,
    variant,
  });
  return [
    label('yes', 'correct', false),
    label('no', 'incorrect', false),
    label('Yes', 'correct', true),
    label('No', 'incorrect', true),
  ];
}
