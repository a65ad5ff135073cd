import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sha256Of } from '../../../src-main/core/hash.ts';
import type { ExportFormat } from '../../../src-main/domain/export-formats.ts';
import type { ExportedAnswer, NewAnswer } from '../../../src-main/store/api.ts';
import { answerAll, human, judge, judgePhase, judgment, newRun, startRun } from '../../store/helpers.ts';
import { contentOf, importedRun, type Workshop, workshop } from './run.ts';

/** Texts that break readers: other scripts, half characters, control characters, line ends, quotes, formulas, marks, JSON. */
const NASTY = [
  'plain',
  'Größe № 5 — «да» 東京 🗼👩‍👩‍👧',
  'half \ud83d of a pair',
  '\udc00',
  'nul \u0000 in it',
  'line\nbreak\r\nand\rmore',
  'separators \u2028 \u2029 \u0085',
  '\ufeffmark first',
  '"quoted", \'and\', ""twice""',
  '=SUM(A1:A9)',
  '-1',
  '| a | b |',
  '{"json": [1, 2]}',
  '</script><b>&amp;',
  '# heading',
  '\\ud800 \\n \\',
  'e\u0301 é',
  '  spaces  ',
  '\t',
  'null',
  'NaN',
  '0.10',
];

const text = fc.oneof(
  fc.constantFrom(...NASTY),
  fc.string({ unit: 'binary', maxLength: 30 }),
  fc.tuple(fc.constantFrom(...NASTY), fc.constantFrom(...NASTY)).map(([a, b]) => `${a}${b}`),
);
const filled = text.map((value) => (value.trim() === '' ? `${value}?` : value));
const name = fc.oneof(
  fc.constantFrom(
    'a b',
    'a.b',
    'A',
    'a',
    'Topic',
    'topic',
    'ünï',
    '__proto__',
    'constructor',
    '0',
    'x|y',
    'a[0]',
    ' lead',
    '"q"',
  ),
  fc.string({ unit: 'grapheme', minLength: 1, maxLength: 8 }),
);
const value = fc.oneof(
  text,
  fc.boolean(),
  fc.constant(null),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.integer(),
  fc.constantFrom('2026-11-24T10:00:00Z', 9_007_199_254_740_991, 1e21, -0, 5e-324),
  fc.jsonValue({ maxDepth: 3 }),
);
const record = fc
  .record({
    question: filled,
    answer: fc.oneof(text, fc.array(text, { maxLength: 3 })),
    more: fc.dictionary(name, value, { maxKeys: 5 }),
  })
  .map(({ question, answer, more }) => ({ ...more, question, answer }));

interface Output {
  readonly text: string;
  readonly reasoning: string | null;
  readonly tokens: readonly (readonly [string, number])[];
  readonly finishReason: string;
  readonly verdict: 'correct' | 'incorrect' | 'not_attempted' | 'unparsed';
  readonly p: number | null;
  readonly raw: string | null;
  readonly note: string | null;
}

const output: fc.Arbitrary<Output> = fc.record({
  text,
  reasoning: fc.option(text),
  tokens: fc.array(
    fc.tuple(
      text.map((piece) => piece.toWellFormed()),
      // JSON has one zero.
      fc.float({ min: -1000, max: 0, noNaN: true, noDefaultInfinity: true }).map((logprob) => logprob + 0),
    ),
    {
      maxLength: 4,
    },
  ),
  finishReason: fc.constantFrom('eog', 'length', 'stop'),
  verdict: fc.constantFrom('correct', 'incorrect', 'not_attempted', 'unparsed'),
  p: fc.option(fc.double({ min: 0, max: 1, noNaN: true })),
  raw: fc.option(text),
  note: fc.option(text),
});

const STRICT = judge('strict “judge”');
const ANN = human('Ann, =the first');

function made({ text: answer, reasoning, tokens, finishReason }: Output): Partial<NewAnswer> {
  return {
    text: answer,
    reasoning,
    finishReason,
    tokenTexts: tokens.map(([piece]) => piece),
    tokenIds: Int32Array.from(tokens, (_, at) => at),
    logprobs: Float32Array.from(tokens, ([, logprob]) => logprob),
  };
}

