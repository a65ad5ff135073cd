import { isShape, SHAPES } from '../../src-main/domain/datasets/shapes.ts';

/** What a file was taken for, as a person says it. */
export function kindLabel(kind: string): string {
  if (isShape(kind)) return SHAPES[kind].label;
  return kind === 'gguf' ? 'GGUF model' : kind;
}
