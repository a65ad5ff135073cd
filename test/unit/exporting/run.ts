import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { importDataset, type ImportRequest } from '../../../src-main/core/datasets/import-dataset.ts';
import { exportRun } from '../../../src-main/core/exporting/export-run.ts';
import type { DatasetInfo } from '../../../src-main/domain/dataset.ts';
import type { ExportFormat } from '../../../src-main/domain/export-formats.ts';
import type { ExportedAnswer, NewJudge, Store } from '../../../src-main/store/api.ts';
import {
  answerAll,
  human,
  judge,
  judgePhase,
  judgment,
  newRun,
  open,
  OWNER,
  startRun,
} from '../../store/helpers.ts';

/** A folder and a store of its own. */
export interface Workshop extends AsyncDisposable {
  readonly folder: string;
  readonly store: Store;
  write(name: string, content: string): string;
  importFile(
    path: string,
    more?: Partial<ImportRequest>,
  ): Promise<{ dataset: DatasetInfo; existed: boolean }>;
  exportAs(runId: number, format: ExportFormat, asFolder?: boolean): Promise<string>;
  answers(runId: number): Promise<ExportedAnswer[]>;
}

export async function workshop(): Promise<Workshop> {
  const folder = mkdtempSync(join(tmpdir(), 'assize-export-'));
  const store = await open(join(folder, 'assize.sqlite'));
  return {
    folder,
    store,
    write(name, content) {
      const path = join(folder, name);
      writeFileSync(path, content);
      return path;
    },
    importFile: (path, more = {}) =>
      importDataset(
        store,
        OWNER,
        { path, name: null, kind: null, mapping: null, ...more },
        new AbortController().signal,
        () => undefined,
      ),
    async exportAs(runId, format, asFolder = false) {
      const request = { runId, format, asFolder, version: '0.0.0', report: null };
      const { path } = await exportRun(store, request, join(folder, 'exports'), new AbortController().signal);
      return path;
    },
    answers: (runId) => store.call('answers.export', { runId, after: -1, limit: 100_000, tokens: true }),
    async [Symbol.asyncDispose]() {
      await store[Symbol.asyncDispose]();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Golds to split, an id used twice, the same record twice, quotes, other scripts, a formula, no gold at all. */
export const QUESTIONS = [
  {
    id: 'a',
    question: 'Capital of “France”?',
    answer: 'Paris/City of Light',
    topic: { area: 'geo', depth: 2 },
  },
  { id: 'b', question: '=1+1?', answer: '2', topic: null },
  {
    id: 'b',
    question: 'Столица Японии?\nОдним словом.',
    answer: 'Токио/Tokyo',
    topic: { area: 'geo', depth: 1 },
  },
  { id: 'c', question: 'Which came first?', answer: '', topic: { area: 'none', depth: 0.5 } },
  {
    id: 'a',
    question: 'Capital of “France”?',
    answer: 'Paris/City of Light',
    topic: { area: 'geo', depth: 2 },
  },
] as const;

export const STRICT: NewJudge = judge('strict judge');
export const LENIENT: NewJudge = judge('lenient judge', { labelOrder: 'BA' });
export const ANN: NewJudge = human('Ann');

const TEXTS = ['Paris, "the city"', 'two\nlines', '=SUM(A1)', '', 'Париж 🗼'];

/** A generated run of two samples a question, judged by two models (with an unparsed and a missing verdict) and twice by a person. */
export async function judgedRun(shop: Workshop): Promise<{ runId: number; datasetId: number }> {
  const file = shop.write('questions.jsonl', QUESTIONS.map((row) => JSON.stringify(row)).join('\n'));
  const { dataset } = await shop.importFile(file, {
    mapping: {
      id: 'id',
      question: 'question',
      context: null,
      gold: 'answer',
      choices: null,
      goldSeparator: '/',
      goldForm: 'text',
      answers: [],
    },
  });
  const { store } = shop;
  const base = newRun(dataset.id);
  const run = await startRun(store, dataset.id, {
    name: 'a run: “first” / try',
    experiment: { ...base.experiment, samples: 2 },
    phases: [...base.phases, judgePhase(STRICT), judgePhase(LENIENT)],
    selection: { kind: 'questions', limit: null, seed: 0, samples: 2 },
  });
  const answerIds = await answerAll(store, run, ({ position }) => ({
    text: TEXTS[position % TEXTS.length] ?? '',
    reasoning: position === 1 ? 'Let me think.' : null,
    finishReason: position % 3 === 0 ? 'length' : 'eog',
  }));
  const judges = await Promise.all([STRICT, LENIENT, ANN].map((one) => store.call('judges.ensure', one)));
  const [strict = 0, lenient = 0, ann = 0] = judges;
  const verdicts = ['correct', 'incorrect', 'not_attempted', 'unparsed', 'incorrect'] as const;
  await store.call('runs.putJudgments', {
    ...run,
    seq: 1,
    judgments: answerIds.map((id, at) =>
      judgment(id, strict, {
        verdict: verdicts[at % verdicts.length] ?? 'correct',
        pCorrect: at % verdicts.length > 1 ? null : 0.125 + at / 100,
        raw: `raw ${at}`,
        reason: at % 2 === 0 ? `since ${at}` : null,
      }),
    ),
  });
  await store.call('runs.putJudgments', {
    ...run,
    seq: 2,
    judgments: answerIds
      .slice(1)
      .map((id) => judgment(id, lenient, { verdict: 'correct', labelOrder: 'BA', mode: 'grammar' })),
  });
  for (const [at, verdict] of (['incorrect', 'correct'] as const).entries()) {
    await store.call('judgments.addHuman', {
      answerId: answerIds[0] ?? 0,
      judgeId: ann,
      verdict,
      note: at === 0 ? 'hasty' : 'looked it up',
    });
  }
  await store.call('runs.release', { ...run, status: 'done', error: null });
  return { runId: run.runId, datasetId: dataset.id };
}

/** A run over the answers that came with a dataset, so that they can be walked like any other. */
export async function importedRun(store: Store, datasetId: number): Promise<number> {
  return store.call('runs.create', {
    ...newRun(datasetId),
    phases: [],
    selection: { kind: 'imported-answers', system: null, limit: null, seed: 0 },
  });
}

/** What an answer is, without what a database numbers: equal before and after a round trip that loses nothing. */
export function contentOf(answer: ExportedAnswer): Record<string, unknown> {
  return {
    row: answer.rowSha256,
    occurrence: answer.occurrence,
    id: answer.externalId,
    question: answer.question,
    gold: answer.gold,
    choices: answer.choices,
    context: answer.context,
    metadata: answer.metadata,
    system: answer.system,
    sample: answer.sampleIndex,
    answer: answer.answer,
    reasoning: answer.reasoning,
    prompt: answer.renderedPrompt,
    finish: answer.finishReason,
    tokenIds: answer.tokenIds,
    logprobs: answer.logprobs,
    tokenTexts: answer.tokenTexts,
    nll: [answer.nllSum, answer.nllMean],
    relevances: answer.relevances,
    entailments: answer.entailments,
    judgments: answer.judgments.map(
      ({ judge: by, verdict, pCorrect, labelMass, raw, reason, note, mode, labelOrder, at, score }) => ({
        by: [by.sha256, by.kind, by.name, by.modelSha256, by.promptId, by.labelOrder, by.mode],
        values: [verdict, pCorrect, labelMass, raw, reason, note, mode, labelOrder, at, score],
      }),
    ),
  };
}

export function readText(path: string): string {
  return readFileSync(path, 'utf8');
}
