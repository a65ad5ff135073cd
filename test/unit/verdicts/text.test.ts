import { describe, expect, test } from 'vitest';
import type { OfferedLabel } from '../../../src-main/domain/prompts/judge-render.ts';
import { offeredLabels } from '../../../src-main/domain/prompts/judge-render.ts';
import type { TextPolicy } from '../../../src-main/domain/verdicts/text.ts';
import { readVerdictText } from '../../../src-main/domain/verdicts/text.ts';
import { hasData, readData } from '../data.ts';
import { readJudgePrompt } from '../prompts/files.ts';

const yesNo = offeredLabels(readJudgePrompt('yes-no'), 'AB', true);
const words = offeredLabels(readJudgePrompt('strict'), 'AB', true);
const three = offeredLabels(readJudgePrompt('three-way'), 'AB', true);
const points = offeredLabels(readJudgePrompt('rubric-1-5'), 'AB', true);

const C = 'correct';
const I = 'incorrect';
const N = 'not_attempted';
const U = 'unparsed';

/** Replies written for this test, each a shape seen from some model or a trap for one parser or another. */
const cases: [shape: string, labels: readonly OfferedLabel[], reply: string, verdict: string][] = [
  ['bare', yesNo, 'Yes', C],
  ['lower case with a full stop', yesNo, 'no.', I],
  ['shouted', yesNo, 'NO!', I],
  ['leading line breaks', yesNo, '\n\n  Yes\n', C],
  ['bold', yesNo, '**Yes**', C],
  ['heading and bold', words, '### Verdict\n**Incorrect**', I],
  ['quoted', words, '"correct"', C],
  ['code', words, '`incorrect`', I],
  ['fenced', words, '```\ncorrect\n```', C],
  ['boxed', words, '$\\boxed{\\text{incorrect}}$', I],
  ['prefix verdict', words, 'Verdict: correct', C],
  ['prefix in bold with the colon inside', words, '**Verdict:** Incorrect', I],
  ['prefix final answer', yesNo, 'Final answer: No', I],
  ['prefix sentence', words, 'The answer is correct.', C],
  ['prefix sentence, negated', words, 'The answer is not correct.', I],
  ['contracted negation', words, "The response isn't correct.", I],
  ['curly apostrophe', words, 'The proposed answer isn’t accurate.', I],
  ['filler words', yesNo, 'Sure! Yes, it is the same person.', C],
  ['echoed options, then the label', words, 'correct or incorrect: incorrect', I],
  ['echoed question', yesNo, 'Yes or no? No.', I],
  ['options echoed and nothing else', yesNo, 'Yes/No', U],
  ['both', yesNo, 'Yes and no. It depends on the definition.', U],
  ['verdict, then a reason that names the opposite', words, 'Incorrect. The correct answer is Oslo.', I],
  ['reason that quotes a correct answer only', words, 'The correct answer is Oslo.', U],
  ['"correct answer:" as a heading', words, 'Correct answer: Oslo', U],
  ['correct, dash, reason', words, 'Correct - both say 1969.', C],
  ['no, then a long reason', yesNo, 'No, because the question asks for a place and Yes is no place.', I],
  ['no, then the opposite: the first word decides', yesNo, 'No, the candidate is correct.', I],
  ['apposition', words, 'The proposed answer, 1912, is correct.', C],
  ['quoted answer', words, 'The candidate answer "Lima" is incorrect.', I],
  ['cannot be considered', words, 'The answer cannot be considered correct.', I],
  ['conclusion with a colon', yesNo, 'So the answer is: yes', C],
  ['a sentence that begins with no', yesNo, 'No information about the river is given in the text.', U],
  ['no correct answer', yesNo, 'No correct answer was given.', I],
  ['prose: candidate is right', yesNo, 'I compared the two. The candidate is right.', C],
  ['prose: wrong', yesNo, 'I compared the two. The given answer is wrong, since Lima is in Peru.', I],
  ['prose: not accurate', words, 'Both name cities, yet the response is not accurate.', I],
  ['prose: does not match', words, 'The answer does not match the gold answer.', I],
  ['prose: matches', words, 'The answer given matches the expected answer.', C],
  ['prose: means the same', yesNo, 'The proposed answer means the same as the expected answer.', C],
  ['prose: gives the wrong answer', words, 'The model gives the wrong answer.', I],
  ['prose: provides a correct answer', words, 'The candidate provides a correct answer.', C],
  ['prose: does not provide one', words, "The candidate doesn't provide a correct answer.", I],
  ['prose: considered', words, 'The answer should be considered correct.', C],
  ['prose: mark as', words, 'I would mark this answer as incorrect.', I],
  [
    'conclusion beats an earlier remark',
    words,
    'The spelling is odd. The answer is wrong at first sight. Therefore, the answer is correct.',
    C,
  ],
  [
    'two statements that disagree, no conclusion',
    words,
    'The answer is correct in one way. The answer is incorrect in another.',
    U,
  ],
  ['verdict first, opposite verdict line', words, 'Correct.\nVerdict: incorrect', U],
  ['"not incorrect"', words, 'The answer is not incorrect.', C],
  ['refusal', yesNo, 'I cannot determine whether the candidate is correct.', U],
  ['asks back', yesNo, 'Could you give me the gold answer?', U],
  ['empty', yesNo, '  ', U],
  ['unrelated', words, 'Paris', U],
  ['starts with a verdict word inside another word', words, 'Notably, Paris is large.', U],
  ['"correctly" is no verdict', words, 'Correctly spelled, but Lima?', U],
  ['json boolean', words, '{"correct": true, "reason": "same year"}', C],
  ['json boolean, false', words, '{"reason": "the year differs", "is_correct": false}', I],
  ['json verdict', words, '{"verdict": "incorrect"}', I],
  ['json in a fence', words, '```json\n{"grade": "correct"}\n```', C],
  [
    'correct: no, after an extraction',
    yesNo,
    'extracted_final_answer: Lima\nreasoning: other city\ncorrect: no\nconfidence: 90',
    I,
  ],
  ['correct: yes', yesNo, 'extracted_final_answer: Oslo\ncorrect: yes', C],
  ['incorrect: yes holds "correct: yes"', yesNo, 'incorrect: yes', I],
  ['thoughts stripped', yesNo, '<think>Yes? It might be. No wait.</think>\nYes', C],
  ['thoughts with the marker inside', yesNo, '<think>the tag </think> again? Yes.</think>No', I],
  ['thoughts that never end', yesNo, '<think>Yes, it is', U],
  ['zero-width characters', words, '\u200bin\u200bcorrect\ufeff', I],
  ['full-width letters', three, 'Ｂ', I],
  ['letter', three, 'A', C],
  ['letter with a bracket', three, 'B)', I],
  ['letter in brackets', three, '(C)', N],
  ['letter in double brackets', three, '[[A]]', C],
  ['letter and its name', three, 'C: NOT_ATTEMPTED', N],
  ['letter and a contrary name', three, 'A\nGrade: INCORRECT', U],
  ['spelled-out grade has a C in it', three, 'CORRECT', C],
  ['spelled-out grade has C and R in it', three, 'INCORRECT', I],
  ['spelled-out grade begins with N, has an A', three, 'NOT_ATTEMPTED', N],
  ['prefix and letter', three, 'Grade: B', I],
  ['the grade is', three, 'The grade is C.', N],
  ['an article is no letter A', three, 'A correct answer would be Oslo.', U],
  ['a letter not offered', three, 'D', U],
  ['point', points, '4', C],
  ['point out of five', points, '2/5', I],
  ['point in words', points, 'Score: 5 points', C],
  ['half a point', points, '3.5', U],
  ['point in json', points, '{"score": 1, "why": "unrelated"}', I],
  ['point beyond the scale', points, '10', U],
];

