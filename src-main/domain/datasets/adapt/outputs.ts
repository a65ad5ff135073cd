import type { ImportedVerdict } from '../../dataset.ts';
import { filledText, isMissing, isRecord, listOf, recordOf, textOf } from '../fields.ts';
import { parseVerdictLabel } from '../verdict-labels.ts';
import { answer, asItIs } from './adapted.ts';
import type { Adapter } from './adapted.ts';

const ALPACA_QUESTION = new Set(['instruction', 'input', 'dataset', 'datasplit', 'id']);

/** AlpacaEval: instruction and data set are the question; the output is the generator's answer. */
export const alpacaEval: Adapter = (value, context) => {
  const record = recordOf(Object.entries(value).filter(([name]) => ALPACA_QUESTION.has(name)));
  const system = context.system ?? filledText(value['generator']) ?? 'alpaca-eval';
  const { output } = value;
  // A text is an answer, be it empty or "nan".
  const none = typeof output !== 'string' && isMissing(output);
  const answers = none ? [] : [answer(system, textOf(output))];
  return { rows: [{ record, answers, key: JSON.stringify(record) }] };
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
