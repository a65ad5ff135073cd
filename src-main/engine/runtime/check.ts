import type { LlamaContext, LlamaModel, Token } from 'node-llama-cpp';
import type { Native } from './binding.ts';
import { OwnLoop } from './own-loop.ts';

const PROMPT = 'The capital of France is';
/** Enough to see prompt, cache and sampling agree; few, because a large model on a CPU takes a second for each. */
const STEPS = 4;

/**
 * Writes a few greedy tokens by the own loop and by node-llama-cpp's public interface, one row at a time, and compares
 * tokens and log-probabilities bit for bit. Null when they agree, else a sentence. Leaves the context empty.
 */
export async function checkOwnLoop(
  model: LlamaModel,
  context: LlamaContext,
  native: Native,
  options: { batch: number; context: number; workers: number },
): Promise<string | null> {
  const prompt = model.tokenize(PROMPT).slice(0, 8);
  if (prompt.length === 0 || options.context < prompt.length + STEPS) return null;
  const expected = await writePublic(context, prompt);
  let found: readonly Written[];
  try {
    found = await writeOwn(native, prompt, options);
  } catch (error) {
    return `The own loop failed its check: ${String(error)}`;
  } finally {
    native.context.disposeSequence(0);
  }
  const same = expected.every(
    (written, step) => found[step]?.token === written.token && found[step].logprob === written.logprob,
  );
  return same
    ? null
    : 'The own loop and the public interface of node-llama-cpp do not write the same tokens.';
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

function writeOwn(
  native: Native,
  prompt: readonly Token[],
  options: { batch: number; context: number; workers: number },
): Promise<Written[]> {
  return new Promise((resolve, reject) => {
    const loop = new OwnLoop({
      native,
      threads: 0,
      sequences: 1,
      reusePrefixes: true,
      idleToken: 0,
      broken: reject,
      ...options,
    });
    const written: Written[] = [];
    loop.submit({
      kind: 'generate',
      stream: 0,
      tokens: Uint32Array.from(prompt),
      pieces: [prompt.length],
      sampling: null,
      started: () => undefined,
      token(token, logprob) {
        written.push({ token, logprob });
        return written.length < STEPS;
      },
      finished: () => resolve(written),
    });
  });
}
