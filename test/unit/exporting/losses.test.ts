import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { DatasetRow } from '../../../src-main/domain/dataset.ts';
import { type ExportFormat, exportFormats } from '../../../src-main/domain/export-formats.ts';
import type { ExportedAnswer, ExportedJudgment } from '../../../src-main/store/api.ts';
import { answerAll, human, judge, judgePhase, judgment, newRun, startRun } from '../../store/helpers.ts';
import { importedRun, type Workshop, workshop } from './run.ts';

const STRICT = judge('strict judge');
const LENIENT = judge('lenient judge', { labelOrder: 'BA' });
const ANN = human('Ann');
const WEIGHER = judge('weigher', { promptId: 'relevance', labelOrder: null });
const READER = judge('reader', { promptId: 'entailment', labelOrder: null });

/** A run that has something of everything an answer can have; no two answers have one text. */
async function fullRun(shop: Workshop): Promise<number> {
  const rows = [
    {
      id: 'q1',
      question: 'Capital of France?',
      answer: ['Paris', 'City of Light'],
      context: 'An atlas.',
      topic: 'geo',
    },
    { id: 'q2', question: 'Which is a fruit?', answer: 'B', choices: ['stone', 'apple'], topic: 'food' },
  ];
  const path = shop.write('full.jsonl', rows.map((row) => JSON.stringify(row)).join('\n'));
  const { dataset } = await shop.importFile(path);
  const { store } = shop;
  const base = newRun(dataset.id);
  const run = await startRun(store, dataset.id, {
    experiment: { ...base.experiment, samples: 2 },
    phases: [...base.phases, judgePhase(STRICT), judgePhase(LENIENT)],
    selection: { kind: 'questions', limit: null, seed: 0, samples: 2 },
  });
  const ids = await answerAll(store, run, ({ position }) => ({
    text: `It is answer ${position}.`,
    reasoning: position === 0 ? 'Let me think.' : null,
    finishReason: position === 0 ? 'length' : 'eog',
  }));
  const [strict = 0, lenient = 0, ann = 0] = await Promise.all(
    [STRICT, LENIENT, ANN].map((one) => store.call('judges.ensure', one)),
  );
  const verdicts = ['correct', 'incorrect', 'not_attempted', 'unparsed'] as const;
  await store.call('runs.putJudgments', {
    ...run,
    seq: 1,
    judgments: ids.map((id, at) =>
      judgment(id, strict, {
        verdict: verdicts[at] ?? 'correct',
        pCorrect: at < 2 ? 0.75 - at / 2 : null,
        labelMass: at < 2 ? 0.5 : null,
        raw: `raw ${at}`,
        reason: `since ${at}`,
      }),
    ),
  });
  await store.call('runs.putJudgments', {
    ...run,
    seq: 2,
    judgments: ids.map((id) =>
      judgment(id, lenient, { verdict: 'correct', labelOrder: 'BA', mode: 'grammar' }),
    ),
  });
  const [weigher = 0, reader = 0] = await Promise.all(
    [WEIGHER, READER].map((one) => store.call('judges.ensure', one)),
  );
  await store.call('relevances.put', {
    judgeId: weigher,
    answers: ids.map((answerId, at) => ({
      answerId,
      relevances: Float32Array.of(at / 8, at === 1 ? Number.NaN : 0.25),
    })),
  });
  const [first = 0, second = 0, third = 0, fourth = 0] = ids;
  await store.call('entailments.put', {
    judgeId: reader,
    pairs: [
      { firstId: first, secondId: second, pEntails: 0.75, labelMass: 0.5 },
      { firstId: second, secondId: first, pEntails: null, labelMass: null },
      { firstId: fourth, secondId: third, pEntails: 0.25, labelMass: 1 },
    ],
  });
  for (const verdict of ['incorrect', 'correct'] as const)
    for (const id of ids)
      await store.call('judgments.addHuman', {
        answerId: id,
        judgeId: ann,
        verdict,
        note: `a note on ${verdict}`,
      });
  await store.call('runs.release', { ...run, status: 'done', error: null });
  return run.runId;
}

