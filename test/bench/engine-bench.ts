/** What the engine's benches share: models, the other server, the limit, medians of interleaved rounds, tables. */
import { spawn, spawnSync } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus, homedir, loadavg } from 'node:os';
import { basename, join } from 'node:path';
import { createInterface } from 'node:readline';
import type { LoadSettings } from '../../src-main/domain/plan.ts';
import type { Engine } from '../../src-main/engine/engine.ts';
import { startEngine } from '../../src-main/engine/host/start-engine.ts';

export const ROOT = join(import.meta.dirname, '../..');
export const SHARED = join(ROOT, '../shared');
export const ENTRY = join(ROOT, 'src-main/engine/runtime/main.ts');
export const CACHE = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'assize', 'bench');
/** Programs of llama.cpp over the engine's own libraries, as limit.ts builds them. */
export const LIMIT = join(CACHE, 'limit');
const PACKAGES = { xllamacpp: '2026.10.11549', gguf: '0.19.0' } as const;

export function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

function run(command: string, args: readonly string[], cwd?: string): void {
  const done = spawnSync(command, args, { stdio: ['ignore', 'ignore', 'inherit'], ...(cwd ? { cwd } : {}) });
  if (done.status !== 0)
    throw new Error(`${command} ${args.join(' ')} failed (${done.status ?? done.signal}).`);
}

/** A Python of its own with these packages in it; made once, and again when a version changes. */
export function python(name: string = 'venv', packages: Readonly<Record<string, string>> = PACKAGES): string {
  const venv = join(CACHE, name);
  const path = join(venv, 'bin/python');
  const wanted = Object.entries(packages).map(([packageName, version]) => `${packageName}==${version}`);
  const stamp = join(venv, 'ready');
  if (!existsSync(stamp) || readFileSync(stamp, 'utf8') !== wanted.join(' ')) {
    say(`(once: a Python environment with ${Object.keys(packages).join(', ')})`);
    mkdirSync(CACHE, { recursive: true });
    run('python3', ['-m', 'venv', venv]);
    run(path, ['-m', 'pip', 'install', '-q', '--disable-pip-version-check', ...wanted]);
    writeFileSync(stamp, wanted.join(' '));
  }
  return path;
}

/** The default model as it is, and requantized; only those whose parts are there. */
export function benchModels(): { name: string; path: string }[] {
  const shipped = join(SHARED, 'models/SmolLM2-135M-Instruct.Q4_1.gguf');
  const tool = join(SHARED, 'tools/requantize.py');
  const models = [];
  if (existsSync(tool) && existsSync(shipped)) {
    const path = join(CACHE, 'SmolLM2-135M-Instruct.Q4_0.gguf');
    if (!existsSync(path)) run(python(), [tool, shipped, path, 'Q4_0']);
    models.push({ name: 'Q4_0', path });
  }
  if (existsSync(shipped)) models.push({ name: 'Q4_1', path: shipped });
  if (models.length === 0)
    say(`There is no default model beside the project (${shipped}): nothing to measure.`);
  return models;
}

export function openEngine(
  modelPath: string,
  settings: Partial<LoadSettings>,
  workers?: number,
): Promise<Engine> {
  return startEngine({
    entry: ENTRY,
    modelPath,
    settings: {
      gpuLayers: 0,
      contextPerSequence: 256,
      sequences: 8,
      batch: 512,
      threads: cpus().length,
      flashAttention: true,
      kvType: 'f16',
      mmap: true,
      backend: 'cpu',
      devices: [],
      ...settings,
    },
    signal: new AbortController().signal,
    log: () => undefined,
    workers,
  });
}

export interface Server extends AsyncDisposable {
  readonly pid: number;
  readonly url: string;
}

/** llama.cpp's own server, from a wheel, with so many slots. */
export async function openServer(
  modelPath: string,
  slots: number,
  contextPerSlot: number,
  threads: number,
): Promise<Server> {
  const script = join(import.meta.dirname, 'llama-server.py');
  const args = [script, modelPath, String(slots), String(slots * contextPerSlot), String(threads)];
  const child: ChildProcess = spawn(python(), args, { stdio: ['pipe', 'pipe', 'ignore'] });
  if (!child.stdout) throw new Error('The server has no output.');
  const lines = createInterface({ input: child.stdout });
  const [url] = await Promise.race([once(lines, 'line'), once(child, 'exit').then(() => [''])]);
  if (!String(url).startsWith('http')) throw new Error('The server did not start.');
  return {
    url: String(url),
    pid: child.pid ?? 0,
    async [Symbol.asyncDispose]() {
      child.stdin?.end();
      const late = setTimeout(() => child.kill('SIGKILL'), 2000);
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
      clearTimeout(late);
    },
  };
}

