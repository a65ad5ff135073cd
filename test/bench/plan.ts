// Plans per second and the slider's latency, on generated headers and through the contract. Run: node test/bench/plan.ts [--seconds 2]
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { createCore, type Core } from '../../src-main/core/core.ts';
import { locate } from '../../src-main/core/locations.ts';
import type { Machine } from '../../src-main/domain/hardware.ts';
import type { GgufHeader } from '../../src-main/domain/model.ts';
import { boxMachine, parseBox, parseCards } from '../../src-main/domain/planning/cards.ts';
import { planModel, wishesFor, type ModelWishes } from '../../src-main/domain/planning/plan-model.ts';
import { smallSpec } from '../fixtures/gguf-architectures.ts';
import { guideSpec, headerOf } from '../fixtures/gguf-headers.ts';

const { values } = parseArgs({ options: { seconds: { type: 'string', default: '2' } } });
const SECONDS = Number(values.seconds);
const CATALOGUE = new URL('../../resources/catalogue/cards.json', import.meta.url);
const cards = parseCards(JSON.parse(readFileSync(CATALOGUE, 'utf8')));

/** What the issue asks for. */
const WANTED_PER_SECOND = 1000;
const WANTED_SLIDER_MS = 50;

function box(name: string): Machine {
  return boxMachine(parseBox(name, cards), { ramBytes: 128 * 2 ** 30, physicalCores: 16, at: 0 });
}

interface Case {
  readonly name: string;
  readonly header: GgufHeader;
  readonly machine: Machine;
  readonly wishes?: Partial<ModelWishes>;
}

/** What a person asks a planner: models that fit, that do not, on one card, several, none, of several kinds. */
const CASES: readonly Case[] = [
  {
    name: '8B Q4_K_M on 24 GB',
    header: headerOf(guideSpec('Llama-3-8B', 'Q4_K_M')),
    machine: box('RTX 4090'),
  },
  {
    name: '8B Q8_0 on 8 GB, layers chosen',
    header: headerOf(guideSpec('Llama-3-8B', 'Q8_0')),
    machine: box('RTX 4060'),
  },
  {
    name: '1B F16 on 6 GB',
    header: headerOf(guideSpec('Llama-3.2-1B', 'F16')),
    machine: box('RTX 3060 Laptop'),
  },
  {
    name: '70B Q8_0 on 2×40 GB',
    header: headerOf(guideSpec('Llama-3.1-70B', 'Q8_0')),
    machine: box('2x A100 40GB'),
  },
  {
    name: '70B Q4_K_M on 24 GB, layers chosen',
    header: headerOf(guideSpec('Llama-3.1-70B', 'Q4_K_M')),
    machine: box('RTX 4090'),
  },
  {
    name: '70B Q4_K_M on the CPU',
    header: headerOf(guideSpec('Llama-3.1-70B', 'Q4_K_M')),
    machine: box('cpu'),
  },
  {
    name: '8B Q4_K_M, flash attention off',
    header: headerOf(guideSpec('Llama-3-8B', 'Q4_K_M')),
    machine: box('RTX 4090'),
    wishes: { flashAttention: false },
  },
  {
    name: 'small mixture of experts',
    header: headerOf(smallSpec('mixtral', 'Q4_0')),
    machine: box('RTX 4060'),
  },
  { name: 'small hybrid', header: headerOf(smallSpec('jamba', 'F16')), machine: box('RTX 4060') },
];

/** A new context for every plan: the same question twice would be answered from memory. */
let asked = 0;

function plan({ header, machine, wishes }: Case): void {
  asked += 1;
  const contextPerSequence = 512 + (asked % 4096);
  const sequences = 1 + (asked % 3);
  planModel(
    header,
    machine,
    wishesFor({ role: 'judge', modelId: 'm', modelName: 'm', ...wishes, contextPerSequence, sequences }),
  );
}

/** Plans per second of this process's own time: others on the machine do not count. */
function rate(cases: readonly Case[]): number {
  for (const each of cases) plan(each);
  const before = process.cpuUsage();
  const spent = (): number => {
    const { user, system } = process.cpuUsage(before);
    return (user + system) / 1e6;
  };
  let plans = 0;
  while (spent() < SECONDS) {
    for (const each of cases) plan(each);
    plans += cases.length;
  }
  return plans / spent();
}

/** Milliseconds of this process for a slider's steps, as a person drags the context up: of a hundred, the median, the 95th and the slowest. */
function slider(each: Case): { median: number; late: number; slowest: number } {
  const times = Array.from({ length: 100 }, (_, i) => {
    const before = process.cpuUsage();
    planModel(
      each.header,
      each.machine,
      wishesFor({
        role: 'judge',
        modelId: 'm',
        modelName: 'm',
        contextPerSequence: 512 + 256 * i,
        sequences: 'auto',
      }),
    );
    const { user, system } = process.cpuUsage(before);
    return (user + system) / 1000;
  }).toSorted((a, b) => a - b);
  return { median: times[50] ?? 0, late: times[94] ?? 0, slowest: times.at(-1) ?? 0 };
}

