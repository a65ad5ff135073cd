import type { ExportedAnswer } from '../../store/api.ts';
import { type ExportSource, sampleGroups, slug, systemOf } from './source.ts';

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

/** A number, as FastChat sorts by it: rows as they were first met in the database. */
function questionId(answer: ExportedAnswer): number {
  return answer.rowId;
}

export function fastchatAnswersName(source: ExportSource): string {
  return `model_answer/${slug(systemOf(source, null))}.jsonl`;
}
