import type { NewAnswer, StoreApi, StoreArgs, StoreMethod } from './api.ts';
import type { PackedRows } from './wire-rows.ts';

/** An answer on its way to the writing thread. */
export interface PackedAnswer extends Omit<NewAnswer, 'tokenIds' | 'logprobs' | 'tokenTexts' | 'tokenCount'> {
  readonly idCount: number;
  readonly logprobCount: number;
  readonly tokenCount: number;
  /** JSON string[], as it is stored; null when there are none. */
  readonly tokenTexts: string | null;
}

/**
 * Answers packed for the way: the token arrays of all of them in two buffers, which are handed over and not copied, and
 * the token texts as the JSON that is stored. Cloning thousands of small strings and arrays would take the writing thread a
 * third of its time; and token arrays are often views of a decoder's large buffer, which a clone would carry along whole.
 */
export interface PackedPut extends Omit<StoreArgs<'runs.putAnswers'>, 'answers'> {
  readonly answers: readonly PackedAnswer[];
  readonly ids: Int32Array<ArrayBuffer>;
  readonly logprobs: Float32Array<ArrayBuffer>;
}

/** What a handler is given: the call's own arguments, but for packed answers and rows. */
export type WireArgs<M extends StoreMethod> = M extends 'runs.putAnswers'
  ? PackedPut
  : M extends 'datasets.append'
    ? PackedRows
    : StoreArgs<M>;

export function packAnswers(args: Parameters<StoreApi['runs.putAnswers']>[0]): PackedPut {
  const { answers } = args;
  const ids = new Int32Array(answers.reduce((sum, answer) => sum + answer.tokenIds.length, 0));
  const logprobs = new Float32Array(answers.reduce((sum, answer) => sum + answer.logprobs.length, 0));
  let idAt = 0;
  let logprobAt = 0;
  const packed = answers.map((answer) => {
    const { tokenIds, logprobs: own, tokenTexts, tokenCount = 0, ...rest } = answer;
    ids.set(tokenIds, idAt);
    logprobs.set(own, logprobAt);
    idAt += tokenIds.length;
    logprobAt += own.length;
    return {
      ...rest,
      idCount: tokenIds.length,
      logprobCount: own.length,
      tokenCount: Math.max(tokenIds.length, own.length, tokenTexts.length) || tokenCount,
      tokenTexts: tokenTexts.length === 0 ? null : JSON.stringify(tokenTexts),
    };
  });
  return { ...args, answers: packed, ids, logprobs };
}

/** One answer's token ids and log-probabilities, as views. */
export interface Tokens {
  readonly ids: Int32Array;
  readonly logprobs: Float32Array;
}

/** The token arrays of the answers, in their order. */
export function* unpackTokens(packed: PackedPut): Generator<readonly [PackedAnswer, Tokens]> {
  let idAt = 0;
  let logprobAt = 0;
  for (const answer of packed.answers) {
    const ids = packed.ids.subarray(idAt, idAt + answer.idCount);
    const logprobs = packed.logprobs.subarray(logprobAt, logprobAt + answer.logprobCount);
    idAt += answer.idCount;
    logprobAt += answer.logprobCount;
    yield [answer, { ids, logprobs }];
  }
}