/** Right in part: unparsed under the strict policy, correct under the lenient one. */
const partial: [reply: string, strict: string, lenient: string][] = [
  ['The candidate is partially correct.', U, C],
  ['Partially correct', U, C],
  ['**Verdict**: mostly correct', U, C],
  ['The answer is not entirely correct.', U, C],
  ['The answer is only partly right: the year is missing.', U, U], // "only partly": not one of the phrases known
  ['Yes, the candidate is partially correct.', C, C], // the judge has decided before it qualifies
  ['No, the candidate is only partially correct.', I, I],
  ['Half right.', U, C],
  ['The answer is incorrect, although partially correct statements appear.', I, I],
];

describe('verdicts from text', () => {
  test('at least 60 shapes, and none of them twice', () => {
    expect(new Set(cases.map(([, , reply]) => reply)).size).toBe(cases.length);
    expect(cases.length).toBeGreaterThanOrEqual(60);
  });

  test.each(cases)('%s', (_, labels, reply, verdict) => {
    expect(readVerdictText(reply, labels, 'strict').verdict).toBe(verdict);
  });

  test.each(partial)('%j: %s when strict, %s when lenient', (reply, strict, lenient) => {
    expect(readVerdictText(reply, words, 'strict').verdict).toBe(strict);
    expect(readVerdictText(reply, words, 'lenient').verdict).toBe(lenient);
  });

  test('the policy, what matched and why not are kept', () => {
    expect(readVerdictText('Correct.', words, 'lenient')).toMatchObject({
      policy: 'lenient',
      matched: 'correct',
      note: null,
    });
    const unread = readVerdictText('Partially correct', words, 'strict');
    expect(unread).toMatchObject({ policy: 'strict', matched: null, pCorrect: null });
    expect(unread.note).toMatch(/in part/);
  });

  test('letters follow the order offered: in BA, A means incorrect', () => {
    const reversed = offeredLabels(readJudgePrompt('three-way'), 'BA', true);
    expect(readVerdictText('A', reversed).verdict).toBe(N);
    expect(readVerdictText('C', reversed).verdict).toBe(C);
  });

  test('points are kept as the score', () => {
    expect(readVerdictText('4/5', points)).toMatchObject({ verdict: C, score: 4, label: '4' });
  });
});

// The bars of the specification on the 1488 labelled GPT-4 replies of NQ301 (OpenQA-eval, MIT).
describe.skipIf(!hasData('nq301-gpt4-judge.tsv'))('the 1488 labelled replies of NQ301', () => {
  const rows = hasData('nq301-gpt4-judge.tsv')
    ? readData('nq301-gpt4-judge.tsv')
        .trimEnd()
        .split('\n')
        .slice(1)
        .map((line) => line.replace(/\r$/, '').split('\t'))
        .filter((fields) => fields[3] !== '')
    : [];

  test.each<[TextPolicy, number]>([
    ['strict', 7],
    ['lenient', 2],
  ])('%s: at most 1 wrong and %d unparsed', (policy, unparsedAtMost) => {
    const read = rows.map((fields) => ({
      human: fields[3],
      verdict: readVerdictText(fields[4] ?? '', yesNo, policy).verdict,
    }));
    const unparsed = read.filter((row) => row.verdict === U);
    const wrong = read.filter((row) => row.verdict !== U && (row.verdict === C) !== (row.human === 'Yes'));
    expect(read).toHaveLength(1488);
    expect(wrong.length).toBeLessThanOrEqual(1);
    expect(unparsed.length).toBeLessThanOrEqual(unparsedAtMost);
  });
});
