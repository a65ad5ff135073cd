import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Vote } from '../../../src-main/domain/statistics/panels.ts';
import { cascade, majority, weighted } from '../../../src-main/domain/statistics/panels.ts';
import type { Verdict } from '../../../src-main/domain/verdict.ts';
import { VERDICTS } from '../../../src-main/domain/verdict.ts';

const vote = (verdict: Verdict, pCorrect: number | null = null, weight = 1): Vote => ({
  verdict,
  pCorrect,
  weight,
});
const votes = (...verdicts: Verdict[]): Vote[] => verdicts.map((verdict) => vote(verdict));

describe('majority', () => {
  test.each([
    [['correct', 'correct', 'incorrect'], 'correct'],
    [['correct', 'incorrect'], 'unparsed'],
    [['correct', 'incorrect', 'not_attempted'], 'unparsed'],
    [['not_attempted', 'not_attempted', 'correct'], 'not_attempted'],
    [['incorrect', 'unparsed', 'error'], 'incorrect'], // those without a vote are not votes against
    [['unparsed', 'skipped'], 'unparsed'],
    [[], 'unparsed'],
  ] as [Verdict[], string][])('%j → %s', (verdicts, expected) => {
    expect(majority(votes(...verdicts)).verdict).toBe(expected);
  });

  test('counts the votes and says whether all agree', () => {
    expect(majority(votes('correct', 'correct', 'error'))).toMatchObject({
      votes: 2,
      unanimous: true,
      pCorrect: 1,
    });
    expect(majority(votes('correct', 'correct', 'incorrect'))).toMatchObject({
      unanimous: false,
      pCorrect: 2 / 3,
    });
  });

  test('does not depend on the order of the members', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...VERDICTS), { maxLength: 7 }), (list) => {
        expect(majority(votes(...list.toReversed()))).toEqual(majority(votes(...list)));
      }),
    );
  });
});

describe('weighted', () => {
  test('a member of more weight outvotes two, and P(correct) counts for what it is', () => {
    expect(weighted([vote('correct', null, 3), vote('incorrect'), vote('incorrect')]).verdict).toBe(
      'correct',
    );
    const unsure = weighted([vote('correct', 0.55), vote('incorrect', 0.1)]);
    expect(unsure).toMatchObject({ verdict: 'incorrect', votes: 2, unanimous: false });
    expect(unsure.pCorrect).toBeCloseTo(0.325, 12);
  });

  test('weight 0 has no say; no say at all is unparsed', () => {
    expect(weighted([vote('correct', null, 0), vote('incorrect')]).verdict).toBe('incorrect');
    expect(weighted([vote('correct', null, 0)]).verdict).toBe('unparsed');
  });
});

describe('cascade', () => {
  test('asks the third judge only where two disagree or one has no vote', () => {
    expect(cascade([vote('unparsed'), vote('unparsed')], [null])).toBeNull();
    expect(cascade([vote('incorrect'), vote('incorrect')], [null])?.verdict).toBe('incorrect');
    expect(cascade([vote('correct'), vote('incorrect')], [null])).toBeNull();
    expect(cascade([vote('correct'), vote('incorrect')], [vote('incorrect')])?.verdict).toBe('incorrect');
    expect(cascade([vote('unparsed'), vote('correct')], [vote('correct')])?.verdict).toBe('correct');
  });

  test('of more than two waits for all that are to be asked, and counts every vote then', () => {
    const split = [vote('correct'), vote('correct'), vote('incorrect')];
    expect(cascade(split, [vote('incorrect'), null])).toBeNull();
    expect(cascade(split, [vote('incorrect'), vote('incorrect')])).toMatchObject({
      verdict: 'incorrect',
      votes: 5,
    });
    expect(cascade([vote('correct'), vote('correct'), vote('correct')], [null])?.votes).toBe(3);
  });
});
