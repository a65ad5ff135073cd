import { describe, expect, test } from 'vitest';
import replies from '../../fixtures/verdicts/replies.json' with { type: 'json' };
import { offeredLabels } from '../../../src-main/domain/prompts/judge-render.ts';
import { readGrade } from '../../../src-main/domain/verdicts/grade.ts';
import { readVerdictText } from '../../../src-main/domain/verdicts/text.ts';
import { readJudgePrompt } from '../prompts/files.ts';

// Replies written by hand before any of them was read by the program, each with what a person reads in it: negations of
// every kind, both labels, self-corrections, questions, conditions, mark-up, JSON, thoughts, other languages, cut ends.
// Where "unparsed" stands second, leaving the reply unread is no mistake; the opposite verdict always is.
const OPPOSITE: Readonly<Record<string, string>> = { correct: 'incorrect', incorrect: 'correct' };

const verdictOf = ({ reader, prompt, reply }: (typeof replies)[number]): string => {
  const labels = offeredLabels(readJudgePrompt(prompt), 'AB', true);
  return reader === 'grade'
    ? readGrade(reply, labels).verdict
    : readVerdictText(reply, labels, 'strict').verdict;
};

describe('nasty replies', () => {
  test.each(replies)('$reader with $prompt: $reply', (entry) => {
    expect(entry.read).toContain(verdictOf(entry));
  });

  test('most of what a person can read is read', () => {
    const readable = replies.filter(({ read }) => read[0] !== 'unparsed');
    const unread = readable.filter((entry) => verdictOf(entry) === 'unparsed');
    const turned = readable.filter((entry) => verdictOf(entry) === OPPOSITE[entry.read[0] ?? '']);
    expect(readable.length).toBeGreaterThan(250);
    expect(unread.length / readable.length).toBeLessThan(0.22);
    expect(turned).toEqual([]);
  });
});
