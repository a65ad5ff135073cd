// Judgments a second by next-token probability with the constant prefix kept: this engine, llama.cpp's own server
// writing verdicts of 1, 8 and 64 tokens with its prompt cache, and the limit: bare evaluation of the very tokens that
// differ, in place behind the same prefix, in the same batches (bare-engine.ts).
// Run: node test/bench/score.ts [--rounds 3] [--judgments 200] [--sequences 1,8] [--threads N] [--model Q4_0]
// [--no-server] [--samples 1] (answers to each question: then question and gold are shared as well)
// --cpu counts CPU seconds of the process instead of the clock's; with --threads 1 it means something on a busy machine.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import type { ModelPrompt } from '../../src-main/domain/prompts/model-prompt.ts';
import type { Engine, ScoreJob } from '../../src-main/engine/engine.ts';
import { buildEnvironment } from '../../src-main/engine/host/environment.ts';
import type { BareReply, BareRequest } from './bare-engine.ts';
import {
  benchModels,
  completeAll,
  cpuSeconds,
  interleaved,
  machine,
  openEngine,
  openServer,
  say,
  table,
} from './engine-bench.ts';

const { values } = parseArgs({
  options: {
    cpu: { type: 'boolean', default: false },
    rounds: { type: 'string', default: '3' },
    judgments: { type: 'string', default: '200' },
    samples: { type: 'string', default: '1' },
    sequences: { type: 'string', default: '1,8' },
    threads: { type: 'string', default: String(cpus().length) },
    model: { type: 'string' },
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

const samples = Number(values.samples);
const threads = Number(values.threads);

/** A prompt for each answer; where a question has several, they stand beside each other and share it. */
function prompts(count: number): ModelPrompt[] {
  return Array.from({ length: count }, (_, index) => {
    const asked = Math.floor(index / samples);
    const [one, other] = [NAMES[asked % 10], NAMES[(asked * 7 + 3) % 10]];
    const question = `Question: who was the founder of company ${asked}?\nAccepted: ${one} ${other}son\n`;
    const answer = `Answer: It was ${other} ${one}son in ${1900 + (index % 100)}.\nVerdict:`;
    const shared = samples > 1 ? [RUBRIC.length, RUBRIC.length + question.length] : [RUBRIC.length];
    return { kind: 'text', text: RUBRIC + question + answer, shared };
  });
}

async function* jobs(list: readonly ModelPrompt[]): AsyncGenerator<ScoreJob> {
  for (const [index, prompt] of list.entries()) yield { id: String(index), prompt, labels: [' A', ' B'] };
}

/** Seconds: of the wall, or of the CPU by a process. */
function clock(pid: number): number {
  return values.cpu ? cpuSeconds(pid) : performance.now() / 1000;
}

/** Judgments a second. */
async function measureEngine(engine: Engine, list: readonly ModelPrompt[]): Promise<number> {
  const startedAt = clock(engine.model.pid);
  let judged = 0;
  for await (const result of engine.score(jobs(list), new AbortController().signal)) {
    if (result.error !== null) throw new Error(result.error);
    judged += 1;
  }
  return judged / (clock(engine.model.pid) - startedAt);
}

const bareReply: z.ZodType<BareReply> = z.object({
  seconds: z.number(),
  cpuSeconds: z.number(),
  tokens: z.number(),
});

interface Bare extends AsyncDisposable {
  /** Prompts a second, and the tokens that were evaluated for one. */
  measure(list: readonly ModelPrompt[], threads: number): Promise<{ rate: number; tokens: number }>;
}

/** The bare evaluation, in a process with the engine's own environment. */
async function openBare(modelPath: string): Promise<Bare> {
  const child = fork(
    join(import.meta.dirname, 'bare-engine.ts'),
    [modelPath, String(CONTEXT), String(threads)],
    {
      env: buildEnvironment(process.env, { backend: 'cpu', devices: [] }),
      serialization: 'advanced',
    },
  );
  await once(child, 'message');
  return {
    async measure(list, count) {
      const request: BareRequest = { prompts: list, threads: count };
      child.send(request);
      const [message] = await once(child, 'message');
      const told = bareReply.parse(message);
      return {
        rate: list.length / (values.cpu ? told.cpuSeconds : told.seconds),
        tokens: told.tokens / list.length,
      };
    },
    async [Symbol.asyncDispose]() {
      const gone = once(child, 'exit');
      child.disconnect();
      await gone;
    },
  };
}

async function compare(modelPath: string): Promise<void> {
  await using open = new AsyncDisposableStack();
  const list = prompts(Number(values.judgments));
  const contestants = new Map<string, () => Promise<number>>();
  const engines: string[] = [];
  let used = threads;
  for (const sequences of values.sequences.split(',').map(Number)) {
    const settings = { sequences, contextPerSequence: CONTEXT, threads };
    const engine = open.use(await openEngine(modelPath, settings));
    used = engine.model.tuned?.threads ?? threads;
    const name = `engine, ${sequences} sequences`;
    engines.push(name);
    contestants.set(name, () => measureEngine(engine, list));
  }
  const bare = open.use(await openBare(modelPath));
  const { tokens } = await bare.measure(list.slice(0, 4), used);
  contestants.set('limit', async () => (await bare.measure(list, used)).rate);
  if (!values['no-server']) {
    const server = open.use(await openServer(modelPath, SERVER_SLOTS, CONTEXT, threads));
    const texts = list.map((prompt) => (prompt.kind === 'text' ? prompt.text : ''));
    for (const written of [1, 8, 64]) {
      const some = texts.slice(0, Math.max(SERVER_SLOTS * 2, Math.floor(texts.length / written)));
      contestants.set(`server, ${written} tokens`, async () => {
        const startedAt = clock(server.pid);
        await completeAll(server, some, written, SERVER_SLOTS);
        return some.length / (clock(server.pid) - startedAt);
      });
    }
  }
  const what = values.cpu ? 'CPU second' : 'second';
  say(
    `\n${machine(modelPath)}; ${used} of ${threads} threads; ${tokens.toFixed(0)} tokens of each differ; ` +
      `judgments a ${what}, medians of ${values.rounds} interleaved rounds`,
  );
  const rates = await interleaved(contestants, Number(values.rounds));
  const best = Math.max(...engines.map((name) => rates.get(name) ?? 0));
  const rows = [...rates].map(([name, rate]) => [name, rate.toFixed(1), (best / rate).toFixed(2)]);
  table([['', 'judged', 'best engine ÷ this'], ...rows]);
}

for (const { name, path } of benchModels()) {
  if (values.model === undefined || name === values.model) await compare(path);
}
