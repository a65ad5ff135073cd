import { createHash } from 'node:crypto';
import type { ExportedAnswer } from '../../store/api.ts';
import {
  accuracyOf,
  countedJudgment,
  type ExportSource,
  sampleGroups,
  scored,
  slug,
  systemOf,
} from './source.ts';

export interface LmEvalNames {
  readonly task: string;
  readonly folder: string;
  readonly samples: string;
  readonly results: string;
}

/** Names as lm-eval gives them: a folder of the model, the date in both files. */
export function lmEvalNames(source: ExportSource): LmEvalNames {
  const date = source.at.toISOString().replaceAll(':', '-').replace('Z', '000');
  const task = slug(source.run.datasetName, '_').toLowerCase();
  const folder = slug(systemOf(source, null), '__');
  return {
    task,
    folder,
    samples: `${folder}/samples_${task}_${date}.jsonl`,
    results: `${folder}/results_${date}.json`,
  };
}

/** A metric a judge: "judge_llama-3_8b". */
function metricNames(source: ExportSource): Map<number, string> {
  return new Map(source.judges.map((judge) => [judge.id, `judge_${slug(judge.label, '_')}`]));
}

const hash = (text: string): string => createHash('sha256').update(text, 'utf8').digest('hex');

/** A line a question; its samples are its responses, a metric the mean of a judge's scored verdicts on them. */
export async function* lmEvalSamples(source: ExportSource): AsyncGenerator<string> {
  const metrics = metricNames(source);
  let docId = 0;
  for await (const group of sampleGroups(source, false)) {
    const [first] = group;
    const answered = group.filter(({ answer }) => answer !== null);
    if (first === undefined || answered.length === 0) continue;
    yield `${JSON.stringify(sampleLine(source, metrics, first, answered, docId))}\n`;
    docId += 1;
  }
}

function sampleLine(
  source: ExportSource,
  metrics: ReadonlyMap<number, string>,
  first: ExportedAnswer,
  answered: readonly ExportedAnswer[],
  docId: number,
): Record<string, unknown> {
  const { decoding } = source.run.experiment;
  const doc = {
    ...(first.externalId === null ? {} : { id: first.externalId }),
    question: first.question,
    ...(first.context === null ? {} : { context: first.context }),
    ...(first.choices === null ? {} : { choices: first.choices }),
    gold: first.gold,
  };
  const target = first.gold.length === 1 ? (first.gold[0] ?? '') : first.gold;
  const prompt = first.renderedPrompt ?? first.question;
  const texts = answered.map(({ answer }) => answer ?? '');
  const values = [...metrics].flatMap(([judgeId, name]) => {
    const scores = answered.flatMap((answer) => scored(countedJudgment(answer, judgeId)) ?? []);
    return scores.length === 0
      ? []
      : [[name, scores.reduce<number>((sum, one) => sum + one, 0) / scores.length] as const];
  });
  return {
    doc_id: docId,
    doc,
    target,
    arguments: {
      gen_args_0: {
        arg_0: prompt,
        arg_1: {
          until: decoding.stop,
          max_gen_toks: decoding.maxTokens,
          do_sample: decoding.temperature > 0,
          temperature: decoding.temperature,
        },
      },
    },
    resps: [texts],
    filtered_resps: texts,
    filter: 'none',
    metrics: values.map(([name]) => name),
    doc_hash: hash(JSON.stringify(doc)),
    prompt_hash: hash(prompt),
    target_hash: hash(typeof target === 'string' ? target : JSON.stringify(target)),
    ...Object.fromEntries(values),
  };
}

/** lm-eval's results file: each judge's accuracy over scored answers with its standard error. */
export function lmEvalResults(source: ExportSource): string {
  const { run } = source;
  const { task } = lmEvalNames(source);
  const names = metricNames(source);
  const measured = source.judges.flatMap((judge) => {
    const accuracy = accuracyOf(judge.counts);
    return accuracy === null ? [] : [{ metric: names.get(judge.id) ?? judge.label, accuracy }];
  });
  const model = systemOf(source, null);
  const results = {
    results: {
      [task]: {
        alias: task,
        ...Object.fromEntries(
          measured.flatMap(({ metric, accuracy }) => [
            [`${metric},none`, accuracy.value],
            [`${metric}_stderr,none`, accuracy.stderr],
          ]),
        ),
        sample_len: run.answered,
      },
    },
    group_subtasks: { [task]: [] },
    configs: {
      [task]: { task, output_type: 'generate_until', num_fewshot: run.experiment.prompt.fewShot },
    },
    versions: { [task]: 0 },
    'n-shot': { [task]: run.experiment.prompt.fewShot },
    higher_is_better: { [task]: Object.fromEntries(measured.map(({ metric }) => [metric, true])) },
    'n-samples': { [task]: { original: run.total, effective: run.answered } },
    config: {
      model: 'gguf',
      model_args: `pretrained=${model}`,
      gen_kwargs: null,
      limit: run.experiment.limit,
      random_seed: run.experiment.seed,
    },
    git_hash: null,
    date: run.createdAt / 1000,
    model_source: 'assize',
    model_name: model,
    model_name_sanitized: slug(model, '__'),
    start_time: (run.startedAt ?? run.createdAt) / 1000,
    end_time: (run.endedAt ?? run.createdAt) / 1000,
  };
  return `${JSON.stringify(results, null, 2)}\n`;
}
