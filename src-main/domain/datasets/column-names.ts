/** A column's name as names are compared: "Question Text", "question-text" and "questionText" are one. */
export function plainName(name: string): string {
  return name
    .normalize('NFKC')
    .trim()
    .toLowerCase()
    .replaceAll(/[ \t_-]+/g, '');
}

/** Whether a column has one of some names. */
export function isNamed(column: string, names: readonly string[]): boolean {
  const plain = plainName(column);
  return names.some((name) => plainName(name) === plain);
}

/** Names of columns in the order in which they are tried, lower case; the first one a file has wins. */
export const ID_NAMES = [
  'id',
  'question_id',
  'questionid',
  'doc_id',
  'qid',
  'sample_id',
  'idx',
  'row_id',
  'row_idx',
  'uuid',
  'example_id',
  'record_id',
  'query_id',
  'interaction_id',
  'pubid',
  'q_id',
  'metadata.question_id',
];

export const QUESTION_NAMES = [
  'question',
  'input',
  'prompt',
  'problem',
  'user_input',
  'instruction',
  'query',
  'turns',
  'body',
  'vars.question',
  'question_text',
  'question_stem',
  'frage',
  'pregunta',
  'pergunta',
  'domanda',
  'вопрос',
  '问题',
  '問題',
  '質問',
  '질문',
  'ctx',
  'goal',
  'sentence',
  'premise',
  'claim',
  'q',
  'task',
  'conversations',
  'conversation',
  'messages',
  'text',
  'value',
];

export const CONTEXT_NAMES = [
  'context',
  'body',
  'passage',
  'retrieved_contexts',
  'contexts',
  'passages',
  'article',
  'retrieval_context',
  'support',
  'reference_contexts',
  'knowledge',
  'paragraphs',
];

/** Names that hold a gold answer whatever else is in the file. */
export const CERTAIN_GOLD_NAMES = [
  'golden_answer',
  'golden_answers',
  'gold',
  'gold_answer',
  'gold_answers',
  'target',
  'ideal',
  'expected_output',
  'expectedoutput',
  'expected_answer',
  'expected',
  'ground_truth',
  'ground_truths',
  'groundtruth',
  '__expected',
  'correct_answer',
  'correct answer',
  'correct_answers',
  'correct answers',
  'right_answer',
  'reference_answer',
  'reference_answers',
];

/** Names that hold the gold answer unless one of the certain ones is there as well. */
export const GOLD_NAMES = [
  'answer',
  'answers',
  ...CERTAIN_GOLD_NAMES,
  'reference',
  'references',
  'exact_answer',
  'ideal_answer',
  'best answer',
  'best_answer',
  'short_answers',
  'possible_answers',
  'answers_spans.spans',
  'nq_answer',
  'final_decision',
  'réponse',
  'antwort',
  'respuesta',
  'resposta',
  'risposta',
  'ответ',
  '答案',
  '回答',
  '正解',
  '답변',
  'solution',
  'a',
];

/** Further accepted answers, in a column beside the one that holds the gold answer. */
export const ALIAS_NAMES = [
  'answer_aliases',
  'answer_alias',
  'alt_ans',
  'alternative_answers',
  'alternate_answers',
  'accepted_answers',
  'acceptable_answers',
];

/** With choices: the column that says which one is right. */
export const CHOICE_GOLD_NAMES = [
  'answer',
  'answerkey',
  'answer_key',
  'label',
  'correct',
  'cop',
  'answer_index',
  'answer_idx',
  'correct_option',
  'correct_index',
  'correct_choice',
  ...CERTAIN_GOLD_NAMES,
];

export const CHOICES_NAMES = ['choices', 'options', 'mc1_targets', 'endings', 'answer_choices', 'candidates'];

/** Columns that hold one choice each. */
export const CHOICE_COLUMN_SETS = [
  ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j'],
  ['option_a', 'option_b', 'option_c', 'option_d', 'option_e'],
  ['option a', 'option b', 'option c', 'option d', 'option e'],
  ['choice_a', 'choice_b', 'choice_c', 'choice_d', 'choice_e'],
  ['opa', 'opb', 'opc', 'opd', 'ope'],
  ['answera', 'answerb', 'answerc'],
  ['option1', 'option2', 'option3', 'option4', 'option5'],
  ['option_1', 'option_2', 'option_3', 'option_4', 'option_5'],
  ['choice1', 'choice2', 'choice3', 'choice4'],
  ['ending0', 'ending1', 'ending2', 'ending3'],
  ['sol1', 'sol2'],
  ['correct answer', 'incorrect answer 1', 'incorrect answer 2', 'incorrect answer 3'],
  ['correct_answer', 'distractor1', 'distractor2', 'distractor3'],
];

/** Answers made elsewhere. */
export const ANSWER_NAMES = [
  'prediction',
  'predictions',
  'predicted_answer',
  'predicted',
  'model_answer',
  'model answer',
  'model_output',
  'model_response',
  'actual_output',
  'response',
  'responses',
  'output',
  'generation',
  'generated_answer',
  'generated_text',
  'completion',
  'llm_answer',
  'candidate_answer',
];

/** Of those, the ones that hold the gold answer in a file that has no other (instruction data, fine-tuning data). */
export const ANSWER_OR_GOLD_NAMES = ['output', 'response', 'completion'];

export const VERDICT_NAMES = [
  'acceptable?',
  'acceptable',
  'correct',
  'is_correct',
  'iscorrect',
  'verdict',
  'judgment',
  'judgement',
  'judge',
  'grade',
  'human',
  'human_label',
  'human_judgment',
  'human_judgement',
  'human_verdict',
  'pass',
  'passed',
  'success',
  'score',
  'label',
];

/** Columns that name the system which answered. */
export const SYSTEM_NAMES = ['model', 'model_name', 'model_id', 'system', 'generator', 'llm'];
