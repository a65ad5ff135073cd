import type { AnswerDetail, Judgment } from '../../domain/answer.ts';
import type { Run } from '../../domain/run.ts';

/** An answer's line ("assize/answer@1") and one for each of its judgments ("assize/judgment@1"), each ending with a line feed. */
export function answerLines(run: Run, answer: AnswerDetail): string[] {
  return [
    answerRecord(run, answer),
    ...answer.judgments.map((judgment) => judgmentRecord(run, answer, judgment)),
  ].map((record) => `${JSON.stringify(record)}\n`);
}

/** Stable for the same content: row, prompt, model, decoding and sample. */
function answerName(answer: AnswerDetail): string {
  const { rowSha256, promptSha256, modelSha256, decodingSha256, sampleIndex } = answer;
  return [
    rowSha256,
    promptSha256 ?? '',
    modelSha256 ?? answer.system ?? '',
    decodingSha256 ?? '',
    sampleIndex,
  ].join(':');
}

function answerRecord(run: Run, answer: AnswerDetail): Record<string, unknown> {
  const generator = run.phases.find((phase) => phase.role === 'generate');
  return {
    schema: 'assize/answer@1',
    answer_id: answerName(answer),
    run_id: run.id,
    position: answer.position,
    sample_index: answer.sampleIndex,
    row_sha256: answer.rowSha256,
    dataset: { name: run.datasetName },
    question_id: answer.externalId,
    question: answer.question,
    context: answer.context,
    gold: answer.gold,
    choices: answer.choices,
    metadata: answer.metadata,
    prompt_style: run.experiment.prompt.style,
    prompt_sha256: answer.promptSha256,
    rendered_prompt: answer.renderedPrompt,
    system: answer.system,
    model: generator?.provenance?.['model'] ?? null,
    model_sha256: answer.modelSha256,
    engine: generator?.provenance?.['engine'] ?? null,
    settings: generator?.provenance?.['settings'] ?? null,
    decode: { ...run.experiment.decoding, repeat_penalty: false, seed: answer.seed },
    answer: answer.answer,
    reasoning: answer.reasoning,
    finish_reason: answer.finishReason,
    n_prompt_tokens: answer.promptTokens,
    n_tokens: answer.tokens,
    token_ids: answer.tokenIds,
    token_logprobs: answer.logprobs,
    nll_sum: answer.nllSum,
    nll_mean: answer.nllMean,
    eog_logprob: answer.eogLogprob,
    exact_match: answer.exactMatch,
    f1: answer.f1,
    contains: answer.contains,
    duration_ms: answer.durationMs,
    error: answer.failure,
  };
}

function judgmentRecord(run: Run, answer: AnswerDetail, judgment: Judgment): Record<string, unknown> {
  return {
    schema: 'assize/judgment@1',
    answer_id: answerName(answer),
    run_id: run.id,
    judge: { name: judgment.judge.name, kind: judgment.judge.kind, sha256: judgment.judge.sha256 },
    judge_model_sha256: judgment.judge.modelSha256,
    judge_prompt_id: judgment.judge.promptId,
    judge_prompt_sha256: judgment.judge.promptSha256,
    rendered_prompt: judgment.renderedPrompt,
    label_order: judgment.labelOrder,
    mode: judgment.mode,
    repeat: judgment.repeat,
    verdict: judgment.verdict,
    p_correct: judgment.pCorrect,
    label_mass: judgment.labelMass,
    raw: judgment.raw,
    reason: judgment.reason,
    human: judgment.judge.kind === 'human',
    annotator: judgment.judge.kind === 'human' ? judgment.judge.name : null,
    note: judgment.note,
    at: new Date(judgment.at).toISOString(),
    duration_ms: judgment.durationMs,
    error: judgment.error,
  };
}
