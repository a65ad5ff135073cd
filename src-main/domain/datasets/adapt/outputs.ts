import type { ImportedVerdict } from '../../dataset.ts';
import { filledText, isMissing, isRecord, listOf, recordOf, textOf } from '../fields.ts';
import { messageText } from '../messages.ts';
import { parseVerdictLabel } from '../verdict-labels.ts';
import { answer, asItIs } from './adapted.ts';
import type { Adapter } from './adapted.ts';

const ALPACA_QUESTION = new Set(['instruction', 'input', 'dataset', 'datasplit', 'id']);

/** AlpacaEval: instruction and data set are the question; the output is the generator's answer. */
export const alpacaEval: Adapter = (value, context) => {
  const record = recordOf(Object.entries(value).filter(([name]) => ALPACA_QUESTION.has(name)));
  const system = context.system ?? filledText(value['generator']) ?? 'alpaca-eval';
  const answers =
    isMissing(value['output']) && value['output'] !== '' ? [] : [answer(system, textOf(value['output']))];
  return { rows: [{ record, answers, key: JSON.stringify(record) }] };
};

/**
 * FastChat's answers name their question by id only. With the questions beside them (`context.header`, by id) they
 * become rows; the first turn is the question and its reply the answer, as later turns depend on the model's own
 * words. One row a choice is one sample.
 */
export const fastchat: Adapter = (value, context) => {
  const id = textOf(value['question_id']);
  const found = context.header?.[id];
  const question = isRecord(found) ? found : null;
  const own = filledText(value['prompt']) ?? filledText(value['question']);
  if (question === null && own === null) {
    return {
      rows: [],
      problem: `No text for question ${id}: put FastChat's question.jsonl beside the file or one folder above.`,
    };
  }
  const system = context.system ?? filledText(value['model_id']) ?? 'fastchat';
  const answers = listOf(value['choices'])
    .filter(isRecord)
    .flatMap((choice, position) => {
      const turn = listOf(choice['turns'])[0];
      const sampleIndex = typeof choice['index'] === 'number' ? choice['index'] : position;
      return turn === undefined ? [] : [answer(system, messageText(turn), { sampleIndex })];
    });
  return {
    rows: [{ record: question ?? { question_id: value['question_id'], question: own }, answers, key: id }],
  };
};

const FROM_THE_RUN = new Set(['actual_output', 'actualOutput', 'metricsData', 'metrics_data', 'success']);

/** deepeval: test cases as they are; those of a finished run bring one verdict a metric. */
export const deepeval: Adapter = (value, context) => {
  const metrics = listOf(value['metricsData'] ?? value['metrics_data']).filter(isRecord);
  const text = value['actual_output'] ?? value['actualOutput'];
  if (metrics.length === 0) return asItIs(value, context);
  const verdicts = metrics.flatMap((metric): ImportedVerdict[] => {
    const parsed = parseVerdictLabel(metric['success']);
    if (parsed === null) return [];
    const score = typeof metric['score'] === 'number' ? metric['score'] : parsed.score;
    return [
      {
        judge: `deepeval ${textOf(metric['name'])}`,
        human: false,
        ...parsed,
        score,
        reason: filledText(metric['reason']),
      },
    ];
  });
  const record = recordOf(Object.entries(value).filter(([name]) => !FROM_THE_RUN.has(name)));
  const answers =
    text === null || text === undefined
      ? []
      : [answer(context.system ?? 'deepeval', textOf(text), { verdicts })];
  return { rows: [{ record, answers, key: null }] };
};
