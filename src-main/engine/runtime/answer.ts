/** The text of an answer while it is written: where it stops, where it loops, what was reasoning. Knows no model. */
import type { Decoding } from '../../domain/decoding.ts';
import type { FinishReason } from '../engine.ts';

/** Longest repeated passage looked for, in tokens. */
const LOOP_PERIOD = 64;
/** A tail counts as a loop from this many tokens and this many rounds on: less is a list or a refrain. */
const LOOP_TOKENS = 24;
const LOOP_ROUNDS = 3;
/** Only a tail this long ends an answer early; greedy decoding has then never been seen to find a way out. */
const LOOP_STOP_TOKENS = 256;

const THINK_OPEN = '<think>';
const THINK_CLOSE = '</think>';

/** Text of one token after another; may hold back the bytes of a character that is not complete. */
export type TokenText = (token: number) => string;

/** Whether the last tokens repeat one passage: at least `tokens` of them and three rounds. */
export function isLooping(tokens: readonly number[], least: number = LOOP_TOKENS): boolean {
  const length = tokens.length;
  for (let period = 1; period <= LOOP_PERIOD && period * LOOP_ROUNDS <= length; period++) {
    const need = Math.max(least, period * LOOP_ROUNDS) - period;
    if (need + period > length) continue;
    let same = 0;
    while (same < need && tokens[length - 1 - same] === tokens[length - 1 - same - period]) same += 1;
    if (same >= need) return true;
  }
  return false;
}

export interface WrittenAnswer {
  readonly answer: string;
  readonly reasoning: string | null;
  readonly tokenIds: Int32Array;
  readonly logprobs: Float32Array;
  readonly tokenTexts: readonly string[];
  readonly reasoningTokens: number;
  readonly eogLogprob: number | null;
  readonly finishReason: FinishReason;
}

export interface AnswerWriter {
  /** Takes the next token; true while more are wanted. */
  push(token: number, logprob: number): boolean;
  result(): WrittenAnswer;
  readonly length: number;
}

export interface WriterOptions {
  readonly decoding: Decoding;
  readonly isEog: (token: number) => boolean;
  readonly text: TokenText;
  /** The chat template itself opened the reasoning at the end of the prompt. */
  readonly startsInReasoning: boolean;
  /** How many tokens fit after the prompt. */
  readonly room: number;
}

export function createAnswerWriter(options: WriterOptions): AnswerWriter {
  const { decoding, isEog, text, room } = options;
  const tokens: number[] = [];
  const logprobs: number[] = [];
  const texts: string[] = [];
  const longestStop = Math.max(0, ...decoding.stop.map((stop) => stop.length));
  let written = '';
  let eogLogprob: number | null = null;
  let finish: FinishReason | null = null;
  /** Where the text is cut because of a stop string; stop strings are looked for in the answer, not the reasoning. */
  let cutAt = Infinity;

  const findStop = (from: number): void => {
    if (longestStop === 0) return;
    const answerFrom = answerStart(written, options.startsInReasoning);
    const searchFrom = Math.max(answerFrom, from - longestStop);
    for (const stop of decoding.stop) {
      const at = stop === '' ? -1 : written.indexOf(stop, searchFrom);
      if (at >= 0) cutAt = Math.min(cutAt, at);
    }
    if (cutAt < Infinity) finish = 'stop';
  };

  return {
    get length() {
      return tokens.length;
    },
    push(token, logprob) {
      if (isEog(token)) {
        eogLogprob = logprob;
        finish = 'eog';
        return false;
      }
      tokens.push(token);
      logprobs.push(logprob);
      const before = written.length;
      texts.push(text(token));
      written += texts.at(-1) ?? '';
      findStop(before);
      if (finish !== null) return false;
      if (tokens.length >= decoding.maxTokens) finish = isLooping(tokens) ? 'loop' : 'length';
      else if (tokens.length >= room) finish = 'context';
      else if (tokens.length % 32 === 0 && isLooping(tokens, LOOP_STOP_TOKENS)) finish = 'loop';
      return finish === null;
    },
    result() {
      return assemble({
        tokens,
        logprobs,
        texts,
        cutAt,
        startsInReasoning: options.startsInReasoning,
        eogLogprob,
        finish,
      });
    },
  };
}

/** Where the answer begins in what was written: after the reasoning, or never while it is still open. */
function answerStart(written: string, startsInReasoning: boolean): number {
  if (!startsInReasoning && !written.trimStart().startsWith(THINK_OPEN)) return 0;
  const close = written.indexOf(THINK_CLOSE);
  return close < 0 ? Infinity : close + THINK_CLOSE.length;
}

function assemble(state: {
  tokens: readonly number[];
  logprobs: readonly number[];
  texts: readonly string[];
  cutAt: number;
  startsInReasoning: boolean;
  eogLogprob: number | null;
  finish: FinishReason | null;
}): WrittenAnswer {
  // Tokens that lie wholly behind a stop string's beginning belong to the stop string and are not kept.
  let kept = 0;
  let written = '';
  while (kept < state.tokens.length && written.length < state.cutAt) {
    written += state.texts[kept] ?? '';
    kept += 1;
  }
  if (state.cutAt === 0) kept = 0;
  const full = written.slice(0, state.cutAt);
  const start = answerStart(full, state.startsInReasoning);
  const hasReasoning = start > 0;
  const reasoningEnd = Math.min(start, full.length);
  const reasoningTokens = hasReasoning ? tokensUpTo(state.texts, kept, reasoningEnd) : 0;
  return {
    answer: hasReasoning ? full.slice(reasoningEnd).trimStart() : full,
    reasoning: hasReasoning ? stripTags(full.slice(0, reasoningEnd)) : null,
    tokenIds: Int32Array.from(state.tokens.slice(0, kept)),
    logprobs: Float32Array.from(state.logprobs.slice(0, kept)),
    tokenTexts: state.texts.slice(0, kept),
    reasoningTokens,
    eogLogprob: state.eogLogprob,
    finishReason: state.finish ?? 'length',
  };
}

function tokensUpTo(texts: readonly string[], kept: number, end: number): number {
  let length = 0;
  for (let index = 0; index < kept; index++) {
    if (length >= end) return index;
    length += texts[index]?.length ?? 0;
  }
  return kept;
}

function stripTags(text: string): string {
  return text
    .trim()
    .replace(/^<think>/, '')
    .replace(/<\/think>$/, '')
    .trim();
}
