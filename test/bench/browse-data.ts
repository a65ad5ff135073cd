import { createHash } from 'node:crypto';

import { GREEDY } from '../../src-main/domain/decoding.ts';
import type { Experiment } from '../../src-main/domain/experiment.ts';
import type { RunOwner } from '../../src-main/domain/run.ts';
import type { Verdict } from '../../src-main/domain/verdict.ts';
import type {
  NewAnswer,
  NewJudge,
  NewJudgment,
  NewRow,
  PendingAnswer,
  Store,
} from '../../src-main/store/api.ts';

export const BENCH_OWNER: RunOwner = {
  pid: process.pid,
  startTime: 'bench',
  bootId: 'bench',
  hostname: 'bench',
  door: 'cli',
};

const EXPERIMENT: Experiment = {
  name: 'bench',
  dataset: 'bench',
  limit: null,
  seed: 0,
  generator: { model: 'bench', gpuLayers: 'auto', context: 'auto', sequences: 'auto', devices: 'auto' },
  prompt: { style: 'short', fewShot: 0, useContext: false, instruction: null },
  decoding: GREEDY,
  samples: 1,
  judges: [],
};

export function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** Numbers in [0, 1) from a place and a purpose: the same database on every machine (splitmix-like, 32 bits). */
export function chance(place: number, purpose: number): number {
  let h = (Math.imul(place + 1, 0x9e3779b1) ^ Math.imul(purpose + 1, 0x85ebca77)) | 0;
  h = Math.imul(h ^ (h >>> 15), 0x2c1b3c6d);
  h = Math.imul(h ^ (h >>> 12), 0x297a2d39);
  return ((h ^ (h >>> 15)) >>> 0) / 2 ** 32;
}

const VOCABULARY = 20_000;
const SYLLABLES = [
  'ka',
  're',
  'lo',
  'mi',
  'tu',
  'sen',
  'do',
  'pha',
  'vir',
  'on',
  'est',
  'ul',
  'gra',
  'ni',
  'be',
  'zo',
];

/** Word number n of a made-up language; 0 is the most frequent one. */
export function word(n: number): string {
  let text = '';
  for (let rest = n + 16; rest > 0; rest = Math.floor(rest / 16)) text += SYLLABLES[rest % 16];
  return text;
}

/** Words by Zipf's law (frequency about 1/rank), as in any natural text. */
function sentence(place: number, purpose: number, words: number): string {
  const parts: string[] = [];
  for (let i = 0; i < words; i += 1) {
    const u = chance(place, purpose * 64 + i);
    parts.push(word(Math.floor(VOCABULARY ** u) - 1));
  }
  return parts.join(' ');
}

function newRow(position: number): NewRow {
  return {
    position,
    line: position + 1,
    rowSha256: sha256(`row ${position}`),
    question: {
      externalId: `q${position}`,
      question: `${sentence(position, 1, 10)}?`,
      context: null,
      gold: [sentence(position, 2, 2), sentence(position, 3, 2)],
      choices: null,
      metadata: { topic: word(position % 40) },
    },
    answers: [],
  };
}

/** Imports `count` questions of ten words with two gold answers each. */
export async function importQuestions(store: Store, count: number): Promise<number> {
  const { datasetId } = await store.call('datasets.begin', {
    sha256: sha256(`bench ${count}`),
    fileSha256: sha256(`bench file ${count}`),
    name: `bench ${count}`,
    kind: 'jsonl',
    sourceName: 'bench.jsonl',
    mapping: null,
    owner: BENCH_OWNER,
  });
  for (let at = 0; at < count; at += 2000) {
    const rows = Array.from({ length: Math.min(2000, count - at) }, (_, i) => newRow(at + i));
    await store.call('datasets.append', { datasetId, rows });
  }
  await store.call('datasets.finish', { datasetId, problems: [], problemCount: 0 });
  return datasetId;
}

export async function startBenchRun(
  store: Store,
  datasetId: number,
  judges: readonly NewJudge[],
): Promise<{ runId: number; token: number }> {
  const runId = await store.call('runs.create', {
    name: 'bench',
    experiment: EXPERIMENT,
    plan: null,
    datasetId,
    phases: [
      { role: 'generate', modelName: 'bench', judge: null, plan: null },
      ...judges.map((judge) => ({ role: 'judge' as const, modelName: judge.name, judge, plan: null })),
    ],
    selection: { kind: 'questions', limit: null, seed: 0, samples: 1 },
    again: false,
  });
  const claimed = await store.call('runs.claim', { runId, owner: BENCH_OWNER, expected: null });
  if (claimed === null) throw new Error('the run was taken');
  return { runId, token: claimed.token };
}

