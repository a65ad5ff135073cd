import type { Experiment } from '../../domain/experiment.ts';
import type { ModelSource, SourcedModel } from './model-source.ts';
import type { CountedModel } from './prompt-counts.ts';

/** A model of an experiment as it is planned; one behind a server takes nothing here and is left out. */
export interface SourcedPart extends CountedModel {
  readonly sourced: SourcedModel;
}

/** The generator, then the judges. Throws Problem for a model that cannot be read. */
export async function countedModels(
  source: ModelSource,
  { generator, judges }: Experiment,
  signal: AbortSignal,
): Promise<SourcedPart[]> {
  const local = [
    ...(generator === null || generator.api !== undefined ? [] : [{ model: generator.model, choice: null }]),
    ...judges.flatMap((choice) => (choice.api === undefined ? [{ model: choice.model, choice }] : [])),
  ];
  return Promise.all(
    local.map(async ({ model, choice }) => {
      const sourced = await source.find(model, signal);
      const { file } = sourced;
      const template = sourced.model.header.metadata['tokenizer.chat_template'];
      const instruct = file?.facts?.hasChatTemplate ?? typeof template === 'string';
      return { sourced, name: sourced.model.name, choice, file, instruct };
    }),
  );
}
