import { expect, test } from 'vitest';
import { jsonText, table, visible } from '../../../src-main/cli/output.ts';

// Catches: an answer that clears the screen, renames the window or writes over its own verdict.
test('what a terminal would obey is shown instead', () => {
  const answer = '\u001B[2Jcorrect\rin\u0008\u007F\u009B31m\u202Etxt\u0000\uD800';
  expect(visible(answer)).toBe(
    String.raw`\u001b[2Jcorrect\u000din\u0008\u007f\u009b31m\u202etxt\u0000\ud800`,
  );
});

test('lines, tabs, accents, emoji and writing from right to left stay as they are', () => {
  const text = 'one\n\ttwo\r\nGrößte Stadt? 東京 👩‍👩‍👧 שלום';
  expect(visible(text)).toBe(text.replace('\r', ''));
});

test('columns are as wide as what is shown in them', () => {
  const lines = table(
    [{ name: 'a\u001Bb' }, { name: 'plain' }],
    [
      { head: 'name', cell: ({ name }) => name },
      { head: 'end', cell: () => '|' },
    ],
  ).split('\n');
  expect(lines.slice(0, 3).map((line) => line.search(/end|\|/))).toEqual([10, 10, 10]);
  expect(lines[1]).not.toContain('\u001B');
});

test('JSON reads back the same, and has nothing in it that a terminal obeys', () => {
  const value = { answer: '\u001B[2J\r\n\u007F\u009B\u202E', path: String.raw`C:\u009b\x` };
  const text = jsonText(value);
  expect(JSON.parse(text)).toEqual(value);
  expect(visible(text)).toBe(text);
});
