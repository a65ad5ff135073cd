import type { PromptReading } from '../../../../src-main/domain/app.ts';
import type { Question } from '../../../../src-main/domain/dataset.ts';
import type { JudgePrompt } from '../../../../src-main/domain/prompts/judge-prompt.ts';
import {
  renderJudgePrompt,
  type RenderedJudgePrompt,
} from '../../../../src-main/domain/prompts/judge-render.ts';
import type { LabelOrder, VerdictMode } from '../../../../src-main/domain/verdict.ts';

export type PreviewMode = Extract<VerdictMode, 'next-token' | 'grammar' | 'reason'>;

export interface PreviewChoice {
  readonly mode: PreviewMode;
  readonly labelOrder: LabelOrder;
  readonly instruct: boolean;
  /** Typed; null takes the row's first gold answer. */
  readonly answer: string | null;
}

/** Shown until a dataset is there, so that a prompt is never looked at with holes in it. */
export const SAMPLE: Question = {
  externalId: null,
  question: 'What is the capital of Australia?',
  context: null,
  gold: ['Canberra'],
  choices: null,
  metadata: {},
};

export function renderPreview(
  prompt: JudgePrompt,
  question: Question,
  { mode, labelOrder, instruct, answer }: PreviewChoice,
): RenderedJudgePrompt {
  const input = { question, answer: answer ?? question.gold[0] ?? '' };
  return renderJudgePrompt(prompt, input, { mode, labelOrder, instruct });
}

/** The prompt without what only an engine wants: what is asked to be read. */
export function bare({ prompt }: RenderedJudgePrompt) {
  return prompt.kind === 'chat'
    ? { kind: 'chat' as const, system: prompt.system, user: prompt.user }
    : { kind: 'text' as const, text: prompt.text };
}

export interface LabelReading {
  readonly text: string;
  readonly token: number | null;
  /** Another spelling of a label before it. */
  readonly variant: boolean;
  /** Labels whose first token is the same. */
  readonly clash: readonly string[];
}

/** Each label with its first token under the model, where that is known. */
export function readLabels(
  { labels }: RenderedJudgePrompt,
  tokens: PromptReading['labelTokens'] | null,
): LabelReading[] {
  return labels.map(({ text, variant }, index) => {
    const token = tokens?.[index] ?? null;
    const clash = labels
      .filter((_, at) => at !== index && token !== null && tokens?.[at] === token)
      .map((other) => other.text);
    return { text, token, variant, clash };
  });
}
