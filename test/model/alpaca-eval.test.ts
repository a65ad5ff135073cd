import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { importedRun, judgedRun, type Workshop, workshop } from '../unit/exporting/run.ts';
import { pythonJson, pythonWith } from './interop-python.ts';

// Its resources are found by a module that newer setuptools have no more.
const python = pythonWith('alpaca-eval', ['alpaca-eval==0.6.6', 'setuptools<81'], 'import alpaca_eval.main');

let shop: Workshop;
let runId: number;
beforeAll(async () => {
  shop = await workshop();
  ({ runId } = await judgedRun(shop));
});
afterAll(() => shop[Symbol.asyncDispose]());

/** An annotator without a model: it always says that the first of the two outputs it is shown is better. */
const ANNOTATOR = `
first:
  prompt_template: "judge/prompt.txt"
  fn_completions: "test_completions"
  completions_kwargs: {value: "Output (a)"}
  completion_parser_kwargs:
    outputs_to_match: {1: 'Output \\(a\\)', 2: 'Output \\(b\\)'}
  batch_size: 1
`;

const EVALUATE = `
import json, sys
from alpaca_eval import utils
from alpaca_eval.main import evaluate
outputs, judge = sys.argv[1:]
loaded = utils.load_or_convert_to_dataframe(outputs)
reference = loaded.assign(generator="reference", output=loaded["output"] + " or not")
board, notes = evaluate(model_outputs=outputs, reference_outputs=reference, annotators_config=judge, precomputed_leaderboard=None,
    output_path=None, fn_metric="get_winrate", sort_by="win_rate", is_return_instead_of_print=True, is_cache_leaderboard=False, caching_path=None)
kept = ["instruction", "output_1", "generator_1", "output_2", "generator_2", "preference"]
print(json.dumps({
  "generator": utils.get_generator_name(None, loaded),
  "loaded": loaded[["instruction", "output"]].values.tolist(),
  "board": {name: row["n_total"] for name, row in board.to_dict(orient="index").items()},
  "notes": [{key: note[key] for key in kept} for note in notes],
}))`;

const told = z.object({
  generator: z.string(),
  loaded: z.array(z.tuple([z.string(), z.string()])),
  board: z.record(z.string(), z.number()),
  notes: z.array(z.record(z.string(), z.unknown())),
});

describe.skipIf(python === null)('AlpacaEval', () => {
  test('loads our outputs by its own code and evaluates them: generator, questions, answers, every one annotated', async () => {
    mkdirSync(join(shop.folder, 'judge'));
    shop.write('judge/prompt.txt', '{instruction}\n(a) {output_1}\n(b) {output_2}\n');
    const judge = shop.write('judge/configs.yaml', ANNOTATOR);
    const path = await shop.exportAs(runId, 'alpaca-eval');
    const { generator, loaded, board, notes } = told.parse(pythonJson(python ?? '', EVALUATE, [path, judge]));
    const first = (await shop.answers(runId)).filter(({ sampleIndex }) => sampleIndex === 0);
    expect(generator).toBe('generator');
    expect(loaded).toEqual(first.map(({ question, answer }) => [question, answer]));
    // A question that comes twice is told apart by its outputs alone.
    expect(board).toEqual({ generator: notes.length });
    expect(notes.map((note) => [note['instruction'], note['output_2'], note['generator_2']])).toEqual(
      expect.arrayContaining(first.map(({ question, answer }) => [question, answer, 'generator'])),
    );
  });

  test('its own outputs, as its loader writes them, come back as answers of the systems that it names', async () => {
    const WRITE = `
import json, sys
from alpaca_eval import utils
frame = utils.convert_to_dataframe([
  {"dataset": "d", "instruction": "Q1?", "output": "A", "generator": "m"},
  {"dataset": "d", "instruction": "Q2?", "output": "two\\nlines", "generator": "m"},
  {"dataset": "d", "instruction": "Q1?", "output": "B", "generator": "n"},
])
frame.to_json(sys.argv[1], orient="records", indent=2)
print(json.dumps("written"))`;
    const path = join(shop.folder, 'model_outputs.json');
    expect(pythonJson(python ?? '', WRITE, [path])).toBe('written');
    const { dataset } = await shop.importFile(path);
    const answers = await shop.answers(await importedRun(shop.store, dataset.id));
    expect(dataset).toMatchObject({ kind: 'alpaca-eval', rows: 2, problemCount: 0 });
    expect(answers.map(({ question, system, answer }) => [question, system, answer])).toEqual([
      ['Q1?', 'm', 'A'],
      ['Q1?', 'n', 'B'],
      ['Q2?', 'm', 'two\nlines'],
    ]);
  });
});
