import type { Verdict } from '../../domain/verdict.ts';
import type { ExportedAnswer, ExportedJudgment } from '../../store/api.ts';
import {
  accuracyOf,
  countedJudgment,
  type ExportSource,
  type LabelledJudge,
  sampleGroups,
  systemOf,
} from './source.ts';

/** Inspect's letters. What is not scored is NaN there, which its JSON writes as such. */
const LETTERS: Readonly<Partial<Record<Verdict, string>>> = {
  correct: 'C',
  incorrect: 'I',
  not_attempted: 'N',
};

/**
 * An Inspect log, version 2: a sample an answer, a score a judge. A person is a judge with a score of their own, whose
 * labels are score edits with provenance (author, time, note), so that no judge's verdict is changed.
 */
export async function* inspectLog(source: ExportSource): AsyncGenerator<string> {
  yield `${JSON.stringify(header(source)).slice(0, -1)},"samples":[`;
  const ids = new Map<string, string>();
  let first = true;
  for await (const group of sampleGroups(source, true)) {
    for (const answer of group) {
      if (answer.answer === null) continue;
      yield `${first ? '' : ','}\n${sampleText(source, answer, sampleId(ids, source, answer))}`;
      first = false;
    }
  }
  yield '\n]}\n';
}

/** Unique with the epoch: a file's own id may come twice, and several systems may answer one row. */
function sampleId(ids: Map<string, string>, source: ExportSource, answer: ExportedAnswer): string {
  const own = answer.externalId ?? String(answer.position + 1);
  const owner = `${answer.rowId} ${systemOf(source, answer)}`;
  const taken = ids.get(own);
  if (taken !== undefined && taken !== owner) return `${own}#${answer.rowId}`;
  ids.set(own, owner);
  return own;
}

function timestamp(at: number | null, source: ExportSource): string {
  return (at === null ? source.at : new Date(at)).toISOString().replace(/Z$/, '+00:00');
}

function header(source: ExportSource): Record<string, unknown> {
  const { run, version } = source;
  const config = { temperature: run.experiment.decoding.temperature, seed: run.experiment.seed };
  const scored = Math.max(...source.judges.map((judge) => accuracyOf(judge.counts)?.n ?? 0), 0);
  return {
    version: 2,
    status: run.status === 'done' ? 'success' : 'cancelled',
    invalidated: false,
    tags: ['assize'],
    metadata: { assize_run: run.id, judged: scored },
    eval: {
      eval_id: `assize-${run.id}`,
      run_id: `assize-${run.id}`,
      created: timestamp(run.createdAt, source),
      task: run.datasetName,
      task_id: `assize-${run.id}`,
      task_version: 0,
      task_attribs: {},
      task_args: {},
      task_args_passed: {},
      dataset: { name: run.datasetName, location: run.datasetName, samples: run.total, shuffled: false },
      model: run.phases.find(({ role }) => role === 'generate')?.modelName ?? 'imported',
      model_generate_config: config,
      model_args: {},
      config: { epochs: run.experiment.samples },
      packages: { assize: version },
    },
    plan: { name: 'plan', steps: [{ solver: 'generate', params: {}, params_passed: {} }], config },
    results: {
      total_samples: run.total,
      completed_samples: run.answered,
      scores: source.judges.map(scoreSummary),
    },
    stats: {
      started_at: timestamp(run.startedAt ?? run.createdAt, source),
      completed_at: timestamp(run.endedAt ?? run.createdAt, source),
      model_usage: {},
      role_usage: {},
      connection_limit_history: [],
    },
  };
}

function scoreSummary(judge: LabelledJudge): Record<string, unknown> {
  const accuracy = accuracyOf(judge.counts);
  const metric = (name: string, value: number) => [name, { name, value, params: {} }] as const;
  const all = judge.counts;
  const n = accuracy?.n ?? 0;
  const seen =
    all === null
      ? 0
      : all.correct + all.incorrect + all.notAttempted + all.unparsed + all.error + all.skipped;
  return {
    name: judge.label,
    scorer: judge.label,
    params: { kind: judge.kind, prompt: judge.promptId, model_sha256: judge.modelSha256 },
    metrics:
      accuracy === null
        ? {}
        : Object.fromEntries([metric('accuracy', accuracy.value), metric('stderr', accuracy.stderr)]),
    scored_samples: n,
    unscored_samples: seen - n,
  };
}

