import { columnNames, isRecord, listOf, lookup, textOf } from './fields.ts';
import type { FileRecord } from './fields.ts';
import { guessMapping } from './guess-mapping.ts';
import { SHAPES, shapeNames } from './shapes.ts';
import type { Shape } from './shapes.ts';

export interface Recognition {
  readonly shape: Shape;
  /** The fields it was told by, as a clause: `the fields "doc", "resps" and "target"`. */
  readonly by: string;
}

interface Rule {
  readonly shape: Shape;
  readonly by: string;
  readonly test: (record: FileRecord, names: ReadonlySet<string>) => boolean;
}

const has =
  (...wanted: string[]) =>
  (_: FileRecord, names: ReadonlySet<string>) =>
    wanted.every((name) => names.has(name));

const fields = (...names: string[]): string => {
  const quoted = names.map((name) => `"${name}"`);
  const last = quoted.pop() ?? '';
  return quoted.length === 0 ? `the field ${last}` : `the fields ${quoted.join(', ')} and ${last}`;
};

function isChat(value: unknown): boolean {
  const first = listOf(value)[0];
  return isRecord(first) && 'role' in first;
}

// The first rule that holds decides. Names are lower case; the record itself is asked where the form of a value tells.
const RULES: readonly Rule[] = [
  {
    shape: 'assize-answers',
    by: 'its schema "assize/answer"',
    test: (record) => textOf(record['schema']).startsWith('assize/'),
  },
  { shape: 'lm-eval-samples', by: fields('doc', 'target', 'resps'), test: has('doc', 'target', 'resps') },
  {
    shape: 'promptfoo-results',
    by: fields('vars', 'response', 'gradingResult'),
    test: (record, names) =>
      isRecord(record['vars']) && (names.has('gradingresult') || names.has('response')),
  },
  {
    shape: 'inspect-json',
    by: fields('epoch', 'input', 'target', 'scores'),
    test: (_, names) =>
      ['id', 'epoch', 'input', 'target'].every((name) => names.has(name)) &&
      (names.has('output') || names.has('scores')),
  },
  {
    shape: 'fastchat',
    by: fields('question_id', 'model_id', 'choices'),
    test: (record, names) =>
      names.has('question_id') && names.has('model_id') && isRecord(listOf(record['choices'])[0]),
  },
  {
    shape: 'fastchat-judgments',
    by: fields('question_id', 'model', 'judge', 'judgment'),
    test: has('question_id', 'model', 'judge', 'judgment'),
  },
  {
    shape: 'evouna',
    by: fields('golden_answer', 'answer_…', 'judge_…'),
    test: (_, names) => names.has('golden_answer') && [...names].some((name) => name.startsWith('answer_')),
  },
  {
    shape: 'alpaca-eval',
    by: fields('instruction', 'output', 'generator'),
    test: has('instruction', 'output', 'generator'),
  },
  {
    shape: 'deepeval',
    by: fields('input', 'actual_output'),
    test: (_, names) => names.has('input') && (names.has('actual_output') || names.has('actualoutput')),
  },
  {
    shape: 'ragas',
    by: fields('user_input', 'response'),
    test: (_, names) =>
      (names.has('user_input') && (names.has('response') || names.has('reference'))) ||
      (names.has('question') && names.has('answer') && names.has('contexts')),
  },
  {
    shape: 'openqa-eval',
    by: fields('question', 'answer', 'prediction'),
    test: has('question', 'answer', 'prediction'),
  },
  {
    shape: 'openqa-eval',
    by: fields('Model answer', 'Acceptable?'),
    test: has('model answer', 'acceptable?'),
  },
  {
    shape: 'squad',
    by: fields('paragraphs', 'qas'),
    test: (record) => {
      const first = listOf(record['paragraphs'])[0];
      return isRecord(first) && Array.isArray(first['qas']);
    },
  },
  {
    shape: 'squad',
    by: fields('context', 'question', 'answers.text'),
    test: has('context', 'question', 'answers.text'),
  },
  {
    shape: 'triviaqa',
    by: fields('question', 'answer.aliases'),
    test: (_, names) => names.has('question') && names.has('answer.aliases'),
  },
  {
    shape: 'truthfulqa',
    by: fields('Best Answer', 'Correct Answers'),
    test: has('best answer', 'correct answers'),
  },
  {
    shape: 'truthfulqa',
    by: fields('best_answer', 'correct_answers'),
    test: has('best_answer', 'correct_answers'),
  },
  { shape: 'truthfulqa', by: fields('mc1_targets'), test: has('question', 'mc1_targets') },
  {
    shape: 'bioasq',
    by: fields('body', 'exact_answer'),
    test: (_, names) => names.has('body') && (names.has('exact_answer') || names.has('ideal_answer')),
  },
  {
    shape: 'simpleqa',
    by: fields('problem', 'answer', 'metadata'),
    test: (record, names) =>
      names.has('problem') &&
      names.has('answer') &&
      /topic|urls/.test(textOf(record['metadata'] ?? record['topic'])),
  },
  {
    shape: 'svamp',
    by: fields('Body', 'Question', 'Answer', 'Equation'),
    test: has('body', 'question', 'answer', 'equation'),
  },
  {
    shape: 'gsm8k',
    by: 'the field "question" and a solution that ends in "####" and the answer',
    test: (record, names) => names.has('question') && /(?:^|\n)####\s*\S/.test(textOf(record['answer'])),
  },
  {
    shape: 'openai-evals',
    by: 'the field "ideal" and messages as "input"',
    test: (record, names) =>
      names.has('ideal') && (isChat(record['input']) || typeof record['input'] === 'string'),
  },
  {
    shape: 'mt-bench',
    by: fields('question_id', 'turns'),
    test: (record, names) => names.has('question_id') && typeof listOf(record['turns'])[0] === 'string',
  },
];

