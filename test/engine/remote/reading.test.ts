import { describe, expect, test } from 'vitest';
import { answerOf } from '../../../src-main/engine/remote/answer.ts';
import { retryDelayMs } from '../../../src-main/engine/remote/caller.ts';
import { retryAfterMs } from '../../../src-main/engine/remote/failure.ts';
import { readCompletion } from '../../../src-main/engine/remote/replies.ts';
import { scoreOf } from '../../../src-main/engine/remote/score.ts';
import { question, verdict } from '../helpers.ts';

const USAGE = { promptTokens: 9, writtenTokens: 3 };
const chat = (message: object, more: object = {}): string =>
  JSON.stringify({ choices: [{ message: { content: null, ...message }, finish_reason: 'stop', ...more }] });
const token = (text: string, p: number, top: [string, number][] = []) => ({
  token: text,
  logprob: Math.log(p),
  bytes: [...Buffer.from(text)],
  top_logprobs: top.map(([other, q]) => ({ token: other, logprob: Math.log(q) })),
});
const answer = (reply: string, more = {}) => {
  const completion = readCompletion(reply);
  if (completion === null) throw new Error('not a completion');
  return answerOf({ ...question('q', 'Q?'), ...more }, completion, USAGE, 1);
};
const score = (top: [string, number][], labels: string[]) => {
  const completion = readCompletion(
    chat({ content: 'x' }, { logprobs: { content: [token('x', 0.1, top)] } }),
  );
  if (completion === null) throw new Error('not a completion');
  return scoreOf(verdict('v', 'Right?', labels), completion, 9, 1);
};

describe('what is no answer', () => {
  // Catches: a reply of another shape kept as an empty answer, and counted as a wrong one.
  test('text of another type is no completion', () => {
    for (const content of [{ a: 1 }, 7, true, [7], [{ text: 'no type' }]])
      expect(readCompletion(chat({ content })), JSON.stringify(content)).toBeNull();
    expect(readCompletion(JSON.stringify({ choices: [{ text: { a: 1 } }] }))).toBeNull();
    expect(readCompletion(chat({ content: null, refusal: 'I cannot.' }))?.text).toBe('I cannot.');
  });
});

describe('an answer', () => {
  test('in parts is their text', () => {
    const content = [
      { type: 'thinking', thinking: [{ type: 'text', text: 'Norway' }] },
      { type: 'text', text: 'Os' },
      { type: 'text', text: 'lo' },
    ];
    expect(answer(chat({ content })).answer).toBe('Oslo');
  });

  test('is kept apart from reasoning, in the server’s field or in the text', () => {
    expect(answer(chat({ content: 'Oslo', reasoning_content: 'Norway…' }))).toMatchObject({
      answer: 'Oslo',
      reasoning: 'Norway…',
    });
    expect(answer(chat({ content: 'Oslo', reasoning: 'Norway…' }))).toMatchObject({
      answer: 'Oslo',
      reasoning: 'Norway…',
    });
    expect(answer(chat({ content: '<think>Norway…</think>\n\nOslo' }))).toMatchObject({
      answer: 'Oslo',
      reasoning: 'Norway…',
    });
    // Cut off while thinking: nothing of it is an answer.
    expect(answer(chat({ content: '<think>Norway' }, { finish_reason: 'length' }))).toMatchObject({
      answer: '',
      reasoning: 'Norway',
      finishReason: 'length',
    });
  });

  test('counts the tokens of its reasoning apart', () => {
    const content = ['<think>', 'Norway', '</think>', '\n\n', 'Os', 'lo'].map((text) => token(text, 0.5));
    const result = answer(chat({ content: '<think>Norway</think>\n\nOslo' }, { logprobs: { content } }));
    expect(result.reasoningTokens).toBe(4);
    expect(result.logprobs).toHaveLength(6);
  });

  test('has the end-of-generation token’s probability apart, where a server lists that token', () => {
    const content = [token('Os', 0.5), token('lo', 0.5), token('<|im_end|>', 0.25)];
    const result = answer(chat({ content: 'Oslo' }, { logprobs: { content } }));
    expect(result.tokenTexts).toEqual(['Os', 'lo']);
    expect(result.eogLogprob).toBeCloseTo(Math.log(0.25));
    const without = answer(chat({ content: 'Oslo' }, { logprobs: { content: content.slice(0, 2) } }));
    expect(without).toMatchObject({ tokenTexts: ['Os', 'lo'], eogLogprob: null });
  });

  test('shows a character of several tokens whole, at its last', () => {
    const bytes = [...Buffer.from('é')];
    const content = bytes.map((byte) => ({ token: '\\x', logprob: -1, bytes: [byte] }));
    expect(answer(chat({ content: 'é' }, { logprobs: { content } })).tokenTexts).toEqual(['', 'é']);
  });

  test('reads the older form of log-probabilities', () => {
    const reply = JSON.stringify({
      choices: [
        {
          text: ' Oslo',
          finish_reason: 'length',
          logprobs: {
            tokens: [' Os', 'lo'],
            token_logprobs: [-0.5, -0.25],
            top_logprobs: [{ ' Os': -0.5 }, { lo: -0.25 }],
          },
        },
      ],
    });
    expect([...answer(reply).logprobs]).toEqual([-0.5, -0.25]);
  });

  test('withheld by a filter is an error, not an empty answer', () => {
    expect(answer(chat({}, { finish_reason: 'content_filter' })).error).toMatch(/content filter/);
  });
});

