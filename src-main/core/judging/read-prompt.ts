import type { PromptReading } from '../../domain/app.ts';
import type { ModelFile } from '../../domain/model.ts';
import type { ModelPrompt } from '../../domain/prompts/model-prompt.ts';
import type { ReadPrompt } from '../../engine/protocol.ts';
import { Problem } from '../problem.ts';

export interface ReadModelPrompt {
  (
    path: string,
    asked: { readonly prompt: ModelPrompt; readonly labels: readonly string[] },
    signal: AbortSignal,
  ): Promise<ReadPrompt>;
}

/**
 * A judge's prompt as a model of this machine would read it. Throws Problem NOT_FOUND or REFUSED for the model, EngineError
 * where its vocabulary cannot be read.
 */
export async function readJudgePrompt(
  deps: { readonly resolve: (model: string) => Promise<ModelFile>; readonly read: ReadModelPrompt },
  asked: { readonly model: string; readonly prompt: ModelPrompt; readonly labels: readonly string[] },
  signal: AbortSignal,
): Promise<PromptReading> {
  const model = await deps.resolve(asked.model);
  if (model.problem !== null) throw new Problem('REFUSED', `${model.name} cannot be used: ${model.problem}`);
  const { text, tokens, labelTokens } = await deps.read(model.path, asked, signal);
  return {
    text,
    tokens,
    labelTokens,
    contextTrained: model.facts?.contextTrained ?? null,
    instruct: model.facts?.hasChatTemplate ?? false,
  };
}
