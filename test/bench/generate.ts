// Tokens a second, the log-probability of every token kept, at 1 to 32 sequences: this engine, llama.cpp's own server
// with as many slots and log-probabilities asked for, and the limit (llama-batched-bench, which samples nothing).
// Run: node test/bench/generate.ts [--limit] [--rounds 3] [--sequences 1,4,8,16,32] [--threads N]
// [--workers 1,2] (sizes of libuv's pool) [--model Q4_0] [--no-server]
// --cpu counts CPU seconds of the process instead of the clock's; with --threads 1 it means something on a busy machine.
// On a machine that does other work at the same time only --threads 1 tells anything: more wait for each other.
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { GREEDY } from '../../src-main/domain/decoding.ts';
import type { Engine, GenerateJob } from '../../src-main/engine/engine.ts';
import {
  batchedBench,
  benchModels,
  cpuSeconds,
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
    cpu: { type: 'boolean', default: false },
    rounds: { type: 'string', default: '3' },
    sequences: { type: 'string', default: '1,4,8,16,32' },
    'no-server': { type: 'boolean', default: false },
    threads: { type: 'string', default: String(cpus().length) },
    workers: { type: 'string', default: '1' },
    model: { type: 'string' },
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
  const startedAt = clock(engine.model.pid);
  let written = 0;
  for await (const result of engine.generate(jobs(texts), new AbortController().signal)) {
    if (result.error !== null) throw new Error(result.error);
    written += result.tokenIds.length + (result.eogLogprob === null ? 0 : 1);
  }
  return written / (clock(engine.model.pid) - startedAt);
}

/** Seconds: of the wall, or of the CPU by a process. */
function clock(pid: number): number {
  return values.cpu ? cpuSeconds(pid) : performance.now() / 1000;
}

async function measureServer(server: Server, texts: readonly string[], slots: number): Promise<number> {
  const startedAt = clock(server.pid);
  const written = await completeAll(server, texts, TOKENS, slots);
  return written / (clock(server.pid) - startedAt);
}

const threads = Number(values.threads);
const rounds = Number(values.rounds);
const limit = values.limit ? batchedBench() : null;
if (values.limit && limit === null) say('(the limit is not built: node test/bench/limit.ts)');
const pools = values.workers.split(',').map(Number);
const models = benchModels().filter(({ name }) => values.model === undefined || name === values.model);

/** Everything that is compared at one number of sequences, open at the same time and idle but for one. */
async function measure(modelPath: string, sequences: number): Promise<Map<string, number>> {
  await using open = new AsyncDisposableStack();
  const texts = prompts(Math.max(4, sequences * Number(values.waves)));
  const contestants = new Map<string, () => Promise<number>>();
  for (const workers of pools) {
    const engine = open.use(
      await openEngine(modelPath, { sequences, contextPerSequence: CONTEXT, threads }, workers),
    );
    contestants.set(pools.length > 1 ? `engine, pool of ${workers}` : 'engine', () =>
      measureEngine(engine, texts),
    );
  }
  if (!values['no-server']) {
    const server = open.use(await openServer(modelPath, sequences, CONTEXT, threads));
    contestants.set('server', () => measureServer(server, texts, sequences));
  }
  if (limit !== null) {
    const shape = { prompt: PROMPT_TOKENS, tokens: TOKENS, sequences, threads };
    const run = (prompt: number, tokens: number, count: number): { rate: number; cpu: number } => {
      const before = cpuSeconds('children');
      const found = measureLimit(limit, modelPath, { ...shape, prompt, tokens, sequences: count });
      return { rate: found.generation, cpu: cpuSeconds('children') - before };
    };
    const load = values.cpu ? run(PROMPT_TOKENS, 1, 1).cpu : 0;
    contestants.set('limit', async () => {
      const { rate, cpu } = run(PROMPT_TOKENS, TOKENS, sequences);
      return values.cpu ? (TOKENS * sequences) / (cpu - load) : rate;
    });
  }
  // Awaited here: what is open is closed on return.
  return await interleaved(contestants, rounds);
}

for (const model of models) {
  say(
    `\n${machine(model.path)}; ${threads} threads; tokens a ${values.cpu ? 'CPU second' : 'second'}, medians of ${rounds} interleaved rounds`,
  );
  const rows: string[][] = [];
  for (const sequences of values.sequences.split(',').map(Number)) {
    const rates = await measure(model.path, sequences);
    const best = Math.max(
      ...[...rates].filter(([name]) => name.startsWith('engine')).map(([, rate]) => rate),
    );
    if (rows.length === 0) {
      const ratios = [...rates.keys()]
        .filter((name) => !name.startsWith('engine'))
        .map((name) => `engine/${name}`);
      rows.push(['sequences', ...rates.keys(), ...ratios]);
    }
    const ratios = [...rates]
      .filter(([name]) => !name.startsWith('engine'))
      .map(([, rate]) => (best / rate).toFixed(2));
    rows.push([String(sequences), ...[...rates.values()].map((rate) => rate.toFixed(0)), ...ratios]);
  }
  table(rows);
}
