import type { LlamaContext, LlamaModel, Token } from 'node-llama-cpp';
import type { Native } from './binding.ts';
import { OwnLoop } from './own-loop.ts';

const PROMPT = 'The capital of France is';
/** Enough to see prompt, cache and sampling agree; few, because a large model on a CPU takes a second for each. */
const STEPS = 4;

interface Limits {
  readonly batch: number;
  readonly context: number;
  readonly workers: number;
}

/**
 * Writes a few greedy tokens by the own loop and by node-llama-cpp's public interface, one row at a time, and compares
 * tokens and log-probabilities bit for bit. Null when they agree, else a sentence. Leaves the context empty.
 */
export async function checkOwnLoop(
  model: LlamaModel,
  context: LlamaContext,
  native: Native,
  limits: Limits,
): Promise<string | null> {
  const prompt = promptFor(model, limits);
  if (prompt === null) return null;
  const expected = await writePublic(context, prompt);
  let found: readonly Written[];
  try {
    [found = []] = await writeOwn(native, prompt, { ...limits, sequences: 1 });
  } catch (error) {
    return `The own loop failed its check: ${String(error)}`;
  } finally {
    native.context.disposeSequence(0);
  }
  return areEqual(expected, found)
    ? null
    : 'The own loop and the public interface of node-llama-cpp do not write the same tokens.';
}

/**
 * Of a model that keeps a state: writes the same in all sequences at once and compares them bit for bit, one with the
 * other. Null when they agree, else a sentence. Leaves the context empty.
 */
export async function checkRows(
  model: LlamaModel,
  native: Native,
  limits: Limits & { readonly sequences: number },
): Promise<string | null> {
  const prompt = promptFor(model, limits);
  if (prompt === null) return null;
  try {
    const [first = [], ...others] = await writeOwn(native, prompt, limits);
    const isRight = first.every(({ logprob }) => Number.isFinite(logprob));
    return isRight && others.every((other) => areEqual(first, other))
      ? null
      : 'written together they come out different here.';
  } catch (error) {
    return `written together they failed: ${String(error)}`;
  } finally {
    for (let sequence = 0; sequence < limits.sequences; sequence++) native.context.disposeSequence(sequence);
  }
}

/** Null where there is no room for one. */
function promptFor(model: LlamaModel, limits: Limits): Token[] | null {
  const prompt = model.tokenize(PROMPT).slice(0, 8);
  return prompt.length === 0 || limits.context < prompt.length + STEPS ? null : prompt;
}

function areEqual(expected: readonly Written[], found: readonly Written[]): boolean {
  return expected.every(
    (written, step) => found[step]?.token === written.token && found[step].logprob === written.logprob,
  );
}

interface Written {
  readonly token: number;
  readonly logprob: number;
}

async function writePublic(context: LlamaContext, prompt: readonly Token[]): Promise<Written[]> {
  const sequence = context.getSequence();
  const written: Written[] = [];
  let input = prompt;
  while (written.length < STEPS) {
    const last = input.at(-1);
    if (last === undefined) break;
    const generateNext = { token: true, totalLogitWeight: true, options: { temperature: 0 } };
    const outputs = await sequence.controlledEvaluate([...input.slice(0, -1), [last, { generateNext }]]);
    const next = outputs.at(-1)?.next;
    if (next?.token === undefined || next.token === null) break;
    written.push({ token: next.token, logprob: -Math.log(next.totalLogitWeight ?? Number.NaN) });
    input = [next.token];
  }
  await sequence.dispose();
  return written;
}

/** The same in each sequence at once, by the own loop. */
function writeOwn(
  native: Native,
  prompt: readonly Token[],
  limits: Limits & { readonly sequences: number },
): Promise<Written[][]> {
  return new Promise((resolve, reject) => {
    const memory = limits.sequences === 1 ? 'cells' : 'state';
    const loop = new OwnLoop({ native, threads: 0, memory, idleToken: 0, broken: reject, ...limits });
    const all = Array.from({ length: limits.sequences }, (): Written[] => []);
    let left = all.length;
    for (const [stream, written] of all.entries()) {
      loop.submit({
        kind: 'generate',
        stream,
        tokens: Uint32Array.from(prompt),
        pieces: [prompt.length],
        sampling: null,
        started: () => undefined,
        token(token, logprob) {
          written.push({ token, logprob });
          return written.length < STEPS;
        },
        finished: () => {
          left -= 1;
          if (left === 0) resolve(all);
        },
      });
    }
  });
}
