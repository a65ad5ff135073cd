// The whole job, as a person waits for it: 100 questions answered (64 tokens at most) and judged, from the command to the
// table. Assize from the command line: start, two loads, two unloads and everything kept. Inspect (inspect-ai from PyPI)
// with its own judge prompt and 256 tokens at most, on llama.cpp's server with 8 slots, which is started and ended for it.
// Run: node test/bench/job.ts [--rounds 3] [--questions 100] [--model Q4_0]
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import {
  benchModels,
  interleaved,
  machine,
  openServer,
  python,
  ROOT,
  say,
  SHARED,
  table,
} from './engine-bench.ts';

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '3' },
    questions: { type: 'string', default: '100' },
    model: { type: 'string' },
  },
});
const SLOTS = 8;
const CONTEXT_PER_SLOT = 1024;
const INSPECT = { 'inspect-ai': '0.3.285', openai: '3.54.0' } as const;
const ANSWER_TOKENS = '64';

const rows = z.array(z.object({ question: z.string(), golden_answer: z.string() }));
type Row = { readonly question: string; readonly gold: string[] };

function questions(): Row[] | null {
  const path = join(SHARED, 'data/evouna-tq.json');
  if (!existsSync(path)) return null;
  const all = rows.parse(JSON.parse(readFileSync(path, 'utf8')));
  return all
    .slice(0, Number(values.questions))
    .map(({ question, golden_answer }) => ({ question, gold: golden_answer.split('/') }));
}

interface Ran {
  readonly out: string;
  readonly seconds: number;
}

/** A program to its end. Throws with its last words when it fails. */
async function ran(command: string, args: readonly string[], env: NodeJS.ProcessEnv): Promise<Ran> {
  const startedAt = performance.now();
  const child = spawn(command, args, { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
  const said = { out: '', err: '' };
  child.stdout.on('data', (chunk: Buffer) => (said.out += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (said.err += chunk.toString()));
  const [code] = await once(child, 'close');
  if (code !== 0)
    throw new Error(`${command} ${args[0] ?? ''} ended with ${String(code)}: ${said.err.slice(-2000)}`);
  return { out: said.out, seconds: (performance.now() - startedAt) / 1000 };
}

/** What each side said of its last round: without it a fast failure would look like speed. */
const said = new Map<string, string>();

const finished = z.object({
  run: z.object({
    status: z.string(),
    phases: z.array(z.object({ role: z.string(), done: z.number(), tokens: z.number(), busyMs: z.number() })),
  }),
});

async function assize(modelPath: string, folder: string, list: readonly Row[]): Promise<number> {
  const dataset = join(folder, 'questions.jsonl');
  writeFileSync(
    dataset,
    list.map((row) => `${JSON.stringify({ question: row.question, answer: row.gold })}\n`).join(''),
  );
  // A data directory of its own each time: nothing is remembered from the round before.
  const dataDir = mkdtempSync(join(folder, 'data-'));
  const models = ['--generator', modelPath, '--judge', modelPath];
  const args = [
    '--dataset',
    dataset,
    '--style',
    'long',
    '--max-tokens',
    ANSWER_TOKENS,
    '--seed',
    '0',
    ...models,
  ];
  const done = await ran(
    process.execPath,
    [join(ROOT, 'scripts/assize.mjs'), 'run', '--json', '--data-dir', dataDir, ...args],
    {},
  );
  const { run } = finished.parse(JSON.parse(done.out));
  const phases = run.phases.map(
    ({ role, done: count, tokens, busyMs }) =>
      `${role} ${count} (${tokens} tokens, ${(busyMs / 1000).toFixed(1)} s)`,
  );
  if (run.status !== 'done') throw new Error(`Assize: ${run.status}`);
  said.set('assize', `${run.status}: ${phases.join(', ')}`);
  return done.seconds;
}

const inspected = z.object({
  status: z.string(),
  samples: z.number(),
  graded: z.number(),
  tokens: z.number(),
});

async function inspect(modelPath: string, folder: string, list: readonly Row[]): Promise<number> {
  const path = join(folder, 'questions.json');
  writeFileSync(path, JSON.stringify(list));
  const program = python('inspect', INSPECT);
  // Before the clock starts: the environments are made once, not with every job.
  python();
  const startedAt = performance.now();
  {
    await using server = await openServer(modelPath, SLOTS, CONTEXT_PER_SLOT, cpus().length);
    const args = [
      join(import.meta.dirname, 'inspect-job.py'),
      path,
      server.url,
      join(folder, 'logs'),
      String(SLOTS),
    ];
    const { out } = await ran(program, args, {});
    const told = inspected.parse(JSON.parse(out.trim().split('\n').at(-1) ?? ''));
    said.set(
      'inspect',
      `${told.status}: ${told.samples} answered, ${told.graded} graded, ${told.tokens} tokens written`,
    );
    if (told.status !== 'success') throw new Error(`Inspect: ${told.status}`);
  }
  return (performance.now() - startedAt) / 1000;
}

const list = questions();
if (list === null) say('There is no EVOUNA-TQ beside the project: nothing to measure.');
else {
  for (const { name, path } of benchModels()) {
    if (values.model !== undefined && values.model !== name) continue;
    const folder = mkdtempSync(join(tmpdir(), 'assize-job-'));
    try {
      say(
        `\n${machine(path)}; ${list.length} questions answered and judged; seconds, medians of ${values.rounds} interleaved rounds`,
      );
      const contestants = new Map([
        ['assize', () => assize(path, folder, list)],
        ['inspect', () => inspect(path, folder, list)],
      ]);
      const seconds = await interleaved(contestants, Number(values.rounds));
      const ours = seconds.get('assize') ?? Number.NaN;
      table([
        ['', 'seconds', 'times assize'],
        ...[...seconds].map(([who, value]) => [who, value.toFixed(1), (value / ours).toFixed(2)]),
      ]);
      for (const [who, text] of said) say(`${who}: ${text}`);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }
}