const say = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

/** An experiment as a page plans it: with schedules, times, costs, ways out and the best files. */
const EXPERIMENTS: readonly { readonly name: string; readonly box: string | null; readonly judge: string }[] =
  [
    { name: '1B F16 + 70B Q8_0 on A100 80GB', box: 'A100 80GB', judge: 'Llama-3.1-70B:Q8_0' },
    { name: '1B F16 + 70B Q8_0 on 2x A100 40GB', box: '2x A100 40GB', judge: 'Llama-3.1-70B:Q8_0' },
    { name: '1B F16 + 8B Q8_0 on RTX 4060 (a no)', box: 'RTX 4060', judge: 'Llama-3-8B:Q8_0' },
    { name: '1B F16 + 8B Q8_0 on this machine', box: null, judge: 'Llama-3-8B:Q8_0' },
  ];
const QUESTIONS = 1000;
const STEPS = 60;

/** Sorted ms of each step: of this process (others on the machine do not count), and by the clock. */
async function steps(step: (i: number) => Promise<unknown>): Promise<{ cpu: number[]; clock: number[] }> {
  const cpu: number[] = [];
  const clock: number[] = [];
  for (let i = 0; i < STEPS; i++) {
    const before = process.cpuUsage();
    const at = performance.now();
    await step(i);
    clock.push(performance.now() - at);
    const { user, system } = process.cpuUsage(before);
    cpu.push((user + system) / 1000);
  }
  const ascending = (a: number, b: number): number => a - b;
  return { cpu: cpu.toSorted(ascending), clock: clock.toSorted(ascending) };
}

async function openCore(folder: string): Promise<{ core: Core; dataset: string }> {
  const entryDir = resolve(import.meta.dirname, '../../src-main/cli');
  const core = await createCore({
    dataDir: join(folder, 'data'),
    door: 'serve',
    version: 'bench',
    locations: locate(entryDir, {}),
    nodePath: process.execPath,
    env: { PATH: process.env['PATH'] },
    home: folder,
  });
  const csv = join(folder, 'questions.csv');
  const rows = Array.from({ length: QUESTIONS }, (_, i) => `What is the square of ${i}?,${i * i}`);
  writeFileSync(csv, `question,answer\n${rows.join('\n')}\n`);
  const file = core.grants.grantPath(csv);
  let dataset = '';
  for await (const event of await core.client.datasets.import({
    file,
    name: null,
    kind: null,
    mapping: null,
  }))
    if (event.kind === 'done') dataset = String(event.dataset.id);
  return { core, dataset };
}

/** Medians of re-planning a whole experiment through the contract while a person drags the context, CPU ms. */
async function contract(): Promise<number[]> {
  const folder = mkdtempSync(join(tmpdir(), 'assize-bench-plan-'));
  const { core, dataset } = await openCore(folder);
  const medians: number[] = [];
  try {
    for (const { name, box, judge } of EXPERIMENTS) {
      const plan = (i: number) =>
        core.client.planning.experiment({
          experiment: {
            dataset,
            generator: { model: 'Llama-3.2-1B:F16', context: 512 + 256 * (i % 16) },
            judges: [{ model: judge, context: 1024 + 256 * (i % 24) }],
          },
          box,
        });
      // The first reads tables, counts prompts and, for this machine, lists its cards: what a slider no longer waits for.
      await plan(STEPS);
      const { cpu, clock } = await steps(plan);
      const middle = STEPS / 2;
      const late = Math.floor(STEPS * 0.95);
      medians.push(cpu[middle] ?? Infinity);
      say(
        `${`contract: ${name}`.padEnd(48)} ${cpu[middle]?.toFixed(1)} ms, 95 %: ${cpu[late]?.toFixed(1)}; by the clock ${clock[middle]?.toFixed(1)} / ${clock[late]?.toFixed(1)}`,
      );
    }
  } finally {
    await core.close();
    rmSync(folder, { recursive: true, force: true });
  }
  return medians;
}

for (const each of CASES) {
  say(
    `${each.name.padEnd(40)} ${Math.round(rate([each]))
      .toLocaleString('en-US')
      .padStart(8)} plans/s`,
  );
}
const all = rate(CASES);
say(`${'all in turn'.padEnd(40)} ${Math.round(all).toLocaleString('en-US').padStart(8)} plans/s`);
let late = 0;
for (const each of CASES) {
  const times = slider(each);
  late = Math.max(late, times.late);
  say(
    `${`slider: ${each.name}`.padEnd(40)} ${times.median.toFixed(1)} ms, 95 %: ${times.late.toFixed(1)}, slowest ${times.slowest.toFixed(1)}`,
  );
}
const medians = await contract();
if (all < WANTED_PER_SECOND || late > WANTED_SLIDER_MS || Math.max(...medians) > WANTED_SLIDER_MS) {
  say(
    `Wanted: ${WANTED_PER_SECOND} plans a second and ${WANTED_SLIDER_MS} ms at most for a step of the slider.`,
  );
  process.exitCode = 1;
}
