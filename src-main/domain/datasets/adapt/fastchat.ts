import type { ImportedVerdict } from '../../dataset.ts';
import { filledText, isRecord, listOf, lookup, textOf } from '../fields.ts';
import type { FileRecord } from '../fields.ts';
import { messageText } from '../messages.ts';
import { answer } from './adapted.ts';
import type { AdaptContext, Adapter, AdaptResult } from './adapted.ts';

/** Under which a file's reader keeps the answers and judgments of one model to one question. */
export function fastchatKey(model: string, questionId: string): string {
  return JSON.stringify([model, questionId]);
}

/** FastChat rates from 1 to 10 and writes -1 where no rating could be read. Ours are its ends: a verdict has no middle. */
export const FASTCHAT_RATING = { correct: 10, incorrect: 1, none: -1 } as const;

/** The name of the prompt in a judgment that an Assize wrote, before what kind of judge it was. */
export const FASTCHAT_OWN_PROMPT = 'assize';

function listAt(context: AdaptContext, part: 'answers' | 'judgments', key: string): FileRecord[] {
  const lists = context.header?.[part];
  return isRecord(lists) ? listOf(lists[key]).filter(isRecord) : [];
}

/**
 * A judgment of the first turn. A rating of 1 to 10 is a score and no verdict (7 is neither right nor wrong); only those that an
 * Assize wrote say which they were.
 */
function verdictOf(judgment: FileRecord): ImportedVerdict[] {
  const [model, prompt] = listOf(judgment['judge']).map(textOf);
  const name = model ?? filledText(judgment['judge']);
  const { score } = judgment;
  if (name === null || typeof score !== 'number' || !isFirstTurn(judgment)) return [];
  const own = prompt?.startsWith(FASTCHAT_OWN_PROMPT) === true;
  const rated = score > 0;
  const verdict =
    own && rated ? (score >= FASTCHAT_RATING.correct ? 'correct' : 'incorrect') : ('unparsed' as const);
  const scale = own ? Number(verdict === 'correct') : score;
  return [
    {
      judge: own || prompt === undefined ? name : `${name} ${prompt}`,
      human: prompt === `${FASTCHAT_OWN_PROMPT}/human`,
      verdict,
      score: rated ? scale : null,
      reason: filledText(judgment['judgment']),
    },
  ];
}

const isFirstTurn = (judgment: FileRecord): boolean =>
  judgment['turn'] === undefined || judgment['turn'] === 1;

/** The question's record, from question.jsonl or what the line itself says of it. */
function questionOf(line: FileRecord, context: AdaptContext): FileRecord | string {
  const id = textOf(line['question_id']);
  const found = lookup(context.header ?? {}, 'questions');
  const question = isRecord(found) ? found[id] : undefined;
  if (isRecord(question)) return question;
  const own = filledText(line['prompt']) ?? filledText(line['question']);
  return own === null
    ? `No text for question ${id}: put FastChat's question.jsonl beside the file or one folder above.`
    : { question_id: line['question_id'], question: own };
}

function rowOf(
  line: FileRecord,
  choices: unknown,
  system: string,
  verdicts: readonly ImportedVerdict[],
  context: AdaptContext,
): AdaptResult {
  const record = questionOf(line, context);
  if (typeof record === 'string') return { rows: [], problem: record };
  const answers = listOf(choices)
    .filter(isRecord)
    .flatMap((choice, position) => {
      const turn = listOf(choice['turns'])[0];
      const sampleIndex = typeof choice['index'] === 'number' ? choice['index'] : position;
      // FastChat judges the first choice.
      const judged = position === 0 ? verdicts : [];
      return turn === undefined ? [] : [answer(system, messageText(turn), { sampleIndex, verdicts: judged })];
    });
  return { rows: [{ record, answers, key: textOf(line['question_id']) }] };
}

/**
 * FastChat's answers name their question by id only. With the questions beside them they become rows; the first turn is the question and
 * its reply the answer, as later turns depend on the model's own words. A choice is a sample. Judgments that lie beside them
 * come along.
 */
export const fastchat: Adapter = (value, context) => {
  const model = textOf(value['model_id']);
  const key = fastchatKey(model, textOf(value['question_id']));
  const verdicts = listAt(context, 'judgments', key).flatMap(verdictOf);
  return rowOf(value, value['choices'], context.system ?? (model || 'fastchat'), verdicts, context);
};

/** FastChat's judgments ("single" ones): with questions and answers beside them, rows as of the answers. */
export const fastchatJudgments: Adapter = (value, context) => {
  if (!isFirstTurn(value)) return { rows: [], skipped: 'a judgment of a later turn' };
  const model = textOf(value['model']);
  const id = textOf(value['question_id']);
  const key = fastchatKey(model, id);
  const all = listAt(context, 'judgments', key).filter(isFirstTurn);
  const [first] = all;
  if (first !== undefined && JSON.stringify(first) !== JSON.stringify(value))
    return { rows: [], skipped: 'a further judgment of one answer' };
  const found = listAt(context, 'answers', key)[0];
  if (found === undefined) {
    const problem = `The answer of ${model} to question ${id} is not there: FastChat keeps answers in model_answer, beside model_judgment.`;
    return { rows: [], problem };
  }
  const verdicts = (all.length > 0 ? all : [value]).flatMap(verdictOf);
  return rowOf(value, found['choices'], context.system ?? (model || 'fastchat'), verdicts, context);
};