function sampleText(source: ExportSource, answer: ExportedAnswer, id: string): string {
  const text = answer.answer ?? '';
  const system = systemOf(source, answer);
  const assistant = { role: 'assistant', content: text, source: 'generate', model: system };
  const sample = {
    id,
    epoch: answer.sampleIndex + 1,
    input: answer.question,
    ...(answer.choices === null ? {} : { choices: answer.choices }),
    target: answer.gold.length === 1 ? answer.gold[0] : answer.gold,
    messages: [{ role: 'user', content: answer.renderedPrompt ?? answer.question }, assistant],
    output: {
      model: system,
      choices: [
        {
          message: assistant,
          stop_reason: answer.finishReason === 'length' ? 'max_tokens' : 'stop',
          ...logprobs(answer),
        },
      ],
      completion: text,
    },
  };
  const rest = {
    metadata: sampleMetadata(answer),
    store: {},
    events: [],
    model_usage: {},
    role_usage: {},
    attachments: {},
  };
  return `${JSON.stringify(sample).slice(0, -1)},"scores":${scoresText(source, answer)},${JSON.stringify(rest).slice(1)}`;
}

function logprobs({ logprobs: values, tokenTexts }: ExportedAnswer): Record<string, unknown> {
  if (values === null || values.length === 0 || !values.every(Number.isFinite)) return {};
  const content = values.map((logprob, at) => ({ token: tokenTexts?.[at] ?? '', logprob }));
  return { logprobs: { content } };
}

function sampleMetadata(answer: ExportedAnswer): Record<string, unknown> {
  return {
    row_sha256: answer.rowSha256,
    nll_sum: answer.nllSum,
    nll_mean: answer.nllMean,
    n_tokens: answer.tokens,
    exact_match: answer.exactMatch,
    f1: answer.f1,
  };
}

/** JSON has no NaN; Inspect's does. */
function valued(verdict: Verdict, rest: Record<string, unknown>): string {
  const letter = LETTERS[verdict];
  const value = letter === undefined ? 'NaN' : JSON.stringify(letter);
  return `{"value":${value},${JSON.stringify(rest).slice(1)}`;
}

function scoresText(source: ExportSource, answer: ExportedAnswer): string {
  const scores = source.judges.flatMap((judge) => {
    const counted = countedJudgment(answer, judge.id);
    return counted === null ? [] : [`${JSON.stringify(judge.label)}:${scoreText(source, answer, counted)}`];
  });
  return `{${scores.join(',')}}`;
}

function scoreText(source: ExportSource, answer: ExportedAnswer, counted: ExportedJudgment): string {
  const human = counted.judge.kind === 'human';
  const edits = human ? answer.judgments.filter(({ judge }) => judge.id === counted.judge.id) : [];
  const text = valued(counted.verdict, {
    answer: answer.answer,
    explanation: counted.reason ?? counted.raw ?? counted.note,
    metadata: {
      verdict: counted.verdict,
      p_correct: counted.pCorrect,
      label_mass: counted.labelMass,
      mode: counted.mode,
    },
  });
  return `${text.slice(0, -1)},"history":[${edits.map((edit) => editText(source, answer, edit)).join(',')}]}`;
}

function editText(source: ExportSource, answer: ExportedAnswer, edit: ExportedJudgment): string {
  return valued(edit.verdict, {
    answer: answer.answer,
    explanation: edit.note,
    metadata: {},
    provenance: {
      timestamp: timestamp(edit.at, source),
      author: edit.judge.name,
      reason: edit.note,
      metadata: {},
    },
  });
}