describe('any run that is exported and imported again', () => {
  let here: Workshop;
  let there: Workshop;
  let count = 0;
  beforeAll(async () => {
    here = await workshop();
    there = await workshop();
  });
  afterAll(async () => {
    await here[Symbol.asyncDispose]();
    await there[Symbol.asyncDispose]();
  });

  async function runOf(
    records: readonly Record<string, unknown>[],
    outputs: readonly Output[],
  ): Promise<number> {
    count += 1;
    const path = here.write(`data-${count}.jsonl`, records.map((row) => `${JSON.stringify(row)}\n`).join(''));
    const mapping = {
      id: null,
      question: 'question',
      context: null,
      gold: 'answer',
      choices: null,
      goldSeparator: null,
      goldForm: 'text' as const,
      answers: [],
    };
    const { dataset } = await here.importFile(path, { mapping, name: `data ${count}` });
    const { store } = here;
    const base = newRun(dataset.id);
    const run = await startRun(store, dataset.id, {
      name: `run ${count}`,
      experiment: { ...base.experiment, samples: 2 },
      phases: [...base.phases, judgePhase(STRICT)],
      selection: { kind: 'questions', limit: null, seed: 0, samples: 2 },
    });
    const of = (position: number) => outputs[position % outputs.length] ?? outputs[0];
    const ids = await answerAll(store, run, ({ position }) => {
      const one = of(position);
      return one === undefined ? {} : made(one);
    });
    const [strict = 0, ann = 0] = await Promise.all(
      [STRICT, ANN].map((one) => store.call('judges.ensure', one)),
    );
    await store.call('runs.putJudgments', {
      ...run,
      seq: 1,
      judgments: ids.map((id, at) => {
        const one = of(at);
        return judgment(id, strict, {
          verdict: one?.verdict ?? 'unparsed',
          pCorrect: one?.p ?? null,
          raw: one?.raw ?? null,
          reason: one?.note ?? null,
        });
      }),
    });
    await store.call('judgments.addHuman', {
      answerId: ids[0] ?? 0,
      judgeId: ann,
      verdict: 'correct',
      note: of(0)?.note ?? null,
    });
    await store.call('runs.release', { ...run, status: 'done', error: null });
    return run.runId;
  }

  async function arrived(path: string): Promise<ExportedAnswer[]> {
    const { dataset } = await there.importFile(path, { name: `back ${count}` });
    return there.answers(await importedRun(there.store, dataset.id));
  }

  const RUNS = { numRuns: 20 };
  const some = [
    fc.array(record, { minLength: 1, maxLength: 4 }),
    fc.array(output, { minLength: 1, maxLength: 4 }),
  ] as const;

  test.each(['jsonl', 'bundle'] as const)(
    '%s: everything is equal, and the records have the hashes of their rows',
    async (format) => {
      await fc.assert(
        fc.asyncProperty(...some, async (records, outputs) => {
          const runId = await runOf(records, outputs);
          const before = await here.answers(runId);
          for (const answer of before) expect(sha256Of(answer.record)).toBe(answer.rowSha256);
          expect((await arrived(await here.exportAs(runId, format))).map(contentOf)).toEqual(
            before.map(contentOf),
          );
        }),
        RUNS,
      );
    },
  );

  /** What a format keeps of any run, by the loss table of the document. */
  const kept: readonly (readonly [ExportFormat, (answer: ExportedAnswer) => unknown])[] = [
    ['inspect', ({ question, gold, answer, sampleIndex }) => [question, gold, answer, sampleIndex]],
    ['promptfoo-json', ({ question, gold, answer, sampleIndex }) => [question, gold, answer, sampleIndex]],
    ['lm-eval', ({ question, gold, answer, sampleIndex }) => [question, gold, answer, sampleIndex]],
    ['fastchat', ({ question, answer, sampleIndex }) => [question, answer, sampleIndex]],
    ['alpaca-eval', ({ question, answer }) => [question, answer]],
  ];

  function fileOf(path: string, format: string): string {
    if (format !== 'lm-eval' && format !== 'fastchat') return path;
    const wanted = format === 'lm-eval' ? /samples_.*\.jsonl$/ : /model_answer.*\.jsonl$/;
    return join(
      path,
      readdirSync(path, { recursive: true, encoding: 'utf8' }).find((file) => wanted.test(file)) ?? '',
    );
  }

  test.each(kept)('%s: questions, answers and what else it keeps', async (known, tell) => {
    await fc.assert(
      fc.asyncProperty(...some, async (records, outputs) => {
        const runId = await runOf(records, outputs);
        const before = await here.answers(runId);
        const back = await arrived(fileOf(await here.exportAs(runId, known, true), known));
        const wanted =
          known === 'alpaca-eval' ? before.filter(({ sampleIndex }) => sampleIndex === 0) : before;
        const sorted = (answers: readonly ExportedAnswer[]): string[] =>
          answers.map((answer) => JSON.stringify(tell(answer))).toSorted();
        expect(sorted(back)).toEqual(sorted(wanted));
      }),
      RUNS,
    );
  });
});
