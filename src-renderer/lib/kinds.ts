import { isShape, SHAPES } from '../../src-main/domain/datasets/shapes.ts';

/** What a file was taken for, as a person says it. */
export function kindLabel(kind: string): string {
  if (isShape(kind)) return SHAPES[kind].label;
  return kind === 'gguf' ? 'GGUF model' : kind;
}

const SOURCES: Readonly<Record<string, string>> = {
  'lm-studio': 'LM Studio',
  'hugging-face': 'Hugging Face',
  ollama: 'Ollama',
  default: 'Assize',
};

/** Whose folder a model was found in. */
export function sourceLabel(source: string): string {
  return SOURCES[source] ?? source;
}
