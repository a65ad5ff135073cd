import type { PlannerModel, PlannerModelAnswer } from '../../contract/planning.ts';
import type { GgufHeader, ModelFile } from '../../domain/model.ts';
import { llamaHeader, type LlamaShape } from '../../domain/planning/guide/llama-header.ts';
import { recipeOfHeader } from '../../domain/planning/quantization.ts';
import { RECIPES, requantize } from '../../domain/planning/requantize.ts';
import { Problem } from '../problem.ts';
import type { ReadRemoteHeader } from './remote-header.ts';

/** Where headers come from. */
export interface ModelSourceDeps {
  readonly resolve: (choice: string) => Promise<ModelFile>;
  readonly header: (model: ModelFile) => Promise<GgufHeader>;
  readonly list: () => readonly ModelFile[];
  readonly remoteHeader: ReadRemoteHeader;
  readonly shapes: () => Promise<readonly LlamaShape[]>;
}

/** A model to plan, and its file where there is one: what tokens are counted with. */
export interface SourcedModel {
  readonly model: PlannerModel;
  readonly file: ModelFile | null;
}

export interface ModelSource {
  /** Throws Problem NOT_FOUND or REFUSED with a sentence. */
  find(choice: string, signal: AbortSignal): Promise<SourcedModel>;
  /** As `find`, with problems as sentences, in order. */
  answer(choices: readonly string[], signal: AbortSignal): Promise<PlannerModelAnswer[]>;
  /** Files at hand of the same model, best quantization first; the model itself among them. */
  sameModel(of: SourcedModel, signal: AbortSignal): Promise<PlannerModel[]>;
}

const REMOTE = /^(https?:\/\/|hf:)/i;

/** Models by file, by address (their header alone is fetched), or by a name of the catalogue with a quantization. */
export function createModelSource(deps: ModelSourceDeps): ModelSource {
  const find = async (choice: string, signal: AbortSignal): Promise<SourcedModel> => {
    if (REMOTE.test(choice)) {
      return { model: remoteModel(choice, await deps.remoteHeader(choice, signal)), file: null };
    }
    try {
      const file = await deps.resolve(choice);
      if (file.problem !== null)
        throw new Problem('REFUSED', `${file.name} cannot be planned: ${file.problem}`);
      return { model: fileModel(choice, file, await deps.header(file)), file };
    } catch (error) {
      const known = catalogueModel(choice, await deps.shapes());
      if (known !== null) return { model: known, file: null };
      throw error;
    }
  };
  return {
    find,
    answer: (choices, signal) =>
      Promise.all(
        choices.map(async (choice): Promise<PlannerModelAnswer> => {
          try {
            return { choice, model: (await find(choice, signal)).model, problem: null };
          } catch (error) {
            signal.throwIfAborted();
            return { choice, model: null, problem: error instanceof Error ? error.message : String(error) };
          }
        }),
      ),
    async sameModel({ model, file }) {
      const relatives = file === null ? [] : deps.list().filter((other) => related(file, other));
      const others = relatives.filter((other) => other.id !== model.id);
      const read = await Promise.all(
        others.map(async (other) => fileModel(other.id, other, await deps.header(other))),
      );
      const byRecipe = new Map<string, PlannerModel>();
      for (const one of [model, ...read]) if (!byRecipe.has(one.recipe)) byRecipe.set(one.recipe, one);
      return [...byRecipe.values()].toSorted((a, b) => rank(a.recipe) - rank(b.recipe));
    },
  };
}

function rank(recipe: string): number {
  const at = RECIPES.findIndex((known) => known === recipe);
  return at === -1 ? RECIPES.length : at;
}

/** The same weights in another quantization: same shape and the same name in the header, whatever the files are called. */
function related(a: ModelFile, b: ModelFile): boolean {
  if (a.facts === null || b.facts === null || b.problem !== null) return false;
  const same =
    a.facts.architecture === b.facts.architecture &&
    a.facts.layers === b.facts.layers &&
    a.facts.vocabulary === b.facts.vocabulary &&
    a.facts.parameters === b.facts.parameters;
  return same && plainName(a) === plainName(b);
}

/** The header's name, or the file's without its quantization. */
function plainName(file: ModelFile): string {
  const name = file.facts?.name ?? file.name;
  return name.toLowerCase().replace(/[-._ ]?(i?q\d\w*|f16|bf16|f32)(\.gguf)?$/i, '');
}

function fileModel(choice: string, file: ModelFile, header: GgufHeader): PlannerModel {
  const recipe = recipeOf(header, file.facts?.quantization ?? null);
  return { choice, id: file.id, name: file.name, recipe, source: 'disk', header };
}

function remoteModel(address: string, header: GgufHeader): PlannerModel {
  const name = decodeURIComponent(address.split(/[?#]/)[0]?.split('/').at(-1) ?? address);
  return {
    choice: address,
    id: address,
    name: name.replace(/\.gguf$/i, ''),
    recipe: recipeOf(header, null),
    source: 'remote',
    header,
  };
}

/** The ladder's name where the file's own is one of its steps; else by the tensors. */
function recipeOf(header: GgufHeader, said: string | null): string {
  return RECIPES.find((recipe) => recipe === said) ?? recipeOfHeader(header);
}

/** "Llama-3-8B:Q4_K_M", "llama-3-8b Q8_0"; F16 where no quantization is given. */
function catalogueModel(choice: string, shapes: readonly LlamaShape[]): PlannerModel | null {
  const [, wanted = choice, step] = /^(.*?)(?:[:\s]+([\w]+))?$/.exec(choice.trim()) ?? [];
  const low = wanted.toLowerCase();
  const shape = shapes.find(({ id, name }) => id === low || name.toLowerCase() === low);
  const recipe = RECIPES.find((known) => known.toLowerCase() === (step ?? 'F16').toLowerCase());
  if (shape === undefined || recipe === undefined) return null;
  const whole = llamaHeader(shape);
  return {
    choice,
    id: `${shape.id}:${recipe}`,
    name: `${shape.name} ${recipe}`,
    recipe,
    source: 'catalogue',
    header: recipe === 'F16' ? whole : requantize(whole, recipe),
  };
}
