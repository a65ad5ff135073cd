import type { Matrix } from '../../../src-main/contract/planning.ts';
import type { MatrixRow } from '../../../src-main/domain/planning/matrix.ts';

/** A model with all its quantizations. */
export interface MatrixGroup {
  readonly model: string;
  /** Largest file first, each quantization once. */
  readonly rows: readonly MatrixRow[];
}

/** A file's name without its quantization: what the model is called. */
export function plainModelName(name: string): string {
  return name.replace(/[-._ ](I?Q\d\w*|BF16|F16|F32)$/i, '');
}

/** Files of one model stand together; a quantization that is at hand as a file stands for the one made by rule. */
export function groupsOf({ rows }: Matrix): MatrixGroup[] {
  const groups = new Map<string, Map<string, MatrixRow>>();
  for (const row of rows) {
    const model = plainModelName(row.modelName);
    const group = groups.get(model) ?? new Map<string, MatrixRow>();
    groups.set(model, group);
    if (!group.has(row.recipe) || isFile(row)) group.set(row.recipe, row);
  }
  return [...groups].map(([model, group]) => ({
    model,
    rows: [...group.values()].toSorted((a, b) => b.fileBytes - a.fileBytes),
  }));
}

/** Rows made by rule keep the name of the file that they were made from. */
function isFile({ modelName, recipe }: MatrixRow): boolean {
  return modelName.toLowerCase().endsWith(recipe.toLowerCase());
}
