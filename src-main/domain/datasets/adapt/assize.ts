import type {
  ImportedVerdict,
  OwnAnswerDetails,
  OwnEntailment,
  OwnRelevances,
  OwnVerdictDetails,
  Question,
} from '../../dataset.ts';
import { filledText, isMissing, isRecord, listOf, lookup, recordOf, textOf } from '../fields.ts';
import type { FileRecord } from '../fields.ts';
import { parseVerdictLabel } from '../verdict-labels.ts';
import { answer, finiteNumbers } from './adapted.ts';
import type { Adapter } from './adapted.ts';

const textOrNull = (value: unknown): string | null => (typeof value === 'string' ? value : null);

const numberOrNull = (value: unknown): number | null =>
  typeof value === 'number' && Number.isFinite(value) ? value : null;

function texts(value: unknown): string[] | null {
  const list = listOf(value).filter((item) => typeof item === 'string');
  return Array.isArray(value) && list.length === value.length ? list : null;
}

const KINDS = ['model', 'human', 'lexical', 'imported', 'api', 'panel'] as const;
const MODES = ['next-token', 'grammar', 'reason', 'human', 'lexical', 'imported'] as const;
const ORDERS = ['AB', 'BA'] as const;
const SHA256 = /^[0-9a-f]{64}$/;

/** The judge's identity, where the line gives all of it: equal judges of two workbenches are one. */
function judgeOf(judgment: FileRecord): OwnVerdictDetails['judge'] {
  const { judge } = judgment;
  if (!isRecord(judge)) return null;
  const name = filledText(judge['name']);
  const kind = KINDS.find((known) => known === judge['kind']);
  const sha256 = textOf(judge['sha256']);
  const mode = filledText(judge['mode']);
  if (name === null || kind === undefined || mode === null || !SHA256.test(sha256)) return null;
  return {
    sha256,
    kind,
    name,
    modelSha256: textOrNull(judge['model_sha256']),
    promptId: textOrNull(judge['prompt_id']),
    promptSha256: textOrNull(judge['prompt_sha256']),
    labelOrder: ORDERS.find((order) => order === judge['label_order']) ?? null,
    mode,
  };
}

function timeOf(value: unknown): number | null {
  const at = typeof value === 'string' ? Date.parse(value) : Number.NaN;
  return Number.isFinite(at) ? at : null;
}

function ownDetails(judgment: FileRecord, human: boolean): OwnVerdictDetails {
  return {
    judge: judgeOf(judgment),
    pCorrect: numberOrNull(judgment['p_correct']),
    labelMass: numberOrNull(judgment['label_mass']),
    raw: textOrNull(judgment['raw']),
    note: textOrNull(judgment['note']),
    labelOrder: ORDERS.find((order) => order === judgment['label_order']) ?? null,
    mode: MODES.find((mode) => mode === judgment['mode']) ?? (human ? 'human' : 'imported'),
    durationMs: numberOrNull(judgment['duration_ms']),
    at: timeOf(judgment['at']),
  };
}

function ownJudgment(judgment: FileRecord): ImportedVerdict[] {
  const human = judgment['human'] === true;
  const model = judgment['judge'];
  const judge =
    filledText(judgment['annotator']) ??
    filledText(model) ??
    (isRecord(model)
      ? (filledText(model['name']) ?? filledText(model['file']) ?? filledText(lookup(model, 'api.model')))
      : null);
  const word = judgment['verdict'];
  // An error or a skipped row is no verdict about the answer.
  if (word === 'error' || word === 'skipped' || isMissing(word)) return [];
  const parsed =
    word === 'unparsed' ? { verdict: 'unparsed' as const, score: null } : parseVerdictLabel(word);
  if (parsed === null) return [];
  const given = Object.hasOwn(judgment, 'score') ? judgment['score'] : judgment['p_correct'];
  const score = numberOrNull(given) ?? (Object.hasOwn(judgment, 'score') ? null : parsed.score);
  const own = ownDetails(judgment, human);
  const reason =
    own.judge === null
      ? (filledText(judgment['reason']) ?? filledText(own.raw))
      : textOrNull(judgment['reason']);
  return [
    { judge: judge ?? (human ? 'human' : 'judge'), human, verdict: parsed.verdict, score, reason, own },
  ];
}

