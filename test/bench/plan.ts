// Plans per second and the slider's latency, on generated headers. Run: node test/bench/plan.ts [--seconds 2]
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
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

/** Milliseconds of this process for a slider's steps, as a person drags the context up: the median and the slowest of a hundred. */
function slider(each: Case): { median: number; slowest: number } {
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
  return { median: times[50] ?? 0, slowest: times.at(-1) ?? 0 };
}

const say = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

for (const each of CASES) {
  say(
    `${each.name.padEnd(40)} ${Math.round(rate([each]))
      .toLocaleString('en-US')
      .padStart(8)} plans/s`,
  );
}
const all = rate(CASES);
say(`${'all in turn'.padEnd(40)} ${Math.round(all).toLocaleString('en-US').padStart(8)} plans/s`);
let slowest = 0;
for (const each of CASES) {
  const times = slider(each);
  slowest = Math.max(slowest, times.slowest);
  say(
    `${`slider: ${each.name}`.padEnd(40)} ${times.median.toFixed(1)} ms, slowest ${times.slowest.toFixed(1)} ms`,
  );
}
if (all < WANTED_PER_SECOND || slowest > WANTED_SLIDER_MS) {
  say(
    `Wanted: ${WANTED_PER_SECOND} plans a second and ${WANTED_SLIDER_MS} ms at most for a step of the slider.`,
  );
  process.exitCode = 1;
}
