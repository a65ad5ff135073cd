// Tokens a second, the log-probability of every token kept, at 1 to 32 sequences: this engine, llama.cpp's own server
// with as many slots and log-probabilities asked for, and the limit (llama-batched-bench, which samples nothing).
// Run: node test/bench/generate.ts [--limit] [--rounds 3] [--sequences 1,4,8,16,32] [--threads N] [--no-server]
// On a machine that does other work at the same time only --threads 1 tells anything: more wait for each other.
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { GREEDY } from '../../src-main/domain/decoding.ts';
import type { Engine, GenerateJob } from '../../src-main/engine/engine.ts';
import {
  batchedBench,
  benchModels,
  completeAll,
  interleaved,
  machine,
  measureLimit,
  openEngine,
  openServer,
  say,
  table,
} from './engine-bench.ts';
import type { Server } from './engine-bench.ts';

const { values } = parseArgs({
  options: {
    limit: { type: 'boolean', default: false },
    rounds: { type: 'string', default: '3' },
    sequences: { type: 'string', default: '1,4,8,16,32' },
    'no-server': { type: 'boolean', default: false },
    threads: { type: 'string', default: String(cpus().length) },
    waves: { type: 'string', default: '3' },
  },
});
const TOKENS = 64;
const PROMPT_TOKENS = 32;
const CONTEXT = 256;
const TOPICS = [
  'river',
  'city',
  'old king',
  'winter',
  'harbour',
  'railway',
  'garden',
  'market',
  'mountain',
  'school',
  'storm',
];

/** About 32 tokens of text that a model goes on with for long. */
function prompts(count: number): string[] {
  return Array.from({ length: count }, (_, index) => {
    const topic = TOPICS[index % TOPICS.length] ?? '';
    return `Chapter ${index + 1}. This is a long and detailed story about the ${topic}, told by people who lived there for many years. It began`;
  });
}

async function* jobs(texts: readonly string[]): AsyncGenerator<GenerateJob> {
  for (const [index, text] of texts.entries()) {
    const decoding = { ...GREEDY, maxTokens: TOKENS };
    yield { id: String(index), prompt: { kind: 'text', text }, decoding, sampleIndex: 0, seed: 0 };
  }
}

async function measureEngine(engine: Engine, texts: readonly string[]): Promise<number> {
  const startedAt = performance.now();
  let written = 0;
  for await (const result of engine.generate(jobs(texts), new AbortController().signal)) {
    if (result.error !== null) throw new Error(result.error);
    written += result.tokenIds.length + (result.eogLogprob === null ? 0 : 1);
  }
  return written / ((performance.now() - startedAt) / 1000);
}

async function measureServer(server: Server, texts: readonly string[], slots: number): Promise<number> {
  const startedAt = performance.now();
  const written = await completeAll(server, texts, TOKENS, slots);
  return written / ((performance.now() - startedAt) / 1000);
}

const threads = Number(values.threads);
const limit = values.limit ? batchedBench() : null;
if (values.limit && limit === null) say('(the limit is not built: node test/bench/limit.ts)');
for (const model of benchModels()) {
  say(
    `\n${machine(model.path)}; ${threads} threads; tokens a second, medians of ${values.rounds} interleaved rounds`,
  );
  const rows = [['sequences', 'this engine', 'server', 'limit', 'engine/server', 'engine/limit', 'threads']];
  for (const sequences of values.sequences.split(',').map(Number)) {
    const engine = await openEngine(model.path, { sequences, contextPerSequence: CONTEXT, threads });
    const server = values['no-server'] ? null : await openServer(model.path, sequences, CONTEXT, threads);
    const texts = prompts(Math.max(4, sequences * Number(values.waves)));
    const contestants = new Map([['engine', () => measureEngine(engine, texts)]]);
    if (server) contestants.set('server', () => measureServer(server, texts, sequences));
    if (limit !== null) {
      contestants.set(
        'limit',
        async () =>
          measureLimit(limit, model.path, { prompt: PROMPT_TOKENS, tokens: TOKENS, sequences, threads })
            .generation,
      );
    }
    try {
      const rates = await interleaved(contestants, Number(values.rounds));
      const [own = 0, other = Number.NaN, most = Number.NaN] = ['engine', 'server', 'limit'].map((name) =>
        rates.get(name),
      );
      const cell = (value: number, digits: number): string =>
        Number.isNaN(value) ? '-' : value.toFixed(digits);
      const notes = engine.model.notes.find((note) => note.includes('threads')) ?? 'all';
      rows.push([
        String(sequences),
        cell(own, 0),
        cell(other, 0),
        cell(most, 0),
        cell(own / other, 2),
        cell(own / most, 2),
        notes,
      ]);
    } finally {
      await engine.stop();
      await server?.[Symbol.asyncDispose]();
    }
  }
  table(rows);
}
