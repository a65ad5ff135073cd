import { expect, test } from 'vitest';
import { choose } from '../../../src-main/engine/runtime/choose.ts';

const END = 99;

/** Chooses among texts of one letter a token, by weights of letters; says which forks were evaluated. */
function chosen(
  texts: readonly string[],
  weights: Record<string, number>,
): { text: string; asked: string[] } {
  const asked: string[] = [];
  let text = '';
  const code = (letter: string): number => letter.charCodeAt(0) - 96;
  choose({
    paths: texts.map((word) => [...word].map(code)),
    end: END,
    weigh(prefix, tokens, done) {
      const name = (token: number): string => (token === END ? '.' : String.fromCharCode(token + 96));
      asked.push(`${prefix.map(name).join('')}>${tokens.map(name).join('')}`);
      done(tokens.map((token) => weights[name(token)] ?? 0));
    },
    chosen: (index) => {
      text = texts[index] ?? '';
    },
  });
  return { text, asked };
}

test('texts that differ at once take one evaluation', () => {
  expect(chosen(['ab', 'cd'], { a: 0.2, c: 0.7 })).toEqual({ text: 'cd', asked: ['>ac'] });
});

test('a common beginning is not evaluated, the fork behind it is', () => {
  expect(chosen(['xyab', 'xycd'], { a: 0.9, c: 0.1 })).toEqual({ text: 'xyab', asked: ['xy>ac'] });
});

test('a text that another goes on from is chosen by the end of generation', () => {
  expect(chosen(['no', 'not'], { '.': 0.6, t: 0.4 }).text).toBe('no');
  expect(chosen(['no', 'not'], { '.': 0.1, t: 0.4 }).text).toBe('not');
});

test('several forks are walked one after the other', () => {
  const { text, asked } = chosen(['ab', 'ac', 'd'], { a: 0.6, d: 0.4, b: 0.1, c: 0.2 });
  expect(text).toBe('ac');
  expect(asked).toEqual(['>ad', 'a>bc']);
});

test('a single text, and equal ones, need no evaluation', () => {
  expect(chosen(['ab'], {}).asked).toEqual([]);
  expect(chosen(['ab', 'ab'], {})).toEqual({ text: 'ab', asked: [] });
});