/** One completion, with the log-probability of every token as the engine keeps it. Returns the tokens written. */
async function complete(server: Server, prompt: string, tokens: number): Promise<number> {
  const response = await fetch(`${server.url}/v1/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ prompt, max_tokens: tokens, temperature: 0, logprobs: 1, cache_prompt: true }),
  });
  const body: unknown = await response.json();
  const usage: unknown = typeof body === 'object' && body !== null && 'usage' in body ? body.usage : null;
  if (typeof usage !== 'object' || usage === null || !('completion_tokens' in usage)) {
    throw new Error(`The server answered ${response.status}: ${JSON.stringify(body).slice(0, 300)}`);
  }
  return Number(usage.completion_tokens);
}

/** Sends prompts, `slots` at a time; returns the tokens written. */
export async function completeAll(
  server: Server,
  prompts: readonly string[],
  tokens: number,
  slots: number,
): Promise<number> {
  let next = 0;
  let written = 0;
  const one = async (): Promise<void> => {
    for (let prompt = prompts[next++]; prompt !== undefined; prompt = prompts[next++]) {
      // Read after the answer: `written += await …` would add to what it was before.
      const count = await complete(server, prompt, tokens);
      written += count;
    }
  };
  await Promise.all(Array.from({ length: slots }, one));
  return written;
}

/** Path of llama-batched-bench as `limit.ts` builds it; null before. */
export function batchedBench(): string | null {
  const path = join(LIMIT, 'llama-batched-bench');
  return existsSync(path) ? path : null;
}

export interface Limit {
  /** Tokens a second of generation, prompts included; sampling nothing. */
  readonly generation: number;
  /** Prompt tokens a second. */
  readonly prompt: number;
  /** What it took without loading. */
  readonly seconds: number;
}

/** llama-batched-bench once: so many sequences of a prompt and tokens. */
export function measureLimit(
  program: string,
  modelPath: string,
  shape: { prompt: number; tokens: number; sequences: number; threads: number },
): Limit {
  // A sequence's cells are padded to 256.
  const context = String(Math.ceil((shape.prompt + shape.tokens) / 256) * 256 * shape.sequences);
  const load = `-m ${modelPath} -c ${context} -b 512 -ub 512 -t ${shape.threads} -fa on`.split(' ');
  const run = `-npp ${shape.prompt} -ntg ${shape.tokens} -npl ${shape.sequences} --output-format jsonl`.split(
    ' ',
  );
  const done = spawnSync(program, [...load, ...run], { encoding: 'utf8' });
  const line = done.stdout.split('\n').find((text) => text.startsWith('{'));
  if (line === undefined) throw new Error(`llama-batched-bench said nothing: ${done.stderr.slice(-400)}`);
  const told: unknown = JSON.parse(line);
  if (typeof told !== 'object' || told === null || !('t' in told) || !('speed_pp' in told))
    throw new Error(line);
  return {
    generation: (shape.tokens * shape.sequences) / Number(told.t),
    prompt: Number(told.speed_pp),
    seconds: Number(told.t),
  };
}

/** Clock ticks of /proc are hundredths of a second. */
const TICKS = 100;

/** CPU seconds that a process has used, or (of `self`) its ended children: tells the same on a busy machine. */
export function cpuSeconds(pid: number | 'children'): number {
  const text = readFileSync(`/proc/${pid === 'children' ? 'self' : pid}/stat`, 'utf8');
  const fields = text
    .slice(text.lastIndexOf(')') + 2)
    .split(' ')
    .map(Number);
  const [user, system] = pid === 'children' ? [fields[13], fields[14]] : [fields[11], fields[12]];
  return ((user ?? 0) + (system ?? 0)) / TICKS;
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

/** Measures every contestant once a round, one after the other, so that a slow minute falls on all of them. */
export async function interleaved(
  contestants: ReadonlyMap<string, () => Promise<number>>,
  rounds: number,
): Promise<Map<string, number>> {
  const rates = new Map<string, number[]>([...contestants.keys()].map((name) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    for (const [name, measure] of contestants) rates.get(name)?.push(await measure());
  }
  return new Map([...rates].map(([name, list]) => [name, median(list)]));
}

export function table(rows: readonly (readonly string[])[]): void {
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? [];
  for (const row of rows) say(row.map((cell, column) => cell.padStart(widths[column] ?? 0)).join('   '));
}

/** What was measured where: without it a figure means nothing. */
export function machine(modelPath: string): string {
  const [cpu] = cpus();
  return `${basename(modelPath)} · ${cpu?.model ?? 'CPU'} · ${cpus().length} cores · load ${loadavg()[0]?.toFixed(1)} · Node ${process.version}`;
}
