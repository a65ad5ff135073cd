import { basename } from 'node:path';
import { open } from 'node:fs/promises';
import { adapterOf, bringsOwnAnswers } from '../../domain/datasets/adapt/index.ts';
import { NO_CONTEXT } from '../../domain/datasets/adapt/adapted.ts';
import type { AdaptContext, Adapted } from '../../domain/datasets/adapt/adapted.ts';
import { filledText, lookup } from '../../domain/datasets/fields.ts';
import type { FileRecord } from '../../domain/datasets/fields.ts';
import { notQuestions, recogniseShape } from '../../domain/datasets/recognise.ts';
import type { Shape } from '../../domain/datasets/shapes.ts';
import type { OpenedDataset } from './opened.ts';
import { recordsOf } from './records.ts';
import { isProblem } from './raw.ts';
import type { RawItem } from './raw.ts';
import { fastchatSiblings, lmEvalFilters, lmEvalModel } from './siblings.ts';

/** Records that decide about shape and mapping. */
const SAMPLE = 200;
/** Of large records (a book as context, an agent's transcript) fewer are enough. */
const SAMPLE_BYTES = 8 * 1024 * 1024;

/** What reading needs to know beyond the container: the records' shape, and what the file says as a whole. */
export interface Prepared {
  readonly shape: Shape;
  /** The clause on what the shape was told by. */
  readonly by: string;
  readonly sample: readonly RawItem[];
  readonly context: AdaptContext;
  readonly filters: readonly string[];
}

/** The file's name without endings: names the system where nothing else does. */
function stemOf(path: string): string {
  return (
    basename(path)
      .replace(/\.gz$/i, '')
      .replace(/\.[a-z0-9]{1,8}$/i, '') || basename(path)
  );
}

async function sampleOf(dataset: OpenedDataset, signal: AbortSignal | undefined): Promise<RawItem[]> {
  const sample: RawItem[] = [];
  let bytes = 0;
  for await (const items of recordsOf(dataset, { signal, onBytes: () => undefined })) {
    for (const item of items) {
      if (sample.length >= SAMPLE) return sample;
      sample.push(item);
    }
    // A batch is at most about a piece of the file long.
    bytes += 1024 * 1024;
    if (bytes >= SAMPLE_BYTES && sample.length >= 10) return sample;
  }
  return sample;
}

function shapeIn(dataset: OpenedDataset, records: readonly FileRecord[]): { shape: Shape; by: string } {
  if (dataset.container === 'zip')
    return { shape: 'inspect-eval', by: 'its entries "header.json" and "samples/…"' };
  if (dataset.container === 'bundle') return { shape: 'assize-answers', by: 'its manifest "assize/bundle"' };
  const { shape, by } = recogniseShape(records);
  return { shape, by };
}

async function filtersOf(dataset: OpenedDataset, records: readonly FileRecord[]): Promise<string[]> {
  const sampled = records.flatMap((record) => filledText(record['filter']) ?? []);
  if (dataset.compression !== null || dataset.container !== 'jsonl') return [...new Set(sampled)];
  const file = await open(dataset.path, 'r');
  try {
    const readAt = async (offset: number): Promise<string> => {
      const buffer = Buffer.alloc(256 * 1024);
      const { bytesRead } = await file.read(buffer, 0, buffer.length, offset);
      return buffer.toString('utf8', 0, bytesRead);
    };
    return [...new Set([...sampled, ...(await lmEvalFilters(readAt, dataset.bytes))])];
  } finally {
    await file.close();
  }
}

async function contextOf(
  dataset: OpenedDataset,
  shape: Shape,
  records: readonly FileRecord[],
): Promise<{ context: AdaptContext; filters: string[] }> {
  if (shape === 'lm-eval-samples') {
    const filters = await filtersOf(dataset, records);
    const system = (await lmEvalModel(dataset.path)) ?? 'lm-eval';
    return { context: { ...NO_CONTEXT, system, filter: filters[0] ?? null }, filters };
  }
  if (shape === 'fastchat' || shape === 'fastchat-judgments') {
    const what = shape === 'fastchat' ? 'answers' : 'judgments';
    return { context: { ...NO_CONTEXT, header: await fastchatSiblings(dataset.path, what) }, filters: [] };
  }
  if (shape === 'inspect-eval' || shape === 'inspect-json') {
    const system = filledText(lookup(dataset.header, 'eval.model'));
    return { context: { ...NO_CONTEXT, header: dataset.header, system }, filters: [] };
  }
  // Programs that name the system in each record keep it; elsewhere the file's name stands for it.
  const system = bringsOwnAnswers(shape) ? null : stemOf(dataset.path);
  return { context: { ...NO_CONTEXT, system }, filters: [] };
}

/** Reads the first records and decides what shape they have, unless `kind` says so. */
export async function prepare(
  dataset: OpenedDataset,
  kind: Shape | undefined,
  signal: AbortSignal | undefined,
): Promise<Prepared> {
  const sample = await sampleOf(dataset, signal);
  const records = sample.flatMap((item) => (isProblem(item) ? [] : [item.value]));
  const found = shapeIn(dataset, records);
  const shape = kind ?? found.shape;
  const by = kind === undefined || kind === found.shape ? found.by : 'your choice';
  const { context, filters } = await contextOf(dataset, shape, records);
  return { shape, by, sample, context, filters };
}

/** The sample's records after the shape's adapter: what the mapping is guessed from. */
export function adaptedSample(prepared: Prepared): { readonly line: number; readonly row: Adapted }[] {
  const adapt = adapterOf(prepared.shape);
  return prepared.sample.flatMap((item) => {
    if (isProblem(item)) return [];
    return adapt(item.value, prepared.context).rows.map((row) => ({ line: item.line, row }));
  });
}

/** Why no row can come out of these records, as a sentence; null when some can. */
export function refusalOf({ sample, shape, context }: Prepared): string | null {
  const records = sample.flatMap((item) => (isProblem(item) ? [] : [item.value]));
  const [record] = records;
  if (record === undefined) {
    const [first] = sample;
    return first !== undefined && isProblem(first)
      ? `No record could be read. ${first.problem}`
      : 'The file has column names or brackets, but no records.';
  }
  const foreign = notQuestions(record);
  if (foreign !== null) return foreign;
  const adapt = adapterOf(shape);
  const results = records.map((value) => adapt(value, context));
  if (results.some(({ rows }) => rows.length > 0)) return null;
  const reason = results.find(({ problem }) => problem !== undefined)?.problem;
  return reason === undefined
    ? 'No record of the file holds a question.'
    : `No record could be read. ${reason}`;
}
