// What a run costs beside inference, through the whole core: prompts, hashes, IPC, parsing, storing, progress, the
// heartbeat, the run's own check. With the scripted engine, which answers at once: answers stored and judged a second, CPU
// a question and memory from 100 questions to 10,000. With the real one: the core's share of all CPU.
// Run: node test/bench/overhead.ts [--questions 100,1000,10000] [--rounds 3] [--no-model]
// (--cpu-prof of Node shows where it goes)
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import type { Core } from '../../src-main/core/core.ts';
import { locate } from '../../src-main/core/locations.ts';
import type { LaunchInput } from '../../src-main/contract/runs.ts';
import { openSettings } from '../../src-main/core/settings/settings.ts';
import type { Run } from '../../src-main/domain/run.ts';
import {
  type Bench,
  createBench,
  ended,
  ENTRY_DIR,
  importQuestions,
  launchOf,
  openCore,
} from '../engine/runs/workbench.ts';
import { benchModels, cpuSeconds, machine, median, say, table } from './engine-bench.ts';

const { values } = parseArgs({
  options: {
    questions: { type: 'string', default: '100,1000,10000' },
    rounds: { type: 'string', default: '3' },
    real: { type: 'string', default: '200' },
    'no-model': { type: 'boolean', default: false },
  },
});
const MEMORY_MS = 50;
const MIB = 1024 * 1024;

interface Measured {
  readonly run: Run;
  /** Of this process: core and its store threads. */
  readonly coreCpu: number;
  /** Of its children. */
  readonly childCpu: number;
  readonly seconds: number;
  readonly peakMib: number;
  /** CPU of this process while an engine was at work, and how long that was: loads, plans and hashes are not in it. */
  readonly atWork: { readonly coreCpu: number; readonly seconds: number };
}

/** Watches a run to its end, as a page does, and adds up what this process used while its engines worked. */
async function watched(core: Core, runId: number): Promise<Measured['atWork']> {
  let since: { cpu: NodeJS.CpuUsage; at: number } | null = null;
  let [coreCpu, seconds] = [0, 0];
  for await (const run of await core.client.runs.watch({ runId })) {
    const working = run.phases.some(({ state }) => state === 'running');
    if (working) since ??= { cpu: process.cpuUsage(), at: performance.now() };
    else if (since !== null) {
      const { user, system } = process.cpuUsage(since.cpu);
      coreCpu += (user + system) / 1e6;
      seconds += (performance.now() - since.at) / 1000;
      since = null;
    }
  }
  return { coreCpu, seconds };
}

async function measure(core: Core, start: () => Promise<number>): Promise<Measured> {
  global.gc?.();
  let peak = 0;
  const look = setInterval(() => (peak = Math.max(peak, process.memoryUsage.rss())), MEMORY_MS);
  const before = { cpu: process.cpuUsage(), children: cpuSeconds('children'), at: performance.now() };
  const runId = await start();
  const atWork = await watched(core, runId);
  const run = await ended(core, runId);
  clearInterval(look);
  if (run.status !== 'done') throw new Error(`The run ended as ${run.status}: ${run.error ?? ''}`);
  const { user, system } = process.cpuUsage(before.cpu);
  return {
    run,
    coreCpu: (user + system) / 1e6,
    childCpu: cpuSeconds('children') - before.children,
    seconds: (performance.now() - before.at) / 1000,
    peakMib: peak / MIB,
    atWork,
  };
}

/** What a run with one phase cost: items a second while its engine worked, milliseconds of CPU an item. */
interface Cost {
  readonly rate: number;
  readonly core: number;
  readonly child: number;
  readonly peakMib: number;
}

function costOf({ run, coreCpu, childCpu, peakMib }: Measured): Cost {
  const done = run.phases.reduce((sum, phase) => sum + phase.done, 0);
  const busyMs = run.phases.reduce((sum, phase) => sum + phase.busyMs, 0);
  return {
    rate: (done * 1000) / busyMs,
    core: (1000 * coreCpu) / done,
    child: (1000 * childCpu) / done,
    peakMib,
  };
}

/** Answers, then verdicts on them, each as a run of its own. */
async function scripted(questions: number): Promise<{ answers: Cost; verdicts: Cost }> {
  const bench: Bench = await createBench(questions);
  try {
    const core = await bench.open();
    try {
      const dataset = await importQuestions(core, bench);
      const start = async (more: Partial<LaunchInput>, experiment: object): Promise<number> => {
        const launch = { ...launchOf(dataset, experiment), ...more };
        return (await core.client.runs.start(launch)).runId;
      };
      const answers = await measure(core, () => start({}, { judges: [] }));
      const from = { answers: { kind: 'run', runId: answers.run.id } } as const;
      const verdicts = await measure(core, () => start(from, { generator: null }));
      return { answers: costOf(answers), verdicts: costOf(verdicts) };
    } finally {
      await core.close();
    }
  } finally {
    bench.remove();
  }
}

say(
  `\nThe scripted engine, load ${loadavg()[0]?.toFixed(1)}, medians of ${values.rounds} rounds; CPU in ms an item, start and end of the run included`,
);
const rows = [['questions', 'kind', 'a second', 'core', 'engine', 'peak MiB']];
for (const questions of values.questions.split(',').map(Number)) {
  const rounds: { answers: Cost; verdicts: Cost }[] = [];
  for (let round = 0; round < Number(values.rounds); round++) rounds.push(await scripted(questions));
  for (const kind of ['answers', 'verdicts'] as const) {
    const of = (value: (cost: Cost) => number): number => median(rounds.map((one) => value(one[kind])));
    rows.push([
      String(questions),
      kind,
      of((cost) => cost.rate).toFixed(0),
      of((cost) => cost.core).toFixed(3),
      of((cost) => cost.child).toFixed(3),
      of((cost) => cost.peakMib).toFixed(0),
    ]);
  }
}
table(rows);

/** Generator and judge in one, on this many questions. */
async function real(modelPath: string, questions: number): Promise<Measured> {
  const bench = await createBench(questions);
  const dataDir = mkdtempSync(join(tmpdir(), 'assize-overhead-'));
  try {
    mkdirSync(dataDir, { recursive: true });
    await (await openSettings(join(dataDir, 'settings.json'))).set({ modelFolders: [dirname(modelPath)] });
    const core = await openCore(dataDir, dataDir, locate(ENTRY_DIR, {}));
    try {
      for await (const _ of await core.client.models.rescan());
      const dataset = await importQuestions(core, bench);
      const models = { generator: modelPath, judges: [modelPath] };
      const launch = launchOf(dataset, { ...models, decoding: { maxTokens: 64 }, prompt: { style: 'long' } });
      return await measure(core, async () => (await core.client.runs.start(launch)).runId);
    } finally {
      await core.close();
    }
  } finally {
    bench.remove();
    rmSync(dataDir, { recursive: true, force: true });
  }
}

for (const { path } of values['no-model'] ? [] : benchModels()) {
  const { coreCpu, childCpu, atWork, seconds } = await real(path, Number(values.real));
  say(`\n${machine(path)}; ${values.real} questions answered and judged in ${seconds.toFixed(1)} s`);
  const share = (100 * atWork.coreCpu) / atWork.seconds;
  say(
    `while the engines worked (${atWork.seconds.toFixed(1)} s) the core used ${atWork.coreCpu.toFixed(2)} s of CPU, ` +
      `${share.toFixed(1)} % of that time; with planning, hashing and unloading ${coreCpu.toFixed(2)} s, the engines ${childCpu.toFixed(2)} s`,
  );
}
