import { basename, resolve as resolvePath } from 'node:path';

import type { ModelFile } from '../../domain/model.ts';
import { modelName } from './split-names.ts';

export type Resolution =
  | { readonly ok: true; readonly model: ModelFile }
  /** `reason` is a sentence that names the candidates or what there is. */
  | { readonly ok: false; readonly reason: string };

export interface Named {
  readonly model: ModelFile;
  readonly aliases: readonly string[];
}

/** As many as a person reads in one sentence. */
const MAX_NAMES = 6;

/**
 * The model that a person means by an id, a path (of any part), a file name with or without ".gguf", a name
 * of Ollama's, or the name in the header; names without regard to case. The same name in two places is no
 * question when both have the same size (a copy): the first found counts.
 */
export function resolveChoice(choice: string, models: readonly Named[]): Resolution {
  const wanted = choice.trim();
  if (wanted === '') return { ok: false, reason: 'No model was named. Name one by file, path or id.' };
  const path = resolvePath(wanted);
  const low = wanted.toLowerCase();
  const tests: readonly ((named: Named) => boolean)[] = [
    ({ model }) => model.id === wanted,
    ({ model }) => model.path === path || model.parts.includes(path),
    ({ model, aliases }) => [model.name, ...aliases].some((name) => sameName(name, low)),
    ({ model }) => basename(model.path).toLowerCase() === low,
    ({ model }) => model.facts?.name?.toLowerCase() === low,
  ];
  for (const test of tests) {
    const hits = models.filter((named) => test(named));
    if (hits.length > 0) return pick(wanted, hits);
  }
  return { ok: false, reason: nothing(wanted, models) };
}

/** "llama3.2" means Ollama's llama3.2:latest. */
function sameName(name: string, low: string): boolean {
  const mine = name.toLowerCase();
  return mine === low || mine === modelName(low) || mine === `${low}:latest`;
}

function pick(wanted: string, hits: readonly Named[]): Resolution {
  const usable = hits.filter(({ model }) => model.problem === null);
  const [first, ...others] = usable;
  if (first === undefined) {
    const problem = hits[0]?.model.problem ?? '';
    return { ok: false, reason: `${wanted} cannot be used. ${problem}` };
  }
  const copies = others.every(
    ({ model }) => model.fileBytes === first.model.fileBytes && model.name === first.model.name,
  );
  if (copies) return { ok: true, model: first.model };
  return {
    ok: false,
    reason: `"${wanted}" may mean ${usable.length} models: ${names(usable)}. Name one by its file, its path or its id.`,
  };
}

function nothing(wanted: string, models: readonly Named[]): string {
  const usable = models.filter(({ model }) => model.problem === null);
  if (usable.length === 0)
    return `There is no model "${wanted}", and none at all was found: add a models folder or download one.`;
  const low = modelName(wanted).toLowerCase();
  const near = usable.filter(({ model }) => model.name.toLowerCase().includes(low));
  return near.length > 0
    ? `There is no model "${wanted}". Is it one of these: ${names(near)}?`
    : `There is no model "${wanted}". Found are: ${names(usable)}.`;
}

function names(models: readonly Named[]): string {
  const shown = models.slice(0, MAX_NAMES).map(({ model }) => `${model.name} (${model.id})`);
  const more = models.length - shown.length;
  return shown.join(', ') + (more > 0 ? ` and ${more} more` : '');
}
