import { implement } from '@orpc/server';
import { contract } from '../../../src-main/contract/index.ts';
import { createAnalysisSource } from '../../../src-main/core/analysis/source.ts';
import type { Grants } from '../../../src-main/core/grants.ts';
import { analysisNumbers } from '../../../src-main/core/router/analysis.ts';
import type { AnswerMatrix, JudgeColumn, TokenLogprobs } from '../../../src-main/domain/analysis/matrix.ts';
import type { AnswerListItem } from '../../../src-main/domain/answer.ts';
import type { DatasetInfo, DatasetRow } from '../../../src-main/domain/dataset.ts';
import type { JudgeInfo, Run } from '../../../src-main/domain/run.ts';
import { type Verdict, VERDICTS } from '../../../src-main/domain/verdict.ts';
import type { Store } from '../../../src-main/store/api.ts';
import { detail, counts, listItem } from './answers.ts';
import type { FakeLabels } from './labelling.ts';
import { JUDGES } from './runs.ts';
import { standInStore } from './stand-in-store.ts';
import { chance } from './text.ts';

const os = implement(contract);

/** What the other parts of the stand-in hold. */
export interface FakeRuns {
  /** Throws Problem NOT_FOUND. */
  readonly run: (runId: number) => Run;
  readonly rows: (runId: number) => readonly DatasetRow[];
  readonly dataset: (id: number | string) => DatasetInfo;
}

/** The real room and router of the analysis over made-up answers: only the store is a stand-in. */
export function fakeAnalysis(runs: FakeRuns, labels: FakeLabels, grants: Grants, exportsFolder: string) {
  const store = storeOf(runs, labels);
  return {
    ...analysisNumbers({
      store,
      analysis: createAnalysisSource(store),
      grants,
      exportsFolder,
      about: () => ({
        version: '0.1.0',
        door: 'serve',
        dataDir: '',
        databasePath: '',
        node: process.versions.node,
        defaultModelPresent: false,
      }),
    }),
    stored: os.analysis.stored.handler(() => ({ runId: 1, added: true })),
    relevance: os.analysis.relevance.handler(async function* () {
      yield { kind: 'done' as const, asked: 0, failed: 0 };
    }),
    meanings: os.analysis.meanings.handler(async function* () {
      yield { kind: 'done' as const, asked: 0, failed: 0 };
    }),
  };
}

function storeOf(runs: FakeRuns, labels: FakeLabels): Store {
  const made = (runId: number): AnswerListItem[] =>
    runs.rows(runId).flatMap((row) => {
      const item = listItem(row);
      return item.answerId === null ? [] : [item];
    });
  return standInStore({
    'runs.get': ({ runId }) => runs.run(runId),
    'runs.counts': ({ runId }) => counts(runId, runs.rows(runId)),
    'runs.pendingJudgments': () => [],
    'judges.ensure': () => JUDGES.length + 1,
    'datasets.get': ({ dataset }) => runs.dataset(dataset),
    'answers.get': ({ runId, position }) => {
      const row = runs.rows(runId)[position];
      return row === undefined ? null : detail(row, []);
    },
    'answers.at': ({ runId, positions }) => {
      const items = made(runId);
      return positions.flatMap((position) => items.find((item) => item.position === position) ?? []);
    },
    'analysis.stamp': ({ runId }) => `${runs.run(runId).answered}:${labels.given().length}`,
    'analysis.matrix': ({ runId }) => matrixOf(made(runId), runs.rows(runId), labels),
    // Each judge of the stand-in judged in the run itself.
    'analysis.judgePhases': ({ runId, judgeIds }) =>
      runs
        .run(runId)
        .phases.flatMap((phase) =>
          phase.judgeId === null || !judgeIds.includes(phase.judgeId) || phase.busyMs === 0
            ? []
            : [{ judgeId: phase.judgeId, runId, phase, made: phase.done, judged: phase.done }],
        ),
    'analysis.logprobs': ({ runId }) => logprobsOf(made(runId)),
    'entailments.list': () => [],
    'relevances.list': () => [],
  });
}

const flag = (value: boolean | null): number => (value === null ? Number.NaN : Number(value));
const numbers = (items: readonly AnswerListItem[], of: (item: AnswerListItem) => number | null) =>
  Float64Array.from(items, (item) => of(item) ?? Number.NaN);

