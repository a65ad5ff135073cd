import { copyFileSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sha256Of } from '../../../src-main/core/hash.ts';
import { contentOf, importedRun, judgedRun, readText, type Workshop, workshop } from './run.ts';

describe('export, then import into another workbench', () => {
  let here: Workshop;
  let there: Workshop;
  let runId: number;
  beforeAll(async () => {
    here = await workshop();
    there = await workshop();
    ({ runId } = await judgedRun(here));
  });
  afterAll(async () => {
    await here[Symbol.asyncDispose]();
    await there[Symbol.asyncDispose]();
  });

  async function arrived(path: string): Promise<Record<string, unknown>[]> {
    const { dataset } = await there.importFile(path);
    return (await there.answers(await importedRun(there.store, dataset.id))).map(contentOf);
  }

  test.each(['jsonl', 'bundle'] as const)(
    '%s loses nothing: rows, answers, tokens and judgments have equal content hashes',
    async (format) => {
      const before = (await here.answers(runId)).map(contentOf);
      const after = await arrived(await here.exportAs(runId, format));
      expect(after).toEqual(before);
      expect(after.map(sha256Of)).toEqual(before.map(sha256Of));
      expect(new Set(before.map(({ row }) => row)).size).toBe(4);
      expect(before).toHaveLength(10);
    },
  );

  test('the second export of what was imported is equal to the first, and importing it again adds nothing', async () => {
    const path = await here.exportAs(runId, 'jsonl');
    const { dataset } = await there.importFile(path);
    const again = await there.importFile(path);
    expect(again).toMatchObject({ existed: true, dataset: { id: dataset.id } });
    const copy = await there.exportAs(await importedRun(there.store, dataset.id), 'jsonl');
    const lines = (text: string): unknown[] =>
      text.split('\n').flatMap((line) => {
        if (line === '') return [];
        const { row_sha256, record, answer, judgments } = JSON.parse(line);
        return [{ row_sha256, record, answer, judgments: judgments.length, hash: sha256Of(record) }];
      });
    expect(lines(readText(copy))).toEqual(lines(readText(path)));
    for (const line of lines(readText(path))) expect(line).toMatchObject({ hash: expect.any(String) });
  });

  test('every line carries the record that its row hash is taken over', async () => {
    for (const { record, rowSha256 } of await here.answers(runId)) expect(sha256Of(record)).toBe(rowSha256);
  });

  test('a bundle with one byte of its answers changed is refused with a sentence', async () => {
    const path = await here.exportAs(runId, 'bundle');
    const bytes = readFileSync(path);
    const at = bytes.indexOf(Buffer.from('answers.jsonl')) + 60;
    bytes[at] = (bytes[at] ?? 0) ^ 0x10;
    const broken = join(there.folder, 'broken.zip');
    writeFileSync(broken, bytes);
    await expect(there.importFile(broken)).rejects.toThrow(/^The (answers in the )?bundle .*\.$/);
  });

  test('what models were asked of answers is left out where it cannot be: another sample is missing, no judge, no number', async () => {
    const [line = ''] = readText(await here.exportAs(runId, 'jsonl')).split('\n');
    const { judgments, ...answer } = JSON.parse(line);
    const judge = judgments[0].judge;
    const pair = { judge, first_sample: 0, second_sample: 1, p_entails: 0.5, label_mass: null };
    const copy = {
      ...answer,
      token_relevances: [
        { judge, values: [0.5, 2, 'x', null] },
        { judge: 'me', values: [1] },
        { judge, values: [] },
        7,
      ],
      entailments: [
        pair,
        { ...pair, first_sample: -1 },
        { ...pair, judge: null },
        { ...pair, second_sample: 0 },
        'x',
      ],
    };
    const { dataset } = await there.importFile(there.write('asked.jsonl', `${JSON.stringify(copy)}\n`));
    const [back] = await there.answers(await importedRun(there.store, dataset.id));
    expect(back).toMatchObject({ answer: answer.answer, entailments: [] });
    expect(back?.relevances.map(({ values }) => values)).toEqual([[0.5, null, null, null]]);
  });

  test('a bundle is known by content under any name', async () => {
    const path = await here.exportAs(runId, 'bundle');
    const renamed = join(there.folder, 'from-a-colleague.bin');
    copyFileSync(path, renamed);
    const { dataset } = await there.importFile(renamed, { name: 'bundle' });
    expect(dataset).toMatchObject({ kind: 'assize-answers', rows: 5, problemCount: 0 });
  });

  test('an Inspect log keeps questions, golds, answers, log-probabilities and verdicts; hashes and probabilities are lost', async () => {
    const before = await here.answers(runId);
    const after = await arrivedAnswers('inspect');
    expect(
      after.map(({ question, gold, answer, sampleIndex, logprobs }) => ({
        question,
        gold,
        answer,
        sampleIndex,
        logprobs,
      })),
    ).toEqual(
      expect.arrayContaining(
        before.map(({ question, gold, answer, sampleIndex, logprobs }) => ({
          question,
          gold,
          answer,
          sampleIndex,
          logprobs,
        })),
      ),
    );
    expect(verdictCounts(after)).toEqual({
      'strict judge correct': 2,
      'strict judge incorrect': 4,
      'strict judge not_attempted': 2,
      'strict judge unparsed': 2,
      'lenient judge correct': 9,
      'Ann correct (human)': 1,
    });
    expect(after.flatMap(({ judgments }) => judgments.map(({ pCorrect }) => pCorrect))).not.toContain(0.125);
  });

  test('lm-eval samples keep questions, golds, answers; a judge survives where the samples of a question agree', async () => {
    const before = await here.answers(runId);
    const folder = await here.exportAs(runId, 'lm-eval', true);
    const samples = readdirSync(folder, { recursive: true, encoding: 'utf8' }).find((name) =>
      name.includes('samples_'),
    );
    const { dataset } = await there.importFile(join(folder, samples ?? ''));
    const after = await there.answers(await importedRun(there.store, dataset.id));
    expect(dataset).toMatchObject({ kind: 'lm-eval-samples', rows: 5, systems: ['generator'] });
    expect(after.map(({ question, gold, answer }) => [question, gold, answer])).toEqual(
      before.map(({ question, gold, answer }) => [question, gold, answer]),
    );
  });

  test('AlpacaEval outputs keep the first sample of each question; golds and verdicts are lost', async () => {
    const after = await arrivedAnswers('alpaca-eval');
    const first = (await here.answers(runId)).filter(({ sampleIndex }) => sampleIndex === 0);
    expect(after.map(({ question, answer }) => [question, answer])).toEqual(
      first.map(({ question, answer }) => [question, answer]),
    );
    expect(after.flatMap(({ gold, judgments }) => [...gold, ...judgments])).toEqual([]);
  });

  test('FastChat’s folder keeps all samples, one gold, and the scored verdicts on the first samples', async () => {
    const folder = await here.exportAs(runId, 'fastchat', true);
    const { dataset } = await there.importFile(join(folder, 'model_answer', 'generator.jsonl'));
    const after = await there.answers(await importedRun(there.store, dataset.id));
    expect(after.map(({ question, answer }) => [question, answer])).toEqual(
      (await here.answers(runId)).map(({ question, answer }) => [question, answer]),
    );
    expect(after[0]?.gold).toEqual(['Paris']);
    const first = (await here.answers(runId)).filter(({ sampleIndex }) => sampleIndex === 0);
    const scored = (answers: typeof after): Record<string, number> =>
      Object.fromEntries(
        Object.entries(verdictCounts(answers)).filter(([name]) => /correct(?: \(human\))?$/.test(name)),
      );
    expect(scored(after)).toEqual(scored(newestOnly(first)));
  });

  test.each(['openai-evals', 'promptfoo-csv'] as const)('%s keeps the questions alone', async (format) => {
    const { dataset } = await there.importFile(await here.exportAs(runId, format));
    expect(dataset).toMatchObject({ rows: 5, systems: [] });
    const rows = await there.store.call('datasets.rows', {
      datasetId: dataset.id,
      after: null,
      limit: 9,
      text: null,
    });
    const asked = (await here.answers(runId)).filter(({ sampleIndex }) => sampleIndex === 0);
    expect(rows.map(({ question }) => question.question)).toEqual(
      asked.map(({ question }) => (format === 'promptfoo-csv' ? question.replace(/^=/, "'=") : question)),
    );
  });

  async function arrivedAnswers(format: 'inspect' | 'promptfoo-json' | 'alpaca-eval') {
    const { dataset } = await there.importFile(await here.exportAs(runId, format));
    return there.answers(await importedRun(there.store, dataset.id));
  }
});

/** As a file has it that knows one verdict a judge. */
function newestOnly<T extends Awaited<ReturnType<Workshop['answers']>>[number]>(answers: readonly T[]): T[] {
  return answers.map((answer) => ({
    ...answer,
    judgments: [...new Map(answer.judgments.map((one) => [one.judge.id, one])).values()],
  }));
}

function verdictCounts(answers: Awaited<ReturnType<Workshop['answers']>>): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { judgments } of answers) {
    for (const { judge, verdict } of judgments) {
      const key = `${judge.name} ${verdict}${judge.kind === 'human' ? ' (human)' : ''}`;
      counts[key] = (counts[key] ?? 0) + 1;
    }
  }
  return counts;
}
