import { eventIterator, type } from '@orpc/contract';
import { z } from 'zod';
import type { ModelFit } from '../domain/fit.ts';
import type { Progress } from '../domain/import.ts';
import type { ModelFile } from '../domain/model.ts';
import { base, LIMITS, name } from './base.ts';

export interface ModelList {
  readonly models: readonly ModelFile[];
  /** Where was looked, and what was there. */
  readonly folders: readonly {
    readonly path: string;
    readonly source: string;
    readonly found: number;
    readonly note: string | null;
  }[];
  readonly scannedAt: number | null;
}

export const models = {
  list: base.output(type<ModelList>()),
  rescan: base.output(eventIterator(type<Progress>())),
  /** Which models fit the machine now, at a context per sequence in tokens (auto: from the datasets' usual lengths). */
  fit: base
    .input(
      z.object({
        modelIds: z.array(name).max(LIMITS.list).nullable(),
        context: z.int().positive().nullable(),
      }),
    )
    .output(type<ModelFit[]>()),
  addFolder: base.input(z.object({ path: z.string().min(1).max(LIMITS.path) })).output(type<ModelList>()),
  /** One model file that was dropped or chosen: a grant. It joins the list and stays where it is. */
  addFile: base.input(z.object({ file: name })).output(type<ModelFile>()),
  removeFolder: base.input(z.object({ path: z.string().min(1).max(LIMITS.path) })).output(type<ModelList>()),
  /** "hf:user/repo:quant", "hf:user/repo/file.gguf", an https address, or "default" for the small default model. */
  download: base
    .input(z.object({ uri: z.string().min(1).max(LIMITS.path) }))
    .output(eventIterator(type<Progress>())),
  hash: base.input(z.object({ modelId: name })).output(eventIterator(type<Progress>())),
};
