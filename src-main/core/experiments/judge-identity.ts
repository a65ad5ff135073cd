import { DEFAULT_REASON_TOKENS, type JudgeChoice, type ModelChoice } from '../../domain/experiment.ts';
import {
  canonicalJudgePrompt,
  type JudgePrompt,
  withLetterLabels,
} from '../../domain/prompts/judge-prompt.ts';
import { READER_VERSION } from '../../domain/verdicts/reader.ts';
import type { NewJudge } from '../../store/api.ts';
import { sha256, sha256Of } from '../hash.ts';
import type { PhaseModel } from './phase-model.ts';

/** A judge of a run, with all that its verdicts depend on. */
export interface PreparedJudge {
  readonly judgeId: number;
  readonly repeat: number;
  readonly choice: JudgeChoice;
  readonly prompt: JudgePrompt;
  readonly promptSha256: string;
  readonly model: PhaseModel;
  /** Letters in place of words, because this model begins two of the words with one token. */
  readonly letters: boolean;
  /** Most questions of the run have several answers. */
  readonly severalAnswers: boolean;
}

export type JudgeParts = Omit<PreparedJudge, 'judgeId' | 'repeat'>;

/** The same judge with A, B, C … in place of words: another prompt, and so another judge. */
export function withLetters(judge: JudgeParts): JudgeParts {
  const prompt = withLetterLabels(judge.prompt);
  return { ...judge, prompt, promptSha256: sha256(canonicalJudgePrompt(prompt)), letters: true };
}

/** Longest reply, tokens: a label of some words, or reasons and a label. */
export function replyTokens(choice: JudgeChoice): number {
  if (choice.mode === 'next-token') return 1;
  return choice.mode === 'reason' ? (choice.maxTokens ?? DEFAULT_REASON_TOKENS) : 64;
}

/** A quantized KV cache changes what a model writes: what came from one is not what comes from another. */
export function cacheOf(choice: ModelChoice | null): { readonly kvType?: string } {
  const kvType = choice?.kvType ?? 'f16';
  return kvType === 'f16' ? {} : { kvType };
}

/** From a file's next token the verdict is read as a distribution; a server may give words in its place. */
function readerOf({ choice, model }: JudgeParts): { readonly reader?: number } {
  return choice.mode === 'next-token' && model.source.kind === 'file' ? {} : { reader: READER_VERSION };
}

/**
 * The judge's identity: model, KV cache, prompt, label order, mode, policy, decoding, and what reads its words. The name is
 * for people.
 */
export function judgeIdentity(judge: JudgeParts): NewJudge {
  const { choice, model, prompt, promptSha256, letters } = judge;
  const { labelOrder, mode } = choice;
  const lenient = choice.policy === 'lenient';
  const decoding =
    mode === 'next-token' ? { temperature: 0 } : { temperature: 0, maxTokens: replyTokens(choice) };
  const traits = [
    prompt.id,
    ...(mode === 'next-token' ? [] : [mode]),
    ...(labelOrder === 'AB' ? [] : [labelOrder]),
    ...(letters ? ['letters'] : []),
    ...(lenient ? ['lenient'] : []),
    ...Object.values(cacheOf(choice)).map((kvType) => `KV ${kvType}`),
  ];
  return {
    sha256: sha256Of({
      model: model.sha256,
      prompt: promptSha256,
      labelOrder,
      mode,
      decoding,
      ...(lenient ? { policy: 'lenient' } : {}),
      ...cacheOf(choice),
      ...readerOf(judge),
    }),
    kind: model.source.kind === 'api' ? 'api' : 'model',
    name: `${model.name} (${traits.join(', ')})`,
    modelSha256: model.sha256,
    promptId: prompt.id,
    promptSha256,
    labelOrder,
    mode,
  };
}
