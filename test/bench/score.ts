// Judgments a second by next-token probability with the constant prefix kept: this engine, llama.cpp's own server
// writing verdicts of 1, 8 and 64 tokens with its prompt cache, and the limit: prompt evaluation of what differs.
// Run: node test/bench/score.ts [--limit] [--rounds 3] [--judgments 200] [--sequences 1,8] [--threads N] [--no-server]
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import type { Engine, ScoreJob } from '../../src-main/engine/engine.ts';
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

const { values } = parseArgs({
  options: {
    limit: { type: 'boolean', default: false },
    rounds: { type: 'string', default: '3' },
    judgments: { type: 'string', default: '200' },
    sequences: { type: 'string', default: '1,8' },
    threads: { type: 'string', default: String(cpus().length) },
    'no-server': { type: 'boolean', default: false },
  },
});
const SERVER_SLOTS = 8;
const CONTEXT = 512;
const RUBRIC =
  'You are the judge of a court that decides whether an answer to a question is correct. You are given the question, ' +
  'the accepted answers and the answer of a candidate. The answer is correct when it says the same as one of the ' +
  'accepted answers, in whatever words, and nothing that contradicts it. It is incorrect when it says something else, ' +
  'when it does not answer, or when it hedges between several. Ignore style, length, spelling and politeness. Do not ' +
  'use your own knowledge of the subject: the accepted answers decide. Think of the last sentence as the answer when ' +
  'there are several. Answer with one letter: A for correct, B for incorrect.\n\n';
const NAMES = ['Anna', 'Boris', 'Clara', 'David', 'Elena', 'Farid', 'Greta', 'Hiro', 'Ines', 'Jonas'];

function items(count: number): string[] {
  return Array.from({ length: count }, (_, index) => {
    const [one, other] = [NAMES[index % 10], NAMES[(index * 7 + 3) % 10]];
    return `Question: who was the founder of company ${index}?\nAccepted: ${one} ${other}son\nAnswer: It was ${other} ${one}son in ${1900 + (index % 100)}.\nVerdict:`;
  });
}

async function* jobs(texts: readonly string[]): AsyncGenerator<ScoreJob> {
  for (const [index, text] of texts.entries()) {
    const prompt = { kind: 'text', text: RUBRIC + text, shared: [RUBRIC.length] } as const;
    yield { id: String(index), prompt, labels: [' A', ' B'] };
  }
}

/** Judgments a second, and how many tokens each took. */
async function measureEngine(engine: Engine, texts: readonly string[]): Promise<number> {
  const startedAt = performance.now();
  let judged = 0;
  for await (const result of engine.score(jobs(texts), new AbortController().signal)) {
    if (result.error !== null) throw new Error(result.error);
    judged += 1;
  }
  return judged / ((performance.now() - startedAt) / 1000);
}

const threads = Number(values.threads);
const texts = items(Number(values.judgments));
const limit = values.limit ? batchedBench() : null;
if (values.limit && limit === null) say('(the limit is not built: node test/bench/limit.ts)');
for (const model of benchModels()) {
  const engines = new Map<string, Engine>();
  for (const sequences of values.sequences.split(',').map(Number)) {
    const settings = { sequences, contextPerSequence: CONTEXT, threads };
    engines.set(`engine, ${sequences} sequences`, await openEngine(model.path, settings));
  }
  const [first] = engines.values();
  if (!first) throw new Error('No number of sequences given.');
  const [all = 0, constant = 0] = await first.countTokens([
    { kind: 'text', text: RUBRIC + (texts[0] ?? '') },
    { kind: 'text', text: RUBRIC },
  ]);
  const contestants = new Map<string, () => Promise<number>>();
  for (const [name, engine] of engines) contestants.set(name, () => measureEngine(engine, texts));
  const server = values['no-server'] ? null : await openServer(model.path, SERVER_SLOTS, CONTEXT, threads);
  for (const tokens of server ? [1, 8, 64] : []) {
    const some = texts.slice(0, Math.max(SERVER_SLOTS * 2, Math.floor(texts.length / tokens)));
    contestants.set(`server, ${tokens} tokens`, async () => {
      const startedAt = performance.now();
      if (server)
        await completeAll(
          server,
          some.map((text) => RUBRIC + text),
          tokens,
          SERVER_SLOTS,
        );
      return some.length / ((performance.now() - startedAt) / 1000);
    });
  }
  if (limit !== null) {
    const shape = { prompt: all - constant + 1, tokens: 1, sequences: 1, threads };
    contestants.set('limit', async () => measureLimit(limit, model.path, shape).prompt / shape.prompt);
  }
  try {
    say(
      `\n${machine(model.path)}; ${threads} threads; ${constant} constant tokens, ${all - constant} of the item`,
    );
    const rates = await interleaved(contestants, Number(values.rounds));
    const best = Math.max(...[...engines.keys()].map((name) => rates.get(name) ?? 0));
    const rows = [...rates].map(([name, rate]) => [name, rate.toFixed(1), (best / rate).toFixed(2)]);
    table([['', 'judged/s', 'best engine ÷ this'], ...rows]);
  } finally {
    for (const engine of engines.values()) await engine.stop();
    await server?.[Symbol.asyncDispose]();
  }
}