/** What arrived: rows of the dataset and the answers in it, both by their text. */
interface Arrived {
  readonly rows: readonly DatasetRow['question'][];
  readonly hashes: readonly string[];
  readonly answers: readonly ExportedAnswer[];
}

type Told = (state: Arrived) => unknown;

const ofRows =
  (tell: (row: DatasetRow['question']) => unknown): Told =>
  ({ rows }) =>
    rows.map((row) => [row.question, tell(row)]);

const ofAnswers =
  (tell: (answer: ExportedAnswer) => unknown): Told =>
  ({ answers }) =>
    answers.map((answer) => [answer.answer, tell(answer)]);

const newest = (judgments: readonly ExportedJudgment[]): ExportedJudgment[] => [
  ...new Map(judgments.map((one) => [one.judge.name, one])).values(),
];

/** What the newest judgment of each model judge, or of each person, says; by the judge's name. */
const ofJudges = (
  tell: (one: ExportedJudgment) => unknown,
  wanted: (one: ExportedJudgment) => boolean,
): Told =>
  ofAnswers(({ judgments }) =>
    newest(judgments)
      .filter(wanted)
      .map((one) => JSON.stringify([one.judge.name, tell(one)]))
      .toSorted((a, b) => a.localeCompare(b, 'en')),
  );

const isHuman = ({ judge: by }: ExportedJudgment): boolean => by.kind === 'human';
const has =
  (...words: string[]) =>
  (one: ExportedJudgment): boolean =>
    !isHuman(one) && words.includes(one.verdict);

/** The lines of the table in the document, and what has to come back the same for "yes". */
const FACETS: Readonly<Record<string, Told>> = {
  question: ofRows(() => null),
  id: ofRows(({ externalId }) => externalId),
  context: ofRows(({ context }) => context),
  'every gold answer': ofRows(({ gold }) => gold),
  choices: ofRows(({ choices }) => choices),
  'other columns': ofRows(({ metadata }) => metadata),
  "the row's hash": ({ hashes }) => hashes,
  'answer of the first sample': ({ answers }) =>
    answers.flatMap(({ answer, sampleIndex }) => (sampleIndex === 0 ? [answer] : [])),
  'every sample': ofAnswers(({ sampleIndex }) => sampleIndex),
  'name of the model': ofAnswers(({ system }) => system),
  reasoning: ofAnswers(({ reasoning }) => reasoning),
  'rendered prompt': ofAnswers(({ renderedPrompt }) => renderedPrompt),
  'finish reason': ofAnswers(({ finishReason }) => finishReason),
  'token log-probabilities': ofAnswers(({ logprobs }) => logprobs),
  'token ids and texts': ofAnswers(({ tokenIds, tokenTexts }) => [tokenIds, tokenTexts]),
  'correct and incorrect, by judge': ofJudges(({ verdict }) => verdict, has('correct', 'incorrect')),
  'not attempted and unparsed, told apart': ofJudges(
    ({ verdict }) => verdict,
    has('not_attempted', 'unparsed'),
  ),
  "a person's newest label": ofJudges(({ verdict }) => verdict, isHuman),
  "a person's earlier labels and notes": ofAnswers(({ judgments }) =>
    judgments.filter(isHuman).map(({ verdict, note }) => [verdict, note]),
  ),
  'probability and label mass': ofJudges(({ pCorrect, labelMass }) => [pCorrect, labelMass], has('correct')),
  reasons: ofJudges(({ reason }) => reason, has('correct', 'incorrect')),
  "judges' raw replies": ofJudges(({ raw }) => raw, has('correct', 'incorrect')),
  "judges' prompt, order and mode": ofJudges(
    ({ judge: by, labelOrder, mode }) => [by.sha256, by.promptId, labelOrder, mode],
    has('correct'),
  ),
  'time of a judgment': ofJudges(({ at }) => at, has('correct')),
  'number of a repeat': ofAnswers(({ judgments }) =>
    judgments.map(({ judge: by, repeat }) => [by.name, repeat]),
  ),
  'relevances of tokens': ofAnswers(({ relevances }) => relevances),
  'which sample implies which': ofAnswers(({ entailments }) => entailments),
  'what generated it: model hash, decoding, engine': ofAnswers(({ modelSha256, decodingSha256 }) => [
    modelSha256,
    decodingSha256,
  ]),
};

