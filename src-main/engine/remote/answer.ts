import { endsInLoop } from '../../domain/alarms/loops.ts';
import type { GenerateJob, GenerateResult } from '../engine.ts';
import { chosenText, renderedText } from './dialect.ts';
import type { Completion, ToldToken } from './replies.ts';

const THINKS = /^\s*<(think|thinking|reasoning)>([\s\S]*?)(?:<\/\1>|$)/i;

interface Split {
  readonly answer: string;
  readonly reasoning: string | null;
}

/** Reasoning that the server keeps apart, or else that its text begins with. */
function split(completion: Completion): Split {
  if (completion.reasoning !== null && completion.reasoning !== '') {
    return { answer: completion.text.trim(), reasoning: completion.reasoning.trim() };
  }
  const match = THINKS.exec(completion.text);
  if (match === null) return { answer: completion.text.trim(), reasoning: null };
  return { answer: completion.text.slice(match[0].length).trim(), reasoning: (match[2] ?? '').trim() };
}

/** Token texts with every multi-byte character whole at its last token. */
function tokenTexts(tokens: readonly ToldToken[]): string[] {
  const decoder = new TextDecoder();
  return tokens.map((token) =>
    token.bytes === null ? token.text : decoder.decode(Uint8Array.from(token.bytes), { stream: true }),
  );
}

/** The end-of-generation token, where a server lists it: it adds nothing to what is written. */
function endOf(tokens: readonly ToldToken[], texts: readonly string[], completion: Completion): boolean {
  const last = tokens.at(-1);
  if (completion.finish !== 'stop' || completion.stopReason !== null || last === undefined) return false;
  if (texts.at(-1) === '') return true;
  const written = completion.text.trim();
  const ends = (parts: readonly string[]): boolean => parts.join('').trim().endsWith(written);
  return ends(texts.slice(0, -1)) && !ends(texts);
}

/** How many tokens come before the answer's first. */
function tokensBefore(answer: string, texts: readonly string[]): number {
  const start = answer === '' ? Infinity : texts.join('').lastIndexOf(answer);
  if (start < 0) return 0;
  let at = 0;
  let count = 0;
  for (const text of texts) {
    at += text.length;
    if (at > start) break;
    count += 1;
  }
  return count;
}

function finishOf(completion: Completion, written: string): GenerateResult['finishReason'] {
  if (completion.finish === 'length') return endsInLoop(written) ? 'loop' : 'length';
  return completion.stopReason === null ? 'eog' : 'stop';
}

/** A completion as the result of a job. */
export function answerOf(
  job: GenerateJob,
  completion: Completion,
  usage: { readonly promptTokens: number; readonly writtenTokens: number },
  durationMs: number,
): GenerateResult {
  const { answer, reasoning } = split(completion);
  const all = completion.tokens ?? [];
  const allTexts = tokenTexts(all);
  const ended = endOf(all, allTexts, completion);
  const tokens = ended ? all.slice(0, -1) : all;
  const texts = ended ? allTexts.slice(0, -1) : allTexts;
  const ids = tokens.flatMap((token) => token.id ?? []);
  const chosen =
    job.choices === undefined
      ? null
      : chosenText(
          answer,
          job.choices.map((choice) => choice.trim()),
        );
  const filtered = completion.finish === 'content_filter';
  return {
    id: job.id,
    sampleIndex: job.sampleIndex,
    seed: job.seed,
    answer: chosen ?? answer,
    reasoning,
    renderedPrompt: renderedText(job.prompt),
    promptTokens: usage.promptTokens,
    tokenIds: Int32Array.from(ids.length === tokens.length ? ids : []),
    logprobs: Float32Array.from(tokens, (token) => Math.min(0, token.logprob)),
    tokenTexts: texts,
    reasoningTokens: reasoning === null ? 0 : tokensBefore(answer, texts),
    eogLogprob: ended ? (all.at(-1)?.logprob ?? null) : null,
    finishReason: filtered ? 'error' : finishOf(completion, completion.text),
    error: filtered ? 'The server withheld the answer: its content filter stopped it.' : null,
    durationMs,
    tokenCount: usage.writtenTokens,
  };
}
