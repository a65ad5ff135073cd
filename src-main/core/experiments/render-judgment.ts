import { renderJudgePrompt, type RenderedJudgePrompt } from '../../domain/prompts/judge-render.ts';
import type { PendingJudgment } from '../../store/api.ts';
import type { JudgeParts } from './judge-identity.ts';

/** What decides what a judge is shown. */
export type Shown = Pick<JudgeParts, 'choice' | 'prompt' | 'severalAnswers'> & {
  readonly model: Pick<JudgeParts['model'], 'instruct'>;
};

/** What a judge is shown of an answer. */
export function renderJudgment(
  judge: Shown,
  item: Pick<PendingJudgment, 'row' | 'answer'>,
): RenderedJudgePrompt {
  const { mode, labelOrder } = judge.choice;
  if (mode !== 'next-token' && mode !== 'grammar' && mode !== 'reason')
    throw new Error(`a judge phase in mode ${mode}`);
  return renderJudgePrompt(
    judge.prompt,
    { question: item.row.question, answer: item.answer },
    { mode, labelOrder, instruct: judge.model.instruct, severalAnswers: judge.severalAnswers },
  );
}