/** What can be told of all samples of a question only. */
const OF_SAMPLES = new Set(['every sample', 'which sample implies which']);

/** Sorted, so that another order is no loss. */
const told = (tell: Told, state: Arrived): string => {
  const value = tell(state);
  return JSON.stringify(Array.isArray(value) ? value.map((item) => JSON.stringify(item)).toSorted() : value);
};

/** The table of the document as written: by format, its cells by facet. */
function documented(): Record<string, Record<string, string>> {
  const lines = readFileSync('docs/answer-format.md', 'utf8').split('\n');
  const start = lines.findIndex((line) => line.startsWith('| what | jsonl'));
  const cells = (line: string): string[] =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim());
  const [, ...formats] = cells(lines[start] ?? '');
  const end = lines.findIndex((line, at) => at > start && !line.startsWith('|'));
  const rows = lines.slice(start + 2, end).map(cells);
  const columnsOf = (names: string): string[] => names.split(', ');
  return Object.fromEntries(
    formats.flatMap((names, at) =>
      columnsOf(names).map((format) => [
        format,
        Object.fromEntries(rows.map(([facet = '', ...values]) => [facet, values[at] ?? ''])),
      ]),
    ),
  );
}

describe('what comes back from an export, as the document says it', () => {
  let here: Workshop;
  let before: Arrived;
  let runId: number;
  beforeAll(async () => {
    here = await workshop();
    runId = await fullRun(here);
    const run = await here.store.call('runs.get', { runId });
    before = await stateOf(here, run?.datasetId ?? 0, await here.answers(runId));
  });
  afterAll(() => here[Symbol.asyncDispose]());

  async function stateOf(shop: Workshop, datasetId: number, answers: ExportedAnswer[]): Promise<Arrived> {
    const rows = await shop.store.call('datasets.rows', { datasetId, after: null, limit: 99, text: null });
    return {
      rows: rows.map(({ question }) => question),
      hashes: rows.map(({ rowSha256 }) => rowSha256),
      answers,
    };
  }

  /** The file of a set that is imported: its answers. */
  function fileOf(path: string, format: ExportFormat): string {
    if (format !== 'lm-eval' && format !== 'fastchat') return path;
    const names = readdirSync(path, { recursive: true, encoding: 'utf8' });
    const wanted = format === 'lm-eval' ? /samples_.*\.jsonl$/ : /model_answer.*\.jsonl$/;
    return join(path, names.find((name) => wanted.test(name)) ?? '');
  }

  test.each(exportFormats())('%s', async (format) => {
    await using other = await workshop();
    const { dataset } = await other.importFile(fileOf(await here.exportAs(runId, format, true), format));
    const answers =
      dataset.systems.length === 0 ? [] : await other.answers(await importedRun(other.store, dataset.id));
    const after = await stateOf(other, dataset.id, answers);
    // An answer that did not arrive is one loss, not the loss of all that could be told of it.
    const there = new Set(after.answers.map(({ answer }) => answer));
    const common = { ...before, answers: before.answers.filter(({ answer }) => there.has(answer)) };
    const found = Object.entries(FACETS).map(([facet, tell]) => {
      const all = OF_SAMPLES.has(facet) || there.size === 0 ? before : common;
      return [facet, told(tell, after) === told(tell, all) ? 'yes' : '–'];
    });
    expect(Object.fromEntries(found)).toEqual(documented()[format]);
  });
});
