import type { OfferedLabel, RenderedJudgePrompt } from './judge-render.ts';
import type { ModelPrompt } from './model-prompt.ts';
import { delimitersOf, neutralise } from './untrusted.ts';

/** A block of the question: its tag and what stands in it. */
type Block = readonly [tag: string, value: string];

/**
 * A question of Assize's own to a model, answered by yes or no: constant text first, then blocks in which values cannot
 * close their own, then what is asked. Read it with verdictFromDistribution: "correct" stands for yes.
 */
export function yesNoPrompt(
  system: string,
  blocks: readonly Block[],
  asked: string,
  instruct: boolean,
): RenderedJudgePrompt {
  const delimiters = delimitersOf(blocks.map(([tag]) => `<${tag}></${tag}>`).join(''));
  const written = blocks.map(
    ([tag, value]) => `<${tag}>\n${neutralise(value.trim(), delimiters)}\n</${tag}>`,
  );
  const user = [...written, `\n${asked} (yes or no):`].join('\n');
  const prompt: ModelPrompt = instruct
    ? { kind: 'chat', system, user }
    : { kind: 'text', text: `${system}\n\n${user}` };
  return { prompt, labels: labels(instruct) };
}

/** "yes" and "no" as a model may begin them. */
function labels(instruct: boolean): OfferedLabel[] {
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
