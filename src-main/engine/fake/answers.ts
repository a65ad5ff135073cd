import type { ModelPrompt } from '../../domain/prompts/model-prompt.ts';
import type { GenerateJob, GenerateResult, ScoreJob, ScoreResult } from '../engine.ts';
import type { ReadPrompt } from '../protocol.ts';
import type { Script } from './script.ts';

const WORDS =
  'the a of north river seven blue city king water never under large first Paris Anna 42 1969 gold'.split(
    ' ',
  );

/** FNV-1a, 32 bits: quick, and the same everywhere. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) {
    value = Math.imul(value ^ text.charCodeAt(index), 0x01000193);
  }
  return value >>> 0;
}

export function renderFake(prompt: ModelPrompt): string {
  if (prompt.kind === 'text') return prompt.text;
  const system = prompt.system === null ? '' : `<|system|>${prompt.system}\n`;
  return `${system}<|user|>${prompt.user}\n<|assistant|>`;
}

/** One token a word: what the scripted engine calls a tokenizer. */
export function countFake(prompt: ModelPrompt): number {
  return renderFake(prompt).split(/\s+/).length;
}

/** A label's first token is its first letter. */
const firstTokens = (labels: readonly string[]): number[] =>
  labels.map((label) => hash(label.trim().charAt(0)) % 1000);

export function readFake(prompt: ModelPrompt, labels: readonly string[]): ReadPrompt {
  return { text: renderFake(prompt), tokens: countFake(prompt), labelTokens: firstTokens(labels) };
}

function rule(script: Script, rendered: string): Script['answers'][number] | undefined {
  return script.answers.find((candidate) => rendered.includes(candidate.match));
}

/** An answer that depends on prompt, seed and sample alone; greedy jobs ignore seed and sample, as greedy decoding does. */
export function answerFake(script: Script, job: GenerateJob): GenerateResult {
  const rendered = renderFake(job.prompt);
  const { temperature, maxTokens } = job.decoding;
  const seed = temperature === 0 ? '' : `|${job.seed}|${job.sampleIndex}`;
  let state = hash(rendered + seed);
  const ruled = rule(script, rendered);
  const words: string[] = [];
  if (job.choices !== undefined) {
    words.push(ruled?.answer ?? job.choices[state % job.choices.length]?.trim() ?? '');
  } else if (ruled?.answer === undefined) {
    const length = Math.min(maxTokens, 2 + (state % 6));
    for (let index = 0; index < length; index++) {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      words.push(`${index === 0 ? '' : ' '}${WORDS[state % WORDS.length] ?? ''}`);
    }
  } else {
    words.push(...(ruled.answer.match(/\s*\S+\s*$|\s*\S+/g) ?? []));
  }
  const reasoning = ruled?.reasoning ?? null;
  const texts = reasoning === null ? words : [`<think>${reasoning}</think>`, ...words];
  const ended = ruled?.finishReason ?? (words.length >= maxTokens ? 'length' : 'eog');
  return {
    id: job.id,
    sampleIndex: job.sampleIndex,
    seed: job.seed,
    answer: words.join(''),
    reasoning,
    renderedPrompt: rendered,
    promptTokens: countFake(job.prompt),
    tokenIds: Int32Array.from(texts, (text) => hash(text) % 1000),
    logprobs: Float32Array.from(texts, (text) => -(hash(text) % 100) / 100),
    tokenTexts: texts,
    reasoningTokens: reasoning === null ? 0 : 1,
    eogLogprob: ended === 'eog' ? -0.25 : null,
    finishReason: ended,
    error: ended === 'error' ? 'The scripted engine was told to fail this one.' : null,
    durationMs: script.answerDelayMs,
  };
}

/** Probabilities of the labels from the prompt's hash: together between 0.5 and 1, as a judge that knows its labels. */
export function scoreFake(script: Script, job: ScoreJob): ScoreResult {
  const rendered = renderFake(job.prompt);
  const ruled = rule(script, rendered);
  const firsts = firstTokens(job.labels);
  const clash = new Set(firsts).size < firsts.length;
  const weights = job.labels.map((label) => 1 + (hash(rendered + label) % 999));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const mass = 0.5 + (hash(rendered) % 500) / 1000;
  const probabilities = ruled?.probabilities ?? weights.map((weight) => (mass * weight) / total);
  const best = probabilities.indexOf(Math.max(...probabilities));
  return {
    id: job.id,
    probabilities: clash ? job.labels.map(() => 0) : probabilities,
    labelTokens: firsts,
    topToken: job.labels[best] ?? '',
    renderedPrompt: rendered,
    promptTokens: countFake(job.prompt),
    error: clash
      ? 'The labels begin with the same token: choose labels that differ in their first letter.'
      : null,
    conflict: clash,
    durationMs: script.answerDelayMs,
  };
}
