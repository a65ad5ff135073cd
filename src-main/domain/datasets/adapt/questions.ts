import { isMissing, isRecord, listOf } from '../fields.ts';
import type { FileRecord } from '../fields.ts';
import { asItIs } from './adapted.ts';
import type { Adapted, Adapter } from './adapted.ts';

function squadRows(article: FileRecord): Adapted[] {
  return listOf(article['paragraphs'])
    .filter(isRecord)
    .flatMap((paragraph) =>
      listOf(paragraph['qas'])
        .filter(isRecord)
        .map((qa) => ({
          record: { title: article['title'] ?? null, context: paragraph['context'] ?? null, ...qa },
          answers: [],
          key: null,
        })),
    );
}

/**
 * SQuAD: an article with paragraphs of questions becomes a row a question, with its paragraph as context. A question
 * without answers (version 2, unanswerable) is a row with an empty gold. The flat form is taken as it is.
 */
export const squad: Adapter = (value, context) => {
  if (!Array.isArray(value['paragraphs'])) return asItIs(value, context);
  const rows = squadRows(value);
  return rows.length > 0 ? { rows } : { rows, problem: 'The article has no questions.' };
};

/** BioASQ: the exact answer is the gold one, and the ideal answer (a summary) where there is no exact one. */
export const bioasq: Adapter = (value) => {
  const exact = value['exact_answer'];
  const none = isMissing(exact) || (Array.isArray(exact) && exact.length === 0);
  const gold = none ? (value['ideal_answer'] ?? null) : exact;
  return { rows: [{ record: { ...value, gold }, answers: [], key: null }] };
};