function matrixOf(
  items: readonly AnswerListItem[],
  rows: readonly DatasetRow[],
  labels: FakeLabels,
): AnswerMatrix {
  const finishReasons = ['stop', 'length'];
  const difficultyOf = (row: DatasetRow | undefined): string =>
    JSON.stringify(row?.question.metadata['difficulty'] ?? null);
  const difficulties = [...new Set(rows.map(difficultyOf))].toSorted();
  const byRow = new Map(rows.map((row) => [row.rowId, row]));
  const at = new Map(items.map((item, index) => [item.answerId, index]));
  const given = labels.given();
  return {
    positions: Int32Array.from(items, ({ position }) => position),
    answerIds: numbers(items, ({ answerId }) => answerId),
    rowIds: numbers(items, ({ rowId }) => rowId),
    sampleIndex: new Int32Array(items.length),
    system: new Int32Array(items.length),
    systemNames: ['Llama 3.2 1B Q8_0'],
    finish: Int32Array.from(items, ({ finishReason }) => finishReasons.indexOf(finishReason ?? '')),
    finishReasons,
    tokens: numbers(items, ({ tokens }) => tokens),
    characters: Int32Array.from(items, ({ answer }) => answer?.length ?? 0),
    hasGold: Uint8Array.from(items, ({ gold }) => Number(gold.length > 0)),
    nllSum: numbers(items, ({ nllSum }) => nllSum),
    nllMean: numbers(items, ({ nllMean }) => nllMean),
    eogLogprob: numbers(items, ({ rowId }) => -chance('eog', rowId) / 10),
    exactMatch: numbers(items, ({ exactMatch }) => flag(exactMatch)),
    contains: numbers(items, ({ contains }) => flag(contains)),
    f1: numbers(items, ({ f1 }) => f1),
    judges: [
      ...JUDGES.slice(0, 2).map((judge) => modelColumn(judge, items)),
      ...JUDGES.slice(2).map((person) => personColumn(person, items, given)),
    ],
    metadata: [
      {
        name: 'difficulty',
        values: difficulties,
        index: Int32Array.from(items, ({ rowId }) => difficulties.indexOf(difficultyOf(byRow.get(rowId)))),
      },
    ],
    labels: given.flatMap(({ answerId, verdict, queueId, draw }) => {
      const row = at.get(answerId);
      return row === undefined ? [] : [{ row, judgeId: labels.person.id, verdict, draw, queueId }];
    }),
    queues: labels.queues().map(({ queueId, order }) => ({
      queueId,
      draw: order === 'random' ? 'random' : 'sorted',
      coversRun: true,
    })),
  };
}

function modelColumn(judge: JudgeInfo, items: readonly AnswerListItem[]): JudgeColumn {
  const cells = items.map(({ verdicts }) => verdicts.find(({ judgeId }) => judgeId === judge.id));
  return {
    judge,
    verdict: Int8Array.from(cells, (cell) => (cell === undefined ? -1 : VERDICTS.indexOf(cell.verdict))),
    pCorrect: Float64Array.from(cells, (cell) => cell?.pCorrect ?? Number.NaN),
    labelMass: Float64Array.from(cells, (cell) => cell?.labelMass ?? Number.NaN),
  };
}

function personColumn(
  judge: JudgeInfo,
  items: readonly AnswerListItem[],
  given: readonly { readonly answerId: number; readonly verdict: Verdict }[],
): JudgeColumn {
  const said = new Map(given.map(({ answerId, verdict }) => [answerId, verdict]));
  return {
    judge,
    verdict: Int8Array.from(items, ({ answerId }) => {
      const verdict = said.get(answerId ?? -1);
      return verdict === undefined ? -1 : VERDICTS.indexOf(verdict);
    }),
    pCorrect: new Float64Array(items.length).fill(Number.NaN),
    labelMass: new Float64Array(items.length).fill(Number.NaN),
  };
}

/** Tokens that add up to the answer's NLL, the first ones heavier than the last. */
function logprobsOf(items: readonly AnswerListItem[]): TokenLogprobs {
  const parts = items.map(({ tokens, nllSum, rowId }) => {
    const weights = Array.from({ length: tokens ?? 0 }, (_, i) => chance('w', rowId, i) / (1 + i / 4));
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    return weights.map((weight) => (-(nllSum ?? 0) * weight) / total);
  });
  const offsets = new Int32Array(parts.length + 1);
  parts.forEach((part, i) => (offsets[i + 1] = (offsets[i] ?? 0) + part.length));
  return { offsets, values: Float32Array.from(parts.flat()) };
}
