import { describe, expect, it } from 'vitest';
import { createAnswerWriter, isLooping } from '../../src-main/engine/runtime/answer.ts';
import type { WriterOptions, WrittenAnswer } from '../../src-main/engine/runtime/answer.ts';
import { piecesOf } from '../../src-main/engine/runtime/task.ts';

const EOG = 0;

/** Writes pieces of text as tokens 1, 2, 3…; the same text is the same token. `null` is the end of generation. */
function write(
  pieces: readonly (string | null)[],
  options: Partial<Omit<WriterOptions, 'decoding'>> & { stop?: string[]; maxTokens?: number } = {},
): WrittenAnswer & { taken: number } {
  const texts = [...new Set(pieces.filter((piece) => piece !== null))];
  const writer = createAnswerWriter({
    decoding: { temperature: 0, topP: 1, maxTokens: options.maxTokens ?? 1000, stop: options.stop ?? [] },
    isEog: (token) => token === EOG,
    text: (token) => texts[token - 1] ?? '',
    startsInReasoning: false,
    room: 100_000,
    ...options,
  });
  let taken = 0;
  for (const [index, piece] of pieces.entries()) {
    taken = index + 1;
    const token = piece === null ? EOG : texts.indexOf(piece) + 1;
    if (!writer.push(token, -(index + 1) / 8)) break;
  }
  return { ...writer.result(), taken };
}

describe('the end of an answer', () => {
  it('at end of generation keeps its probability apart from the tokens', () => {
    const answer = write(['Par', 'is', null]);
    expect(answer).toMatchObject({
      answer: 'Paris',
      finishReason: 'eog',
      eogLogprob: -3 / 8,
      reasoning: null,
    });
    expect([...answer.tokenIds]).toEqual([1, 2]);
    expect([...answer.logprobs]).toEqual([-1 / 8, -2 / 8]);
    expect(answer.tokenTexts.join('')).toBe('Paris');
  });
  it('at the most tokens says length, and no probability of an end', () => {
    expect(write(['a', 'b', 'c', 'd'], { maxTokens: 3 })).toMatchObject({
      answer: 'abc',
      finishReason: 'length',
      eogLogprob: null,
      taken: 3,
    });
  });
  it('where the context is full says context', () => {
    expect(write(['a', 'b', 'c', 'd'], { room: 2 })).toMatchObject({ answer: 'ab', finishReason: 'context' });
  });
  it('at a stop string across tokens cuts text and tokens before it', () => {
    const answer = write([' Paris', '\n', 'Question', ': x'], { stop: ['\nQuestion:'] });
    expect(answer).toMatchObject({ answer: ' Paris', finishReason: 'stop', taken: 4 });
    expect([...answer.tokenIds]).toEqual([1]);
  });
  it('keeps the token in which a stop string begins, cut in its text only', () => {
    const answer = write([' Paris.', ' It\n', 'x'], { stop: ['\n'] });
    expect(answer).toMatchObject({ answer: ' Paris. It', finishReason: 'stop', taken: 2 });
    expect([...answer.tokenIds]).toEqual([1, 2]);
  });
  it('takes the first of several stop strings, and none for an empty one', () => {
    expect(write(['a;b\nc'], { stop: ['\n', ';', ''] })).toMatchObject({ answer: 'a', finishReason: 'stop' });
  });
  it('at a stop string right away is an empty answer', () => {
    const answer = write(['\n', 'x'], { stop: ['\n'] });
    expect(answer).toMatchObject({ answer: '', finishReason: 'stop' });
    expect(answer.tokenIds).toHaveLength(0);
  });
});

describe('repetition', () => {
  const rounds = (passage: string[], count: number): string[] =>
    Array.from({ length: count }, () => passage).flat();
  it('is marked when an answer that ran to its end was going round', () => {
    const answer = write(['It', ...rounds([' is', ' a', ' city'], 20)], { maxTokens: 40 });
    expect(answer).toMatchObject({ finishReason: 'loop' });
    expect(answer.tokenIds).toHaveLength(40);
  });
  it('ends an answer early only after a very long time of it', () => {
    const answer = write(rounds(['ha'], 5000), { maxTokens: 4000 });
    expect(answer.finishReason).toBe('loop');
    expect(answer.tokenIds.length).toBeGreaterThanOrEqual(256);
    expect(answer.tokenIds.length).toBeLessThan(400);
  });
  it('is not seen in a short refrain, a list, or an answer that ended by itself', () => {
    expect(isLooping([1, 2, 3, 1, 2, 3, 1, 2, 3])).toBe(false);
    const list = Array.from({ length: 60 }, (_, index) => (index % 3 === 0 ? 100 + index : index % 3));
    expect(isLooping(list)).toBe(false);
    expect(write([...rounds(['la'], 60), null])).toMatchObject({ finishReason: 'eog' });
  });
});

describe('reasoning', () => {
  it('is told apart from the answer, with its tokens counted', () => {
    const answer = write(['<think>', 'I see', '</think>', '\n\n', 'Paris', null]);
    expect(answer).toMatchObject({
      reasoning: 'I see',
      answer: 'Paris',
      reasoningTokens: 3,
      finishReason: 'eog',
    });
    expect(answer.tokenIds).toHaveLength(5);
  });
  it('that the template opened needs no opening tag', () => {
    const answer = write(['I see', '</think>', 'Paris', null], { startsInReasoning: true });
    expect(answer).toMatchObject({ reasoning: 'I see', answer: 'Paris', reasoningTokens: 2 });
  });
  it('that never ended leaves no answer', () => {
    const answer = write(['<think>', 'Hm', ' hm'], { maxTokens: 3 });
    expect(answer).toMatchObject({
      reasoning: 'Hm hm',
      answer: '',
      reasoningTokens: 3,
      finishReason: 'length',
    });
  });
  it('is not searched for stop strings', () => {
    const answer = write(['<think>', 'a\nb', '</think>', 'Paris\n', 'x'], { stop: ['\n'] });
    expect(answer).toMatchObject({ reasoning: 'a\nb', answer: 'Paris', finishReason: 'stop' });
  });
  it('is not seen where a tag stands in the middle of an answer', () => {
    expect(write(['Say ', '<think>', ' now', null])).toMatchObject({
      reasoning: null,
      answer: 'Say <think> now',
    });
  });
});

describe('pieces of a prompt', () => {
  it('end at shared parts and every batch from there, whatever the neighbours are', () => {
    expect(piecesOf(10, [], 64)).toEqual([10]);
    expect(piecesOf(200, [150], 64)).toEqual([64, 128, 150, 200]);
    expect(piecesOf(128, [], 64)).toEqual([64, 128]);
    expect(piecesOf(150, [20, 150], 64)).toEqual([20, 84, 148, 150]);
  });
});