describe('probabilities of labels', () => {
  test('add up over spellings of the same beginning, and leave other labels alone', () => {
    const { probabilities } = score(
      [
        ['correct', 0.5],
        [' correct', 0.1],
        ['cor', 0.05],
        ['correct.', 0.02],
        ['incorrect', 0.2],
        ['in', 0.05],
        ['correctly', 0.01],
      ],
      ['correct', 'incorrect'],
    );
    expect(probabilities[0]).toBeCloseTo(0.67);
    expect(probabilities[1]).toBeCloseTo(0.25);
  });

  test('a label that is not among the most probable tokens has 0', () => {
    expect(score([['A', 0.9]], ['A', 'B']).probabilities).toEqual([expect.closeTo(0.9), 0]);
  });

  test('case tells labels apart: “Correct” is offered as a label of its own', () => {
    expect(score([['Correct', 0.5]], ['correct', 'incorrect']).probabilities).toEqual([0, 0]);
  });

  test('of labels with a common first token are refused, unless that token is noise', () => {
    expect(score([['not', 0.8]], ['not right', 'not wrong'])).toMatchObject({
      conflict: true,
      error: expect.stringContaining('same token'),
    });
    expect(
      score(
        [
          ['yes', 0.9],
          ['n', 0.001],
        ],
        ['yes', 'no', 'nearly'],
      ).error,
    ).toBeNull();
  });
});

describe('waiting', () => {
  test('doubles, within its limits, and is never shorter than the server asks', () => {
    const backoff = { baseMs: 100, maxMs: 1000 };
    expect([1, 2, 3, 9].map((tries) => retryDelayMs(tries, null, backoff, () => 1))).toEqual([
      100, 200, 400, 1000,
    ]);
    expect(retryDelayMs(1, null, backoff, () => 0)).toBe(50);
    expect(retryDelayMs(1, 5000, backoff, () => 0)).toBe(5000);
  });

  test('reads Retry-After as seconds and as a date', () => {
    const now = Date.parse('2026-01-01T00:00:00Z');
    expect(retryAfterMs({ 'retry-after': '2' }, now)).toBe(2000);
    expect(retryAfterMs({ 'retry-after': 'Thu, 01 Jan 2026 00:00:05 GMT' }, now)).toBe(5000);
    expect(retryAfterMs({ 'retry-after-ms': '30' }, now)).toBe(30);
    expect(retryAfterMs({ 'retry-after': 'soon' }, now)).toBeNull();
    expect(retryAfterMs({}, now)).toBeNull();
  });
});
