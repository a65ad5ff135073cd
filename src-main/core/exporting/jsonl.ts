import type { JudgeInfo, Run } from '../../domain/run.ts';
import type { ExportedAnswer, ExportedJudgment } from '../../store/api.ts';

/** An answer's line ("assize/answer@1", docs/answer-format.md) with its judgments in it; ends with a line feed. */
export function answerLine(run: Run, answer: ExportedAnswer): string {
  return `${JSON.stringify(answerRecord(run, answer))}\n`;
}

/** Stable for the same content: row, prompt, model, decoding and sample. */
function answerName(answer: ExportedAnswer): string {
  const { rowSha256, promptSha256, modelSha256, decodingSha256, sampleIndex } = answer;
  return [
    rowSha256,
    promptSha256 ?? '',
    modelSha256 ?? answer.system ?? '',
    decodingSha256 ?? '',
    sampleIndex,
  ].join(':');
}

/** Tells a row within a dataset: rows of equal content are numbered. */
export function rowName(answer: ExportedAnswer): string {
  return `${answer.rowSha256}:${answer.occurrence}`;
}

function answerRecord(run: Run, answer: ExportedAnswer): Record<string, unknown> {
  return {
    schema: 'assize/answer@1',
    answer_id: answerName(answer),
    run_id: run.id,
    position: answer.position,
    sample_index: answer.sampleIndex,
    dataset: { name: run.datasetName },
    row_id: rowName(answer),
    row_sha256: answer.rowSha256,
    question_id: answer.externalId,
    question: answer.question,
    context: answer.context,
    gold: answer.gold,
    choices: answer.choices,
    metadata: answer.metadata,
    record: answer.record,
    ...madeBy(run, answer),
    answer: answer.answer,
    reasoning: answer.reasoning,
    finish_reason: answer.finishReason,
    n_prompt_tokens: answer.promptTokens,
    n_tokens: answer.tokens,
    n_reasoning_tokens: answer.reasoningTokens,
    token_ids: answer.tokenIds,
    token_texts: answer.tokenTexts,
    token_logprobs: answer.logprobs,
    nll_sum: answer.nllSum,
    nll_mean: answer.nllMean,
    eog_logprob: answer.eogLogprob,
    exact_match: answer.exactMatch,
    f1: answer.f1,
    contains: answer.contains,
    duration_ms: answer.durationMs,
    error: answer.failure,
    judgments: answer.judgments.map(judgmentRecord),
    token_relevances: answer.relevances.map(({ judge, values }) => ({ judge: judgeRecord(judge), values })),
    entailments: answer.entailments.map(({ judge, firstSample, secondSample, pEntails, labelMass }) => ({
      judge: judgeRecord(judge),
      first_sample: firstSample,
      second_sample: secondSample,
      p_entails: pEntails,
      label_mass: labelMass,
    })),
  };
}

/** By what and how the answer was made; of answers that were imported, only what their file said. */
function madeBy(run: Run, answer: ExportedAnswer): Record<string, unknown> {
  const own = answer.decodingSha256 !== null;
  const provenance = run.phases.find((phase) => phase.role === 'generate')?.provenance;
  return {
    prompt_style: own ? run.experiment.prompt.style : null,
    prompt_sha256: answer.promptSha256,
    rendered_prompt: answer.renderedPrompt,
    system: answer.system,
    model: own ? (provenance?.['model'] ?? null) : null,
    model_sha256: answer.modelSha256,
    engine: own ? (provenance?.['engine'] ?? null) : null,
    settings: own ? (provenance?.['settings'] ?? null) : null,
    decode: own ? { ...run.experiment.decoding, repeat_penalty: false, seed: answer.seed } : null,
    decoding_sha256: answer.decodingSha256,
  };
}

function judgeRecord(judge: Omit<JudgeInfo, 'id'>): Record<string, unknown> {
  return {
    name: judge.name,
    kind: judge.kind,
    sha256: judge.sha256,
    model_sha256: judge.modelSha256,
    prompt_id: judge.promptId,
    prompt_sha256: judge.promptSha256,
    label_order: judge.labelOrder,
    mode: judge.mode,
  };
}

function judgmentRecord(judgment: ExportedJudgment): Record<string, unknown> {
  const human = judgment.judge.kind === 'human';
  return {
    schema: 'assize/judgment@1',
    judge: judgeRecord(judgment.judge),
    human,
    annotator: human ? judgment.judge.name : null,
    verdict: judgment.verdict,
    score: judgment.score,
    p_correct: judgment.pCorrect,
    label_mass: judgment.labelMass,
    label_order: judgment.labelOrder,
    mode: judgment.mode,
    repeat: judgment.repeat,
    raw: judgment.raw,
    reason: judgment.reason,
    note: judgment.note,
    rendered_prompt: judgment.renderedPrompt,
    at: new Date(judgment.at).toISOString(),
    duration_ms: judgment.durationMs,
    error: judgment.error,
  };
}