function lowerNames(record: FileRecord): Set<string> {
  return new Set(columnNames([record]).map((name) => name.trim().toLowerCase()));
}

/**
 * Tells the shape of some records by their field names, from the most particular to the plainest: the first rule that
 * holds for most of them. Records without any known form are plain questions, or multiple choice where choices are
 * found.
 */
export function recogniseShape(records: readonly FileRecord[]): Recognition {
  const named = records.map((record) => [record, lowerNames(record)] as const);
  for (const rule of RULES) {
    const hits = named.filter(([record, names]) => rule.test(record, names)).length;
    if (hits > 0 && hits * 2 >= records.length) return { shape: rule.shape, by: rule.by };
  }
  const mapping = guessMapping(columnNames(records), records);
  if (mapping.choices !== null) return { shape: 'multiple-choice', by: `choices in "${mapping.choices}"` };
  const by = mapping.question === null ? 'records, none of whose fields is known' : fields(mapping.question);
  return { shape: 'questions', by };
}

/** Records that other programs write beside their results; a sentence that says what to take instead, or null. */
export function notQuestions(record: FileRecord): string | null {
  const names = lowerNames(record);
  if (names.has('question_id') && names.has('g1_winner')) {
    return "FastChat's pairwise judgments compare two models: take the files of its folder model_answer instead.";
  }
  if (isRecord(record['results']) && names.has('n-samples') && names.has('versions')) {
    return "This is lm-eval's results file, without questions: take its samples_….jsonl, written with --log_samples.";
  }
  if (names.has('preference') && names.has('output_1') && names.has('output_2')) {
    return "AlpacaEval's annotations compare two outputs: take its model_outputs.json instead.";
  }
  return null;
}

/** Other shapes these records could be read as: every rule that holds for the first of them, and plain questions. */
export function otherShapes(records: readonly FileRecord[], chosen: Shape): Shape[] {
  const first = records[0];
  if (first === undefined) return [];
  const names = lowerNames(first);
  const possible = new Set(RULES.filter((rule) => rule.test(first, names)).map((rule) => rule.shape));
  possible.add('questions');
  if (lookup(first, 'choices') !== undefined) possible.add('multiple-choice');
  return shapeNames().filter((shape) => possible.has(shape) && shape !== chosen);
}

/** The name of a shape for a sentence. */
export function shapeLabel(shape: Shape): string {
  return SHAPES[shape].label;
}
