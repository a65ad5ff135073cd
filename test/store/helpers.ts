import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { AnswerQuery } from '../../src-main/domain/answer.ts';
import type { Question } from '../../src-main/domain/dataset.ts';
import { GREEDY } from '../../src-main/domain/decoding.ts';
import type { Experiment } from '../../src-main/domain/experiment.ts';
import type { RunOwner } from '../../src-main/domain/run.ts';
import type {
  NewAnswer,
  NewImportedAnswer,
  NewJudge,
  NewJudgment,
  NewRow,
  NewRun,
  PendingAnswer,
  Store,
} from '../../src-main/store/api.ts';
import { openStore } from '../../src-main/store/client.ts';

export const WORKER_ENTRY = join(import.meta.dirname, '../../src-main/store/worker.ts');

export function sha(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

export const OWNER: RunOwner = {
  pid: 4711,
  startTime: '100',
  bootId: 'boot',
  hostname: 'here',
  door: 'cli',
};

export interface TempDir extends Disposable {
  readonly path: string;
  readonly file: string;
}

export function tempDir(): TempDir {
  const path = mkdtempSync(join(tmpdir(), 'assize-store-'));
  return {
    path,
    file: join(path, 'data', 'assize.sqlite'),
    [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }),
  };
}

/** One thread unless a test is about more: starting them is what takes the time. */
export function open(file: string, readers: 0 | 1 | 2 = 0): Promise<Store> {
  return openStore({ path: file, workerEntry: WORKER_ENTRY, readers });
}

export function question(text: string, more: Partial<Question> = {}): Question {
  return {
    externalId: null,
    question: text,
    context: null,
    gold: ['gold'],
    choices: null,
    metadata: {},
    ...more,
  };
}

export function row(position: number, q: Question, answers: readonly NewImportedAnswer[] = []): NewRow {
  return { position, line: position + 1, rowSha256: sha(JSON.stringify(q)), question: q, answers };
}

export function importedAnswer(
  system: string,
  text: string,
  more: Partial<NewImportedAnswer> = {},
): NewImportedAnswer {
  return {
    system,
    text,
    sampleIndex: 0,
    prompt: null,
    tokenLogprobs: null,
    exactMatch: null,
    f1: null,
    contains: null,
    injected: false,
    judgments: [],
    ...more,
  };
}

export function judge(name: string, more: Partial<NewJudge> = {}): NewJudge {
  return {
    sha256: sha(`judge ${name}`),
    kind: 'model',
    name,
    modelSha256: sha(`model ${name}`),
    promptId: 'strict',
    promptSha256: sha('strict'),
    labelOrder: 'AB',
    mode: 'next-token',
    ...more,
  };
}

export function human(name: string): NewJudge {
  return judge(name, {
    kind: 'human',
    modelSha256: null,
    promptId: null,
    promptSha256: null,
    labelOrder: null,
    mode: 'human',
  });
}

/** Imports rows as one finished dataset and returns its id. */
export async function addDataset(store: Store, name: string, rows: readonly NewRow[]): Promise<number> {
  const { datasetId } = await store.call('datasets.begin', {
    sha256: sha(name),
    fileSha256: sha(`file ${name}`),
    name,
    kind: 'jsonl',
    sourceName: `${name}.jsonl`,
    mapping: null,
    owner: OWNER,
  });
  await store.call('datasets.append', { datasetId, rows });
  await store.call('datasets.finish', { datasetId, problems: [], problemCount: 0 });
  return datasetId;
}

export function addQuestions(store: Store, count: number, name = 'questions'): Promise<number> {
  return addDataset(
    store,
    name,
    Array.from({ length: count }, (_, i) => row(i, question(`Question number ${i}?`))),
  );
}

export const EXPERIMENT: Experiment = {
  name: 'test',
  dataset: 'questions',
  limit: null,
  seed: 0,
  generator: {
    model: 'generator.gguf',
    gpuLayers: 'auto',
    context: 'auto',
    sequences: 'auto',
    devices: 'auto',
  },
  prompt: { style: 'short', fewShot: 0, useContext: false, instruction: null },
  decoding: GREEDY,
  samples: 1,
  judges: [],
};

export function newRun(datasetId: number, more: Partial<NewRun> = {}): NewRun {
  return {
    name: 'run',
    experiment: EXPERIMENT,
    plan: null,
    datasetId,
    phases: [{ role: 'generate', modelName: 'generator', judge: null, plan: null }],
    selection: { kind: 'questions', limit: null, seed: 0, samples: 1 },
    again: false,
    ...more,
  };
}

export function judgePhase(judging: NewJudge): NewRun['phases'][number] {
  return { role: 'judge', modelName: judging.name, judge: judging, plan: null };
}

/** Makes a run and claims it. */
export async function startRun(
  store: Store,
  datasetId: number,
  more: Partial<NewRun> = {},
): Promise<{ runId: number; token: number }> {
  const runId = await store.call('runs.create', newRun(datasetId, more));
  const claimed = await store.call('runs.claim', { runId, owner: OWNER, expected: null });
  if (claimed === null) throw new Error('the new run was not free');
  return { runId, token: claimed.token };
}

/** The same pending item always gives the same answer, key and tokens. */
export function answerTo(pending: PendingAnswer, more: Partial<NewAnswer> = {}): NewAnswer {
  const text = `Answer ${pending.position}.`;
  return {
    position: pending.position,
    rowId: pending.row.rowId,
    promptSha256: sha(pending.row.question.question),
    modelSha256: sha('generator'),
    decodingSha256: sha('greedy'),
    sampleIndex: pending.sampleIndex,
    seed: 0,
    system: 'generator',
    text,
    reasoning: null,
    renderedPrompt: `Answer the question.\n${pending.row.question.question}\n`,
    promptTokens: 12,
    tokenIds: Int32Array.of(5, 6, 7),
    logprobs: Float32Array.of(-0.5, -0.25, -0.125),
    tokenTexts: ['Answer', ` ${pending.position}`, '.'],
    reasoningTokens: 0,
    eogLogprob: -0.01,
    finishReason: 'eog',
    durationMs: 3,
    exactMatch: false,
    f1: 0.5,
    contains: true,
    injected: false,
    ...more,
  };
}

export async function answerAll(
  store: Store,
  run: { runId: number; token: number },
  more: (pending: PendingAnswer) => Partial<NewAnswer> = () => ({}),
): Promise<number[]> {
  const pending = await store.call('runs.pendingAnswers', { runId: run.runId, after: -1, limit: 1_000_000 });
  return store.call('runs.putAnswers', {
    ...run,
    seq: 0,
    answers: pending.map((item) => answerTo(item, more(item))),
  });
}

export function judgment(answerId: number, judgeId: number, more: Partial<NewJudgment> = {}): NewJudgment {
  return {
    answerId,
    judgeId,
    repeat: 0,
    verdict: 'correct',
    pCorrect: 0.9,
    labelMass: 0.95,
    raw: null,
    reason: null,
    note: null,
    renderedPrompt: null,
    labelOrder: 'AB',
    mode: 'next-token',
    durationMs: 2,
    error: null,
    ...more,
  };
}

/** A page of a run's answers in its own order, without a filter. */
export function pageQuery(runId: number, more: Partial<AnswerQuery> = {}): AnswerQuery {
  return {
    runId,
    verdicts: [],
    disagreement: false,
    text: null,
    finishReason: null,
    sort: 'position',
    sortJudgeId: null,
    descending: false,
    cursor: null,
    limit: 50,
    ...more,
  };
}
