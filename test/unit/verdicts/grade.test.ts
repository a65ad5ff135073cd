import { describe, expect, test } from 'vitest';
import { offeredLabels } from '../../../src-main/domain/prompts/judge-render.ts';
import { readGrade } from '../../../src-main/domain/verdicts/grade.ts';
import { labelGrammar, reasonGrammar } from '../../../src-main/domain/verdicts/grammar.ts';
import { readJudgePrompt } from '../prompts/files.ts';

const words = offeredLabels(readJudgePrompt('strict'), 'AB', true);
const three = offeredLabels(readJudgePrompt('three-way'), 'AB', true);
const inspect = [
  { text: 'C', verdict: 'correct', score: null, variant: false },
  { text: 'I', verdict: 'incorrect', score: null, variant: false },
] as const;

describe('grade after reasons', () => {
  test.each([
    ['Same year.\nGRADE: correct', 'correct'],
    ['Other city.\n\n**GRADE:** INCORRECT', 'incorrect'],
    ['grade : Correct.', 'correct'],
    ['First I thought GRADE: correct. But the year differs.\nGRADE: incorrect', 'incorrect'],
    ['GRADE: correct\nOn reflection: GRADE: it depends', 'unparsed'], // only the last marker counts
    ['I would downgrade: correct', 'unparsed'],
    ['GRADE: correctly answered', 'unparsed'],
    ['GRADE: correct or incorrect', 'unparsed'],
    ['GRADE: partially correct', 'unparsed'],
    ['The answer is correct.', 'unparsed'], // no marker: never a second pattern on the same text
    ['GR\u200bADE\u200b: in\u200bcorrect', 'incorrect'],
    ['{"reason": "same", "GRADE": "correct"}', 'correct'],
    ['<think>GRADE: incorrect</think>\nGRADE: correct', 'correct'],
    ['<think>GRADE: correct', 'unparsed'], // cut while thinking
  ])('words: %j → %s', (reply, verdict) => {
    expect(readGrade(reply, words).verdict).toBe(verdict);
  });

  test.each([
    ['GRADE: C', 'correct'],
    ['GRADE: [[I]]', 'incorrect'],
    ['GRADE: $C', 'correct'],
    ['GRADE: C.', 'correct'],
    ['GRADE: c', 'correct'],
    ['GRADE: CI', 'unparsed'],
    ['GRADE: C or I', 'unparsed'],
    ['GRADE: C/I', 'unparsed'],
    ['GRADE: i think so', 'unparsed'],
    ['GRID: C', 'unparsed'],
    ['GRADE: Correct', 'unparsed'], // a word, where letters were offered
    ['GRADE:', 'unparsed'],
  ])('letters of another tool: %j → %s', (reply, verdict) => {
    expect(readGrade(reply, inspect).verdict).toBe(verdict);
  });

  test('the reason is what stands before, the note says what came instead', () => {
    expect(readGrade('Same year.\nGRADE: A', three)).toMatchObject({
      reason: 'Same year.',
      label: 'A',
      note: null,
    });
    expect(readGrade('Hm.\nGRADE: Z', three).note).toContain('"Z"');
  });

  test('points are whole numbers of the scale', () => {
    const points = offeredLabels(readJudgePrompt('rubric-1-5'), 'AB', true);
    expect(readGrade('GRADE: 4/5', points)).toMatchObject({ verdict: 'correct', score: 4 });
    expect(readGrade('GRADE: 4.5', points).verdict).toBe('unparsed');
    expect(readGrade('GRADE: 45', points).verdict).toBe('unparsed');
  });
});

describe('grammars', () => {
  test('allow the labels and nothing else, spellings of chat models left out', () => {
    expect(labelGrammar(words)).toBe('root ::= "correct" | "incorrect"\n');
  });

  test('keep the leading space of base models', () => {
    expect(labelGrammar(offeredLabels(readJudgePrompt('yes-no'), 'BA', false))).toBe(
      'root ::= " no" | " yes"\n',
    );
  });

  test('quote what would end a literal', () => {
    const odd = { text: 'a"b\\c', verdict: 'correct', score: null, variant: false } as const;
    expect(labelGrammar([odd])).toBe('root ::= "a\\"b\\\\c"\n');
    expect(() => labelGrammar([])).toThrow(RangeError);
  });

  test('reason first ends in the line that readGrade reads', () => {
    const grammar = reasonGrammar(words, 200);
    expect(grammar).toContain('root ::= reason "\\n" "GRADE: " label');
    expect(grammar).toContain('{1,200}');
    expect(grammar).toContain('label ::= "correct" | "incorrect"');
  });
});
