import { describe, expect, test } from 'vitest';
import { both, lines } from './helpers.ts';

interface Expected {
  readonly question: string;
  readonly gold: readonly string[];
  readonly choices?: number;
  readonly context?: string;
  readonly id?: string;
}

/** Layouts of public datasets with short values, and what has to come of a record under the guessed mapping. */
const LAYOUTS: readonly (readonly [string, Readonly<Record<string, unknown>>, Expected])[] = [
  [
    'TriviaQA',
    {
      question: 'Who?',
      question_id: 'tc_1',
      entity_pages: { title: [] },
      answer: { aliases: ['A', 'B'], normalized_aliases: ['a'], value: 'A', type: 'WikipediaEntity' },
    },
    { question: 'Who?', gold: ['A', 'B'], id: 'tc_1' },
  ],
  [
    'WebQuestions',
    { url: 'u', question: 'Who?', answers: ['A', 'B'] },
    { question: 'Who?', gold: ['A', 'B'] },
  ],
  [
    'SQuAD, flat',
    { id: '5', title: 'T', context: 'C', question: 'Who?', answers: { text: ['A'], answer_start: [3] } },
    { question: 'Who?', gold: ['A'], context: 'C', id: '5' },
  ],
  [
    'HotpotQA',
    {
      id: '5a',
      question: 'Which?',
      answer: 'yes',
      supporting_facts: { title: ['T'], sent_id: [0] },
      context: { title: ['T', 'U'], sentences: [['One.', ' Two.'], ['Three.']] },
    },
    { question: 'Which?', gold: ['yes'], context: 'T\nOne. Two.\n\nU\nThree.', id: '5a' },
  ],
  [
    '2WikiMultihopQA',
    {
      _id: '88',
      question: 'Who?',
      context: [['T', ['One.', 'Two.']]],
      evidences: [['a', 'b', 'c']],
      answer: 'X',
    },
    { question: 'Who?', gold: ['X'], context: 'T\nOne. Two.', id: '88' },
  ],
  [
    'MuSiQue',
    {
      id: '2hop',
      paragraphs: [{ idx: 0, title: 'T', paragraph_text: 'P', is_supporting: true }],
      question: 'When?',
      question_decomposition: [{ id: 1, question: 'q', answer: 'a' }],
      answer: '1999',
      answer_aliases: ['in 1999'],
    },
    { question: 'When?', gold: ['1999', 'in 1999'], context: 'P', id: '2hop' },
  ],
  [
    'PopQA',
    {
      id: 1,
      subj: 's',
      obj: 'o',
      s_aliases: '[]',
      question: 'Job?',
      possible_answers: '["politician", "leader"]',
    },
    { question: 'Job?', gold: ['politician', 'leader'], id: '1' },
  ],
  [
    'TruthfulQA, multiple choice',
    { question: 'Q?', mc1_targets: { choices: ['a', 'b'], labels: [0, 1] } },
    { question: 'Q?', gold: ['b'], choices: 2 },
  ],
  [
    'MMLU',
    { question: 'Q?', subject: 's', choices: ['a', 'b', 'c', 'd'], answer: 2 },
    { question: 'Q?', gold: ['c'], choices: 4 },
  ],
  [
    'MMLU-Pro',
    {
      question_id: 70,
      question: 'Q?',
      options: ['a', 'b', 'c'],
      answer: 'C',
      answer_index: 2,
      cot_content: '',
    },
    { question: 'Q?', gold: ['c'], choices: 3, id: '70' },
  ],
  [
    'ARC',
    { id: 'M', question: 'Q?', choices: { text: ['a', 'b'], label: ['1', '2'] }, answerKey: '2' },
    { question: 'Q?', gold: ['b'], choices: 2, id: 'M' },
  ],
  [
    'OpenBookQA',
    { id: '7', question_stem: 'Q', choices: { text: ['a', 'b'], label: ['A', 'B'] }, answerKey: 'B' },
    { question: 'Q', gold: ['b'], choices: 2, id: '7' },
  ],
  [
    'HellaSwag',
    { ind: 1, ctx_a: 'a', ctx_b: 'b', ctx: 'a b', endings: ['w', 'x', 'y', 'z'], label: '3' },
    { question: 'a b', gold: ['z'], choices: 4 },
  ],
  ['PIQA', { goal: 'How?', sol1: 'a', sol2: 'b', label: 1 }, { question: 'How?', gold: ['b'], choices: 2 }],
  [
    'COPA',
    { premise: 'It rained.', choice1: 'a', choice2: 'b', question: 'effect', idx: 0, label: 0 },
    { question: 'effect', gold: ['a'], choices: 2, id: '0' },
  ],
  [
    'WinoGrande',
    { sentence: 'The _ x.', option1: 'a', option2: 'b', answer: '1' },
    { question: 'The _ x.', gold: ['a'], choices: 2 },
  ],
  [
    'Social IQa',
    { context: 'C', question: 'Why?', answerA: 'a', answerB: 'b', answerC: 'c', label: '3' },
    { question: 'Why?', gold: ['c'], choices: 3, context: 'C' },
  ],
  [
    'BoolQ',
    { question: 'is it?', answer: true, passage: 'P' },
    { question: 'is it?', gold: ['yes', 'true'], context: 'P' },
  ],
  [
    'DROP',
    {
      section_id: 'n',
      query_id: 'q',
      passage: 'P',
      question: 'How many?',
      answers_spans: { spans: ['4', 'four'], types: ['number'] },
    },
    { question: 'How many?', gold: ['4', 'four'], context: 'P', id: 'q' },
  ],
  [
    'AIME',
    { ID: '1', Problem: 'Find', Solution: 'So …', Answer: 204 },
    { question: 'Find', gold: ['204'], id: '1' },
  ],
  [
    'MedQA',
    { question: 'A man', answer: 'N', options: { A: 'M', B: 'N' }, meta_info: 's', answer_idx: 'B' },
    { question: 'A man', gold: ['N'], choices: 2 },
  ],
  [
    'MedMCQA',
    { id: 'x', question: 'Q', opa: 'a', opb: 'b', opc: 'c', opd: 'd', cop: 1, exp: 'e' },
    { question: 'Q', gold: ['b'], choices: 4, id: 'x' },
  ],
  [
    'PubMedQA',
    {
      pubid: 1,
      question: 'Do?',
      context: { contexts: ['P', 'R'], labels: ['X'] },
      long_answer: 'l',
      final_decision: 'yes',
    },
    { question: 'Do?', gold: ['yes'], context: 'P\n\nR', id: '1' },
  ],
  [
    'GPQA',
    {
      'Record ID': 'r',
      Question: 'Q',
      'Correct Answer': 'a',
      'Incorrect Answer 1': 'b',
      'Incorrect Answer 2': 'c',
    },
    { question: 'Q', gold: ['a'], choices: 3, id: 'r' },
  ],
  [
    'RACE',
    { example_id: 'h', article: 'P', answer: 'C', question: 'Q?', options: ['a', 'b', 'c', 'd'] },
    { question: 'Q?', gold: ['c'], choices: 4, context: 'P', id: 'h' },
  ],
  [
    'SciQ',
    {
      question: 'Q?',
      distractor3: 'c',
      distractor1: 'a',
      distractor2: 'b',
      correct_answer: 'd',
      support: 'P',
    },
    { question: 'Q?', gold: ['d'], choices: 4, context: 'P' },
  ],
  [
    'NarrativeQA',
    {
      document: { id: 'd' },
      question: { text: 'Q?', tokens: ['Q'] },
      answers: [{ text: 'A' }, { text: 'B' }],
    },
    { question: 'Q?', gold: ['A', 'B'] },
  ],
  [
    'AmbigQA',
    { id: '1', question: 'Q?', annotations: { type: ['singleAnswer'], answer: [['A']] }, nq_answer: ['A'] },
    { question: 'Q?', gold: ['A'], id: '1' },
  ],
  [
    'FreshQA',
    {
      id: 0,
      split: 'TEST',
      question: 'Q?',
      effective_year: '2022',
      answer_0: 'A',
      answer_1: 'B',
      answer_2: null,
    },
    { question: 'Q?', gold: ['A', 'B'], id: '0' },
  ],
  ['BIG-Bench Hard', { input: 'not True is', target: 'False' }, { question: 'not True is', gold: ['False'] }],
  [
    'LongBench',
    { input: 'Q?', context: 'C', answers: ['A'], length: 1, language: 'en', all_classes: null, _id: 'x' },
    { question: 'Q?', gold: ['A'], context: 'C', id: 'x' },
  ],
  [
    'MS MARCO',
    { query: 'Q?', query_id: 9, answers: ['A'], passages: { is_selected: [0, 1], passage_text: ['P', 'R'] } },
    { question: 'Q?', gold: ['A'], context: 'P\n\nR', id: '9' },
  ],
  [
    'KILT',
    { id: '1', input: 'Q?', output: [{ answer: 'A', provenance: [] }, { answer: 'B' }], meta: {} },
    { question: 'Q?', gold: ['A', 'B'], id: '1' },
  ],
  [
    'CRAG',
    { interaction_id: '1', query_time: 't', query: 'Q?', answer: 'A', alt_ans: ['AA'], split: 0 },
    { question: 'Q?', gold: ['A', 'AA'], id: '1' },
  ],
  [
    'FRAMES',
    { 'Unnamed: 0': 0, Prompt: 'Q?', Answer: 'A', wiki_links: "['u']" },
    { question: 'Q?', gold: ['A'] },
  ],
  [
    'HaluEval',
    { knowledge: 'K', question: 'Q?', right_answer: 'A', hallucinated_answer: 'B' },
    { question: 'Q?', gold: ['A'], context: 'K' },
  ],
  ['Alpaca', { instruction: 'Q?', input: '', output: 'A' }, { question: 'Q?', gold: ['A'] }],
  [
    'ShareGPT',
    {
      id: 'x',
      conversations: [
        { from: 'human', value: 'Q?' },
        { from: 'gpt', value: 'A' },
      ],
    },
    { question: 'Q?', gold: [], id: 'x' },
  ],
  ['names in words', { ' Question Text ': 'Q?', 'Reference-Answer': 'A' }, { question: 'Q?', gold: ['A'] }],
  ['names in German', { Frage: 'Was?', Antwort: 'Das' }, { question: 'Was?', gold: ['Das'] }],
  [
    'names in French, decomposed',
    { Question: 'Quoi ?', ['Réponse'.normalize('NFD')]: 'A' },
    { question: 'Quoi ?', gold: ['A'] },
  ],
  [
    'an exam in a table',
    { Question: 'Q?', 'Option A': 'a', 'Option B': 'b', 'Option C': 'c', 'Correct Option': 'B' },
    { question: 'Q?', gold: ['b'], choices: 3 },
  ],
];

