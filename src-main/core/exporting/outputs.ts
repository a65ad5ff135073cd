import { FASTCHAT_OWN_PROMPT, FASTCHAT_RATING } from '../../domain/datasets/adapt/fastchat.ts';
import type { ExportedAnswer } from '../../store/api.ts';
import {
  countedJudgment,
  type ExportSource,
  type LabelledJudge,
  sampleGroups,
  scored,
  slug,
  systemOf,
} from './source.ts';

/** AlpacaEval's model outputs: a list, one output a question (the first sample). */
export async function* alpacaEval(source: ExportSource): AsyncGenerator<string> {
  yield '[';
  let first = true;
  for await (const [answer] of sampleGroups(source, false)) {
    if (answer?.answer === null || answer === undefined) continue;
    const output = {
      instruction: answer.question,
      output: answer.answer,
      generator: systemOf(source, answer),
      dataset: source.run.datasetName,
      datasplit: 'eval',
    };
    yield `${first ? '' : ','}\n${JSON.stringify(output)}`;
    first = false;
  }
  yield '\n]\n';
}

/** Questions as openai/evals' samples: each once, in the order of the run. */
export async function* openaiEvals(source: ExportSource): AsyncGenerator<string> {
  for await (const answer of questions(source)) {
    const content = answer.context === null ? answer.question : `${answer.context}\n\n${answer.question}`;
    yield `${JSON.stringify({ input: [{ role: 'user', content }], ideal: answer.gold })}\n`;
  }
}

/** The first answer to each row. */
export async function* questions(source: ExportSource): AsyncGenerator<ExportedAnswer> {
  const seen = new Set<number>();
  for await (const page of source.pages(false)) {
    for (const answer of page) {
      if (seen.has(answer.rowId)) continue;
      seen.add(answer.rowId);
      yield answer;
    }
  }
}

/** FastChat's question.jsonl. */
export async function* fastchatQuestions(source: ExportSource): AsyncGenerator<string> {
  for await (const answer of questions(source)) {
    const question = {
      question_id: questionId(answer),
      category: 'general',
      turns: [answer.question],
      reference: answer.gold.slice(0, 1),
    };
    yield `${JSON.stringify(question)}\n`;
  }
}

/** FastChat's answers of one model: the samples of a question are the choices of a line. */
export async function* fastchatAnswers(source: ExportSource): AsyncGenerator<string> {
  const tstamp = (source.run.endedAt ?? source.run.createdAt) / 1000;
  for await (const group of sampleGroups(source, false)) {
    const [first] = group;
    const choices = group.flatMap(({ answer, sampleIndex }) =>
      answer === null ? [] : [{ index: sampleIndex, turns: [answer] }],
    );
    if (first === undefined || choices.length === 0) continue;
    const line = {
      question_id: questionId(first),
      answer_id: `${first.rowSha256.slice(0, 16)}-${first.position}`,
      model_id: systemOf(source, first),
      choices,
      tstamp,
    };
    yield `${JSON.stringify(line)}\n`;
  }
}

/**
 * FastChat's judgments of one judge: of the first sample, as FastChat has it. It rates from 1 to 10 and means the ratings; a verdict
 * is an end of that scale, and -1, which it leaves out, is what is neither correct nor incorrect.
 */
export async function* fastchatJudgments(source: ExportSource, judge: LabelledJudge): AsyncGenerator<string> {
  const prompt = `${FASTCHAT_OWN_PROMPT}/${judge.kind === 'human' ? 'human' : (judge.promptId ?? judge.kind)}`;
  for await (const [answer] of sampleGroups(source, false)) {
    const counted = answer === undefined ? null : countedJudgment(answer, judge.id);
    if (answer === undefined || answer.answer === null || counted === null) continue;
    const verdict = scored(counted);
    const { none, correct, incorrect } = FASTCHAT_RATING;
    const line = {
      question_id: questionId(answer),
      model: systemOf(source, answer),
      judge: [judge.label, prompt],
      user_prompt: counted.renderedPrompt ?? '',
      judgment: counted.reason ?? counted.raw ?? counted.note ?? counted.verdict,
      score: verdict === null ? none : verdict === 1 ? correct : incorrect,
      turn: 1,
      tstamp: counted.at / 1000,
    };
    yield `${JSON.stringify(line)}\n`;
  }
}

/** A file a judge, under names that differ on any file system. */
export function fastchatJudgmentNames(source: ExportSource): Map<number, string> {
  const taken = new Set<string>();
  return new Map(
    source.judges.map(({ id, label }) => {
      const base = slug(label, '_');
      const name = taken.has(base.toLowerCase()) ? `${base}-${id}` : base;
      taken.add(name.toLowerCase());
      return [id, `model_judgment/${name}_single.jsonl`];
    }),
  );
}

/** A number, as FastChat sorts by it: rows as they were first met in the database. */
function questionId(answer: ExportedAnswer): number {
  return answer.rowId;
}

export function fastchatAnswersName(source: ExportSource): string {
  return `model_answer/${slug(systemOf(source, null))}.jsonl`;
}