const PREAMBLE = `You answer questions in as few words as you can.\n${'Question: ka re lo?\nAnswer: mi tu.\n'.repeat(8)}`;

/** An answer of twelve words with the tokens of a model: ids, log-probabilities, texts. */
export function benchAnswer(pending: PendingAnswer, tokens: number): NewAnswer {
  const { position } = pending;
  const prompt = `${PREAMBLE}Question: ${pending.row.question.question}\nAnswer:`;
  const logprobs = Float32Array.from({ length: tokens }, (_, i) => Math.log(chance(position, 2000 + i)) / 4);
  const ending = chance(position, 7);
  return {
    position,
    rowId: pending.row.rowId,
    promptSha256: sha256(prompt),
    modelSha256: sha256('bench model'),
    decodingSha256: sha256('bench decoding'),
    sampleIndex: pending.sampleIndex,
    seed: 0,
    system: 'bench',
    text: sentence(position, 4, 12),
    reasoning: null,
    renderedPrompt: prompt,
    promptTokens: 120,
    tokenIds: Int32Array.from({ length: tokens }, (_, i) => (position * 31 + i) % 32_000),
    logprobs,
    tokenTexts: Array.from({ length: tokens }, (_, i) => ` ${SYLLABLES[(position + i) % 16]}`),
    reasoningTokens: 0,
    eogLogprob: -0.02,
    finishReason: ending < 0.02 ? 'length' : ending < 0.021 ? 'loop' : 'eog',
    durationMs: 40,
    exactMatch: chance(position, 8) < 0.3,
    f1: Math.round(chance(position, 9) * 20) / 20,
    contains: chance(position, 10) < 0.5,
    injected: false,
  };
}

export function benchJudge(name: string): NewJudge {
  return {
    sha256: sha256(`bench judge ${name}`),
    kind: 'model',
    name,
    modelSha256: sha256(`bench judge model ${name}`),
    promptId: 'strict',
    promptSha256: sha256('strict'),
    labelOrder: 'AB',
    mode: 'next-token',
  };
}

/** Judges agree mostly: right in 65 of 100, wrong in nearly all others, unparsed in 1 of 1000. */
function verdictOf(position: number, judge: number): Verdict {
  const own = chance(position, 20 + judge);
  if (own < 0.001) return 'unparsed';
  const truth = chance(position, 19) < 0.65;
  return (own < 0.08 ? !truth : truth) ? 'correct' : 'incorrect';
}

export function benchJudgment(
  answerId: number,
  position: number,
  judgeId: number,
  judge: number,
): NewJudgment {
  const verdict = verdictOf(position, judge);
  return {
    answerId,
    judgeId,
    repeat: 0,
    verdict,
    pCorrect: verdict === 'unparsed' ? null : chance(position, 30 + judge),
    labelMass: 0.9 + chance(position, 40 + judge) / 10,
    raw: null,
    reason: null,
    note: null,
    renderedPrompt: null,
    labelOrder: 'AB',
    mode: 'next-token',
    durationMs: 5,
    error: null,
  };
}

/** Commits in flight at a time: the next batch is made while the one before is stored, as a run does. */
const IN_FLIGHT = 4;

export async function inFlight<T>(
  items: AsyncIterable<T>,
  work: (item: T) => Promise<unknown>,
): Promise<void> {
  const running = new Set<Promise<unknown>>();
  for await (const item of items) {
    const one: Promise<unknown> = work(item).finally(() => running.delete(one));
    running.add(one);
    if (running.size >= IN_FLIGHT) await Promise.race(running);
  }
  await Promise.all(running);
}

/** Pages of pending items, in run order. */
export async function* pendingPages<T extends { readonly position: number }>(
  read: (after: number) => Promise<readonly T[]>,
): AsyncGenerator<readonly T[]> {
  for (let after = -1; ;) {
    const page = await read(after);
    const last = page.at(-1);
    if (last === undefined) return;
    yield page;
    after = last.position;
  }
}
