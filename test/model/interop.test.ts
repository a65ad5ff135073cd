import { mkdirSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { importedRun, judgedRun, type Workshop, workshop } from '../unit/exporting/run.ts';
import { pythonJson, pythonWith } from './interop-python.ts';

const inspectPython = pythonWith('inspect', ['inspect-ai'], 'import inspect_ai.log');
const lmEvalPython = pythonWith('lm-eval', ['lm-eval'], 'import lm_eval.utils');
const pandasPython = pythonWith('pandas', ['pandas', 'pyarrow'], 'import pandas, pyarrow');

const fastchatPython =
  pandasPython === null
    ? null
    : pythonWith('pandas', ['--no-deps', 'fschat==0.2.36'], 'import fastchat.llm_judge.show_result');

let shop: Workshop;
let runId: number;
beforeAll(async () => {
  shop = await workshop();
  ({ runId } = await judgedRun(shop));
});
afterAll(() => shop[Symbol.asyncDispose]());

const READ_LOG = `
import json, sys
from inspect_ai.log import read_eval_log
log = read_eval_log(sys.argv[1])
print(json.dumps({
  "status": log.status,
  "samples": [[str(s.id), s.epoch, s.output.completion, {k: (v.value if v.value == v.value else None) for k, v in s.scores.items()}] for s in log.samples],
  "metrics": {s.name: s.metrics["accuracy"].value for s in log.results.scores},
  "edits": [[e.value, e.provenance.author] for s in log.samples for v in s.scores.values() for e in (v.history or []) if e.provenance],
}))`;

describe.skipIf(inspectPython === null)('inspect_ai', () => {
  test('reads our log: samples, scores and edits are ours', async () => {
    const path = await shop.exportAs(runId, 'inspect');
    const log = pythonJson(inspectPython ?? '', READ_LOG, [path]);
    const ours = await shop.answers(runId);
    const counts = await shop.store.call('runs.counts', { runId });
    const letters: Record<string, string> = { correct: 'C', incorrect: 'I', not_attempted: 'N' };
    expect(log).toMatchObject({
      status: 'success',
      metrics: Object.fromEntries(
        counts.judges.map(({ judge, correct, incorrect }) => [judge.name, correct / (correct + incorrect)]),
      ),
      edits: [
        ['I', 'Ann'],
        ['C', 'Ann'],
      ],
      samples: ours.map(({ sampleIndex, answer, judgments }) => [
        expect.any(String),
        sampleIndex + 1,
        answer,
        Object.fromEntries(judgments.map(({ judge, verdict }) => [judge.name, letters[verdict] ?? null])),
      ]),
    });
  });

  const VALIDATE = `
import json, os, sys, inspect_ai
from jsonschema import Draft202012Validator
schema = json.load(open(os.path.join(os.path.dirname(inspect_ai.__file__), "_view", "inspect-openapi.json")))
schema["$ref"] = "#/components/schemas/EvalLog"
validator = Draft202012Validator(schema)
log = json.load(open(sys.argv[1]))
broken = dict(log, version="two")
tell = lambda value: sorted({"/".join(map(str, e.absolute_path)) + ": " + e.message[:200] for e in validator.iter_errors(value)})
print(json.dumps({"faults": tell(log), "of a broken one": tell(broken)[0]}))`;

  test('finds no fault in our log by the schema that its viewer is built from', async () => {
    const told = pythonJson(inspectPython ?? '', VALIDATE, [await shop.exportAs(runId, 'inspect')]);
    expect(told).toEqual({ faults: [], 'of a broken one': expect.stringContaining('version') });
  });

  const MAKE_LOG = `
import json, sys, tiktoken
# Its mock model counts tokens by a table that it would fetch: words do as well here.
class Words:
    def encode(self, text, **_): return text.split()
tiktoken.get_encoding = tiktoken.encoding_for_model = lambda *_: Words()
from inspect_ai import Task, eval
from inspect_ai.dataset import Sample
from inspect_ai.model import ModelOutput, get_model
from inspect_ai.scorer import match, includes
from inspect_ai.log import read_eval_log
answers = ["Paris", "It is Tokyo", "no idea"]
model = get_model("mockllm/model", custom_outputs=[ModelOutput.from_content("mockllm/model", a) for a in answers])
data = [Sample(id=i + 1, input=q, target=t) for i, (q, t) in enumerate([("France?", "Paris"), ("Japan?", "Tokyo"), ("Peru?", "Lima")])]
fmt = sys.argv[2]
logs = eval(Task(dataset=data, scorer=[match(), includes()]), model=model, log_dir=sys.argv[1], log_format=fmt, display="none", max_samples=1, max_connections=1)
log = logs[0]
print(json.dumps({"path": log.location, "scores": [[s.output.completion, {k: v.value for k, v in s.scores.items()}] for s in log.samples]}))`;

  test.each(['eval', 'json'])(
    'its own .%s log, made with its mock model, opens with its scores',
    async (format) => {
      const made = pythonJson(inspectPython ?? '', MAKE_LOG, [join(shop.folder, `logs-${format}`), format]);
      if (typeof made !== 'object' || made === null || !('path' in made) || !('scores' in made))
        throw new Error('no log');
      const path = String(made.path).replace(/^file:\/\//, '');
      const { dataset } = await shop.importFile(path);
      const answers = await shop.answers(await importedRun(shop.store, dataset.id));
      const letters: Record<string, string> = { correct: 'C', incorrect: 'I' };
      expect(
        answers.map(({ answer, judgments }) => [
          answer,
          Object.fromEntries(
            judgments.map(({ judge, verdict }) => [judge.name, letters[verdict] ?? verdict]),
          ),
        ]),
      ).toEqual(made.scores);
      expect(dataset).toMatchObject({ rows: 3, problemCount: 0 });
    },
  );
});

describe.skipIf(pandasPython === null)('pandas', () => {
  const ACCURACY = `
import json, sys, pandas as pd
df = pd.read_parquet(sys.argv[1]) if sys.argv[1].endswith("parquet") else pd.read_csv(sys.argv[1])
acc = df.dropna(subset=["correct"]).groupby("judge")["correct"].mean()
print(json.dumps({"rows": len(df), "accuracy": {k: float(v) for k, v in acc.items()}, "columns": list(df.columns), "nll": float(df["nll_sum"].iloc[0])}))`;

  test.each(['parquet', 'csv'] as const)(
    'read_%s gives the rows and accuracies that the store counts',
    async (format) => {
      const read = pythonJson(pandasPython ?? '', ACCURACY, [await shop.exportAs(runId, format)]);
      const counts = await shop.store.call('runs.counts', { runId });
      expect(read).toMatchObject({
        rows: 20,
        accuracy: Object.fromEntries(
          counts.judges.map(({ judge, correct, incorrect }) => [judge.name, correct / (correct + incorrect)]),
        ),
        nll: 0.875,
        columns: expect.arrayContaining(['question', 'gold', 'verdict', 'p_correct', 'human']),
      });
    },
  );

  test('read_json gives our lines and lm-eval’s samples', async () => {
    const folder = await shop.exportAs(runId, 'lm-eval', true);
    const samples = readdirSync(folder, { recursive: true, encoding: 'utf8' }).find((name) =>
      name.includes('samples_'),
    );
    const READ = `
import json, sys, pandas as pd
print(json.dumps([len(pd.read_json(path, lines=True)) for path in sys.argv[1:]]))`;
    const paths = [await shop.exportAs(runId, 'jsonl'), join(folder, samples ?? '')];
    expect(pythonJson(pandasPython ?? '', READ, paths)).toEqual([10, 5]);
  });
});

describe.skipIf(lmEvalPython === null)('lm-eval', () => {
  const TASK = `
task: tiny_open
dataset_path: json
dataset_kwargs: {data_files: {test: DATA}}
test_split: test
output_type: generate_until
doc_to_text: "Q: {{question}}\\nA:"
doc_to_target: "{{answer}}"
generation_kwargs: {until: ["\\n"]}
metric_list: [{metric: exact_match}]
`;
  const RUN = `
import json, sys
from lm_eval.__main__ import cli_evaluate
folder = sys.argv[1]
sys.argv = ["lm_eval", "--model", "dummy", "--tasks", "tiny_open", "--include_path", folder, "--log_samples", "--output_path", folder + "/out"]
cli_evaluate()
print(json.dumps("done"))`;

  test('its own samples, made with its dummy model, open with its scores and the name of the model', async () => {
    const folder = join(shop.folder, 'lm-eval-task');
    mkdirSync(folder);
    // Its dummy model says "lol" to everything: one answer is right.
    const data = shop.write(
      'lm-eval-task/data.jsonl',
      '{"question":"A?","answer":"lol"}\n{"question":"B?","answer":"Tokyo"}\n',
    );
    shop.write('lm-eval-task/task.yaml', TASK.replace('DATA', JSON.stringify(data)));
    expect(pythonJson(lmEvalPython ?? '', RUN, [folder])).toBe('done');
    const files = readdirSync(join(folder, 'out'), { recursive: true, encoding: 'utf8' });
    const samples = files.find((name) => name.includes('samples_'));
    // A model without a name is given a random one, after which the folder is called.
    const model = dirname(samples ?? '');
    const { dataset } = await shop.importFile(join(folder, 'out', samples ?? ''));
    const answers = await shop.answers(await importedRun(shop.store, dataset.id));
    expect(dataset).toMatchObject({ kind: 'lm-eval-samples', rows: 2, problemCount: 0, systems: [model] });
    expect(
      answers.map(({ question, gold, answer, judgments }) => [
        question,
        gold,
        answer,
        judgments.map(({ judge, verdict }) => `${judge.name} ${verdict}`),
      ]),
    ).toEqual([
      ['A?', ['lol'], 'lol', ['lm-eval exact_match,none correct']],
      ['B?', ['Tokyo'], 'lol', ['lm-eval exact_match,none incorrect']],
    ]);
  });

  test('its own code knows our files by their names and prints our results as its table', async () => {
    const folder = await shop.exportAs(runId, 'lm-eval', true);
    const TABLE = `
import json, os, sys
from lm_eval.utils import get_file_task_name, get_latest_filename, get_results_filenames, get_sample_results_filenames, make_table
names = [os.path.join(d, f) for d, _, fs in os.walk(sys.argv[1]) for f in fs]
samples, results = get_sample_results_filenames(names), get_results_filenames(names)
table = make_table(json.load(open(get_latest_filename(results))))
print(json.dumps({"task": get_file_task_name(os.path.basename(samples[0])), "files": [len(samples), len(results)], "table": table}))`;
    const read = pythonJson(lmEvalPython ?? '', TABLE, [folder]);
    expect(read).toMatchObject({ task: 'questions', files: [1, 1] });
    const table = JSON.stringify(read);
    for (const cell of ['judge_strict_judge', '0.3333', 'judge_Ann']) expect(table).toContain(cell);
  });
});

describe.skipIf(fastchatPython === null)('FastChat', () => {
  // Its loaders live beside clients of servers, which are not installed and not used.
  const SHOW = `
import argparse, contextlib, io, json, sys, types
for name in ["openai", "anthropic", "fastchat.model", "fastchat.model.model_adapter"]: sys.modules[name] = types.ModuleType(name)
for name in ["get_conversation_template", "ANTHROPIC_MODEL_LIST", "OPENAI_MODEL_LIST"]: setattr(sys.modules["fastchat.model.model_adapter"], name, None)
from fastchat.llm_judge.common import load_model_answers, load_questions, load_single_model_judgments
from fastchat.llm_judge.show_result import display_result_single
folder, judgments = sys.argv[1:]
out = io.StringIO()
with contextlib.redirect_stdout(out):
    display_result_single(argparse.Namespace(input_file=judgments, bench_name="ours", judge_model=None, model_list=None))
answers = load_model_answers(folder + "/model_answer")
print(json.dumps({
  "questions": [q["turns"][0] for q in load_questions(folder + "/question.jsonl", None, None)],
  "answers": {m: [a["choices"][0]["turns"][0] for a in by.values()] for m, by in answers.items()},
  "judges": [[list(judge), len(games)] for judge, games in load_single_model_judgments(judgments).items()],
  "table": out.getvalue().split(),
}))`;

  test('loads our questions, answers and judgments by its own code, and its table has our accuracy on its scale', async () => {
    const folder = await shop.exportAs(runId, 'fastchat', true);
    const file = join(folder, 'model_judgment', 'strict_judge_single.jsonl');
    const first = (await shop.answers(runId)).filter(({ sampleIndex }) => sampleIndex === 0);
    const strict = first.map(({ verdicts }) => verdicts[0]?.verdict);
    const scored = strict.flatMap((verdict) =>
      verdict === 'correct' ? [10] : verdict === 'incorrect' ? [1] : [],
    );
    const mean = scored.reduce((sum, rating) => sum + rating, 0) / scored.length;
    expect(pythonJson(fastchatPython ?? '', SHOW, [folder, file])).toEqual({
      questions: first.map(({ question }) => question),
      answers: { generator: first.map(({ answer }) => answer) },
      judges: [[['strict judge', expect.stringContaining('assize')], first.length]],
      table: expect.arrayContaining(['generator', mean.toFixed(1)]),
    });
  });
});
