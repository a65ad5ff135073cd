import { eventIterator, type } from '@orpc/contract';
import { z } from 'zod';
import type { ColumnMapping, DatasetInfo, DatasetRemoval, DatasetRow } from '../domain/dataset.ts';
import type { FilePreview, Progress } from '../domain/import.ts';
import { base, id, LIMITS, name } from './base.ts';

const column = z.string().max(LIMITS.name).nullable();

export const mappingSchema = z.object({
  id: column,
  question: column,
  context: column,
  gold: column,
  choices: column,
  goldSeparator: z.string().max(8).nullable(),
  goldForm: z.enum(['text', 'after-hashes', 'number']),
  answers: z
    .array(
      z.object({
        system: name,
        answer: name,
        verdict: column,
        judge: z.string().max(LIMITS.name),
        human: z.boolean(),
        verdictLabels: z.enum(['abc', 'yn']).exactOptional(),
      }),
    )
    .max(100)
    .readonly(),
}) satisfies z.ZodType<ColumnMapping>;

/** How a file is read, beside its mapping; what is left out is guessed. */
const reading = {
  kind: name.nullable(),
  mapping: mappingSchema.nullable(),
  /** lm-eval: whose rows are read, and whether the answer is what the filter extracted. */
  filter: name.nullable().exactOptional(),
  filteredAnswers: z.boolean().exactOptional(),
  /** The name under which the file's answers are kept, where the records do not name their own. */
  system: name.nullable().exactOptional(),
};

/** Ends with the dataset; what comes before is progress. */
export type ImportEvent =
  | {
      readonly kind: 'progress';
      readonly progress: Progress;
      readonly rows: number;
      readonly problems: number;
    }
  | { readonly kind: 'done'; readonly dataset: DatasetInfo; readonly existed: boolean };

export const datasets = {
  list: base.output(type<DatasetInfo[]>()),
  get: base.input(z.object({ dataset: z.union([id, name]) })).output(type<DatasetInfo>()),
  rows: base
    .input(
      z.object({
        datasetId: id,
        after: id.nullable(),
        limit: z.int().positive().max(LIMITS.page),
        text: z.string().max(LIMITS.name).nullable(),
      }),
    )
    .output(type<DatasetRow[]>()),
  /** `file` is a grant: from an upload, a dialog, a drop, or a path typed in the terminal. */
  inspect: base.input(z.object({ file: name, ...reading })).output(type<FilePreview>()),
  import: base
    .input(z.object({ file: name, name: name.nullable(), ...reading }))
    .output(eventIterator(type<ImportEvent>())),
  /** The built-in questions, for a start without a file. */
  importBuiltIn: base.output(type<DatasetInfo>()),
  /** Out of every list at once; of a million rows it takes a minute until the last is gone, and `removals` tells how many are left. */
  remove: base.input(z.object({ datasetId: id })).output(type<null>()),
  removals: base.output(type<DatasetRemoval[]>()),
};
