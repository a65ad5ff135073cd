import type { ImportedAnswer, ImportedVerdict } from '../../dataset.ts';
import { finder } from '../guess-mapping.ts';
import { QUESTION_NAMES } from '../column-names.ts';
import { isRecord, listOf, lookup, textOf } from '../fields.ts';
import type { FileRecord } from '../fields.ts';
import { transcript } from '../messages.ts';
import { parseVerdictLabel } from '../verdict-labels.ts';
import { answer } from './adapted.ts';
import type { Adapter } from './adapted.ts';

const OWN_KEYS = new Set(
  'doc_id doc target arguments resps filtered_resps filter metrics doc_hash prompt_hash target_hash'.split(
    ' ',
  ),
);

/** Arguments of request i: {gen_args_i: {arg_0, arg_1}} since 0.4.3, [[prompt, kwargs], …] before. */
function argument(value: FileRecord, request: number, position: number): unknown {
  const named = lookup(value, `arguments.gen_args_${request}.arg_${position}`);
  return named ?? listOf(listOf(value['arguments'])[request])[position];
}

function promptOf(value: FileRecord): string | null {
  const prompt = argument(value, 0, 0);
  return Array.isArray(prompt) ? transcript(prompt) : typeof prompt === 'string' ? prompt : null;
}

/** A request's log-likelihood: [-1.25, true], in newer files as texts; null for generated text. */
function logLikelihood(response: unknown): number | null {
  const pair = Array.isArray(response) ? response : [];
  const numeric = Number.parseFloat(textOf(pair[0]));
  return pair.length === 2 && /^(?:true|false)$/i.test(textOf(pair[1])) && Number.isFinite(numeric)
    ? numeric
    : null;
}

interface Ranked {
  readonly choices: readonly string[];
  readonly best: string;
}

/** Multiple choice: the continuations of the requests, and the one with the largest log-likelihood. */
function ranked(value: FileRecord): Ranked | null {
  const responses = listOf(value['resps']);
  const likelihoods = responses.flatMap((response) => logLikelihood(listOf(response)[0]) ?? []);
  if (likelihoods.length < 2 || likelihoods.length !== responses.length) return null;
  const choices = likelihoods.map((_, index) => textOf(argument(value, index, 1)).trim());
  const best = likelihoods.indexOf(Math.max(...likelihoods));
  return { choices, best: choices[best] ?? '' };
}

function verdictsOf(value: FileRecord, isRanked: boolean): ImportedVerdict[] {
  const listed = listOf(value['metrics']).filter((name) => typeof name === 'string');
  const names = listed.length > 0 ? listed : Object.keys(value).filter((name) => !OWN_KEYS.has(name));
  const filter = typeof value['filter'] === 'string' ? value['filter'] : 'none';
  return names.flatMap((name) => {
    // acc_norm judges the choice best by length-normalised likelihood, which may be another than the one kept here.
    if (isRanked && name !== 'acc') return [];
    const number = value[name];
    const parsed =
      number === 0 || number === 1 || typeof number === 'boolean' ? parseVerdictLabel(number) : null;
    return parsed === null
      ? []
      : [{ judge: `lm-eval ${name},${filter}`, human: false, ...parsed, reason: null }];
  });
}

function answersOf(value: FileRecord, system: string, filtered: boolean): ImportedAnswer[] {
  const best = ranked(value);
  const verdicts = verdictsOf(value, best !== null);
  const prompt = promptOf(value);
  if (best !== null) return [answer(system, best.best, { prompt, verdicts })];
  const responses = filtered ? listOf(value['filtered_resps']) : listOf(listOf(value['resps'])[0]);
  const texts = responses
    .flatMap((item) => (Array.isArray(item) ? item : [item]))
    .filter((text) => typeof text === 'string');
  // lm-eval scores one response a document: with repeats the filter took the first.
  return texts.map((text, sampleIndex) =>
    answer(system, text, { prompt, sampleIndex, verdicts: sampleIndex === 0 ? verdicts : [] }),
  );
}

/**
 * A line of lm-eval's samples_*.jsonl: one document under one filter. The question is the document, with lm-eval's
 * target; where the document has no field that reads as a question, the prompt stands in for it. Generated text is
 * the answer; of multiple choice, the likeliest choice. Metrics of 0 or 1 become verdicts named "lm-eval
 * exact_match,strict-match". Lines of other filters than the chosen one are skipped.
 */
export const lmEval: Adapter = (value, context) => {
  if (!isRecord(value['doc'])) return { rows: [], problem: 'The sample has no "doc" with the question.' };
  const filter = typeof value['filter'] === 'string' ? value['filter'] : null;
  if (context.filter !== null && filter !== null && filter !== context.filter) {
    return { rows: [], skipped: `filter "${filter}"` };
  }
  const doc = value['doc'];
  const best = ranked(value);
  const find = finder(Object.keys(doc));
  const asks = find(QUESTION_NAMES) !== null;
  const { target } = value;
  // Of multiple choice the target is the index of a choice, written as a text.
  const index =
    best !== null && typeof target === 'string' && /^\d{1,2}$/.test(target) ? Number(target) : target;
  const record = {
    ...doc,
    ...(value['doc_id'] === undefined ? {} : { doc_id: value['doc_id'] }),
    ...(Object.hasOwn(doc, 'target') || target === undefined ? {} : { target: index }),
    ...(asks ? {} : { prompt: promptOf(value) }),
    ...(best === null || find(['choices', 'options', 'endings']) !== null ? {} : { choices: best.choices }),
  };
  const answers = answersOf(value, context.system ?? 'lm-eval', context.filteredAnswers);
  return { rows: [{ record, answers, key: textOf(value['doc_id']) || null }] };
};
