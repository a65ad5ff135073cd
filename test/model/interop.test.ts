import { mkdirSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { importedRun, judgedRun, type Workshop, workshop } from '../unit/exporting/run.ts';
import { pythonJson, pythonWith } from './interop-python.ts';

const inspectPython = pythonWith('inspect', ['inspect-ai'], 'import inspect_ai.log');
const lmEvalPython = pythonWith('lm-eval', ['lm-eval'], 'import lm_eval.utils');
const pandasPython = pythonWith('pandas', ['pandas', 'pyarrow'], 'import pandas, pyarrow');

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

console.warn(
  'SKIPPED: promptfoo reading our results; its package is 1.4 GB installed, too much for a test to fetch.',
);
