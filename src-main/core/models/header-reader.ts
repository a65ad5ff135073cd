import { z } from 'zod';

import type { GgufHeader, ModelFacts } from '../../domain/model.ts';
import { probedHeaderSchema } from '../../engine/protocol.ts';
import type { ProbedHeader } from '../../engine/protocol.ts';
import { checkMagic } from './check-magic.ts';
import { facts, headerProblem } from './facts.ts';
import type { FoundModel } from './found.ts';
import { cacheKey, readCached, writeCached } from './model-cache.ts';
import type { ModelCache } from './model-cache.ts';

/**
 * Reads the headers of GGUF files in a child process, in any order, one answer a path (the first part of a
 * split model). May end early or throw when the child dies; what was not answered is then asked again one by
 * one.
 */
export type ProbeHeaders = (paths: readonly string[], signal: AbortSignal) => AsyncIterable<ProbedHeader>;

/** What a list needs to know about a model. */
export interface Known {
  readonly facts: ModelFacts | null;
  readonly problem: string | null;
}

const factsSchema = z.object({
  name: z.string().nullable(),
  architecture: z.string(),
  quantization: z.string(),
  parameters: z.number(),
  layers: z.number(),
  contextTrained: z.number().nullable(),
  vocabulary: z.number(),
  hasChatTemplate: z.boolean(),
  chatTemplateSha256: z.string().nullable(),
  tensorTypes: z.record(z.string(), z.number()),
}) satisfies z.ZodType<ModelFacts>;

const knownSchema = z.object({ facts: factsSchema.nullable(), problem: z.string().nullable() });

/** Raise when `facts` or `headerProblem` answer differently. */
const FACTS_KIND = 'facts/2';
const HEADER_KIND = 'header/1';
/** A child reads this many before the next is started: a start costs half a second, a header some 50 ms. */
const BATCH = 64;

export interface HeaderReaderDeps {
  readonly probeHeaders: ProbeHeaders;
  readonly cache: ModelCache;
}

/**
 * What is known without asking the child: names, first bytes, or the cache. Null when the header must be
 * read.
 */
export async function knownAlready(model: FoundModel, cache: ModelCache): Promise<Known | null> {
  if (model.problem !== null) return { facts: null, problem: model.problem };
  for (const part of model.parts) {
    const problem = await checkMagic(part.path);
    if (problem !== null)
      return { facts: null, problem: model.parts.length > 1 ? `${part.path}: ${problem}` : problem };
  }
  return readCached(cache, cacheKey(FACTS_KIND, model.parts), knownSchema);
}

/**
 * Asks the child for the headers of `models` and yields each with what follows from it. Headers and facts go
 * to the cache. A file over which the child died is read once more, alone: the machine may have been short of memory.
 * When it dies again, that goes to the cache too, and the file is not read before it changes.
 */
export async function* readHeaders(
  models: readonly FoundModel[],
  deps: HeaderReaderDeps,
  signal: AbortSignal,
): AsyncGenerator<{ readonly model: FoundModel; readonly known: Known }> {
  for (let at = 0; at < models.length; at += BATCH) {
    const batch = new Map(models.slice(at, at + BATCH).map((model) => [model.path, model]));
    yield* ask(batch, deps, signal);
    for (const model of batch.values()) {
      const { why, died } = yield* ask(new Map([[model.path, model]]), deps, signal);
      if (why === null) continue;
      const known = { facts: null, problem: died ? `${why} It is read again when it changes.` : why };
      if (died) await writeCached(deps.cache, cacheKey(FACTS_KIND, model.parts), known);
      yield { model, known };
    }
  }
}

/** The whole header, from the cache or from the child. Throws a sentence when it cannot be read. */
export async function readHeader(
  model: FoundModel,
  deps: HeaderReaderDeps,
  signal: AbortSignal,
): Promise<GgufHeader> {
  const schema = probedHeaderSchema.shape.header;
  const cached = await readCached(deps.cache, cacheKey(HEADER_KIND, model.parts), schema);
  if (cached !== null) return cached;
  const known = await readCached(deps.cache, cacheKey(FACTS_KIND, model.parts), knownSchema);
  if (known?.facts === null && known.problem !== null) throw new Error(known.problem);
  let problem = `The header of ${model.name} could not be read.`;
  for await (const probed of deps.probeHeaders([model.path], signal)) {
    if (probed.header === null) {
      problem = probed.problem ?? problem;
      continue;
    }
    await remember(model, probed, probed.header, deps.cache);
    return probed.header;
  }
  signal.throwIfAborted();
  throw new Error(problem);
}

/** Answers leave `wanted`. Returns why something is left, and whether the child died over it; null when all was answered. */
async function* ask(
  wanted: Map<string, FoundModel>,
  deps: HeaderReaderDeps,
  signal: AbortSignal,
): AsyncGenerator<
  { readonly model: FoundModel; readonly known: Known },
  { readonly why: string | null; readonly died: boolean }
> {
  let why = 'the probe ended without an answer';
  let ended: string | null = null;
  try {
    for await (const probed of deps.probeHeaders([...wanted.keys()], signal)) {
      const model = wanted.get(probed.path);
      if (model === undefined) continue;
      if (probed.died === true) {
        ended = probed.problem;
        continue;
      }
      wanted.delete(probed.path);
      const known =
        probed.header === null
          ? { facts: null, problem: probed.problem ?? 'The header of this file could not be read.' }
          : await remember(model, probed, probed.header, deps.cache);
      yield { model, known };
    }
  } catch (error) {
    signal.throwIfAborted();
    why = error instanceof Error ? error.message : String(error);
  }
  signal.throwIfAborted();
  if (wanted.size === 0) return { why: null, died: false };
  return { why: ended ?? `The engine failed over this file's header: ${why}`, died: ended !== null };
}

async function remember(
  model: FoundModel,
  probed: ProbedHeader,
  header: GgufHeader,
  cache: ModelCache,
): Promise<Known> {
  const known = { facts: facts(header, probed), problem: probed.problem ?? headerProblem(header) };
  await writeCached(cache, cacheKey(HEADER_KIND, model.parts), header);
  await writeCached(cache, cacheKey(FACTS_KIND, model.parts), known);
  return known;
}