describe('columns of public datasets are found without a person', () => {
  test.each(LAYOUTS)('%s', async (_, record, expected) => {
    const { rows, problems } = await both('data.jsonl', lines(record, record));
    expect(problems).toEqual([]);
    expect(rows).toHaveLength(2);
    const found = rows[1]?.question;
    expect({
      question: found?.question,
      gold: found?.gold,
      choices: found?.choices?.length ?? 0,
      context: found?.context,
      id: found?.externalId,
    }).toEqual({
      question: expected.question,
      gold: expected.gold,
      choices: expected.choices ?? 0,
      context: expected.context ?? null,
      id: expected.id ?? null,
    });
  });

  test('a name as it is known comes before one that reads like it, wherever it stands', async () => {
    const { rows } = await both('data.jsonl', lines({ 'Ques-tion': 'x', question: 'Q?', answer: 'A' }));
    expect(rows[0]?.question.question).toBe('Q?');
  });

  test('one instruction for every input is how to answer, and the inputs are the questions', async () => {
    const record = (input: string, output: string) => ({
      instruction: 'Answer with yes or no.',
      input,
      output,
    });
    const { rows } = await both('data.jsonl', lines(record('Is it?', 'yes'), record('Was it?', 'no')));
    expect(rows.map(({ question }) => [question.question, question.gold])).toEqual([
      ['Is it?', ['yes']],
      ['Was it?', ['no']],
    ]);
  });

  test('instructions that differ are the questions, with what they are about as context', async () => {
    const { rows } = await both(
      'data.jsonl',
      lines(
        { instruction: 'Translate.', input: 'Hello', output: 'Hallo' },
        { instruction: 'Sum up.', input: 'Long', output: 'L' },
      ),
    );
    expect(rows.map(({ question }) => [question.question, question.context])).toEqual([
      ['Translate.', 'Hello'],
      ['Sum up.', 'Long'],
    ]);
  });
});