/** The question as the line says it is; null where it does not say all of it (a line written by hand). */
function ownQuestion(value: FileRecord): Question | null {
  const question = filledText(value['question']);
  const gold = texts(value['gold']);
  if (question === null || gold === null || !isRecord(value['record'])) return null;
  return {
    externalId: textOrNull(value['question_id']),
    question,
    context: textOrNull(value['context']),
    gold,
    choices: texts(value['choices']),
    metadata: isRecord(value['metadata']) ? value['metadata'] : {},
  };
}

/** In [0, 1], as what was asked can only be. */
const shareOrNull = (value: unknown): number | null => {
  const number = numberOrNull(value);
  return number !== null && number >= 0 && number <= 1 ? number : null;
};

function ownRelevances(given: FileRecord): OwnRelevances[] {
  const judge = judgeOf(given);
  const { values } = given;
  return judge === null || !Array.isArray(values) || values.length === 0
    ? []
    : [{ judge, values: values.map(shareOrNull) }];
}

const sampleOf = (value: unknown): number | null =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : null;

function ownEntailment(given: FileRecord): OwnEntailment[] {
  const judge = judgeOf(given);
  const firstSample = sampleOf(given['first_sample']);
  const secondSample = sampleOf(given['second_sample']);
  if (judge === null || firstSample === null || secondSample === null) return [];
  return [
    {
      judge,
      firstSample,
      secondSample,
      pEntails: shareOrNull(given['p_entails']),
      labelMass: numberOrNull(given['label_mass']),
    },
  ];
}

function ownAnswer(value: FileRecord): OwnAnswerDetails {
  return {
    reasoning: textOrNull(value['reasoning']),
    finishReason: textOrNull(value['finish_reason']),
    promptTokens: numberOrNull(value['n_prompt_tokens']),
    eogLogprob: numberOrNull(value['eog_logprob']),
    durationMs: numberOrNull(value['duration_ms']),
    tokenIds: finiteNumbers(listOf(value['token_ids'])),
    tokenTexts: texts(value['token_texts']),
    reasoningTokens: numberOrNull(value['n_reasoning_tokens']),
    relevances: listOf(value['token_relevances']).filter(isRecord).flatMap(ownRelevances),
    entailments: listOf(value['entailments']).filter(isRecord).flatMap(ownEntailment),
  };
}

const QUESTION = new Set([
  'row_id',
  'row_sha256',
  'question_id',
  'question',
  'context',
  'gold',
  'choices',
  'metadata',
]);

/**
 * Assize's own lines (assize/answer@1): one answer each, its judgments within it as `judgments`. The question's
 * record is the line's `record` where it has one, so that the row's hash comes out the same.
 */
export const assizeAnswers: Adapter = (value, context) => {
  const schema = textOf(value['schema']);
  if (schema.startsWith('assize/judgment@')) return { rows: [], skipped: 'a judgment on a line of its own' };
  if (schema !== 'assize/answer@1') return { rows: [], problem: `Unknown schema "${schema.slice(0, 40)}".` };
  const plain = recordOf(Object.entries(value).filter(([name]) => QUESTION.has(name)));
  const model = value['model'];
  const named = isRecord(model)
    ? (filledText(model['name']) ?? filledText(model['file']))
    : filledText(model);
  const system = context.system ?? filledText(value['system']) ?? named ?? 'assize';
  const sample = value['sample_index'];
  const given = answer(system, textOf(value['answer']), {
    sampleIndex: typeof sample === 'number' ? sample : 0,
    prompt: textOrNull(value['rendered_prompt']),
    tokenLogprobs: finiteNumbers(listOf(value['token_logprobs'])),
    verdicts: listOf(value['judgments']).filter(isRecord).flatMap(ownJudgment),
    own: ownAnswer(value),
  });
  const record = isRecord(value['record']) ? value['record'] : plain;
  const question = ownQuestion(value);
  const answered = typeof value['answer'] === 'string';
  const key = textOf(value['row_id']) || JSON.stringify(record);
  const row = { record, answers: answered ? [given] : [], key };
  return { rows: [question === null ? row : { ...row, question }] };
};
