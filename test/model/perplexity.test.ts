/** Sums of log-probabilities against llama-perplexity, built over the engine's own libraries by test/bench/limit.ts. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { reachNative } from '../../src-main/engine/runtime/binding.ts';
import { createLlamaLog } from '../../src-main/engine/runtime/llama-log.ts';
import { openLlama } from '../../src-main/engine/runtime/llama.ts';
import { createGreedy, weigh } from '../../src-main/engine/runtime/sampling.ts';
import { createSlot } from '../../src-main/engine/runtime/slots.ts';
import { LIMIT } from '../bench/engine-bench.ts';
import { DEFAULT_MODEL, noDefaultModel } from './default-model.ts';

const PROGRAM = join(LIMIT, 'llama-perplexity');
const missing = !existsSync(PROGRAM);
if (missing)
  console.warn(`Not compared with llama-perplexity: there is no ${PROGRAM} (node test/bench/limit.ts).`);

const CONTEXT = 256;
/** Text of the kind that has both sure and unsure tokens; long enough for two contexts. */
const TEXT = Array.from(
  { length: 40 },
  (_, day) =>
    `On day ${day + 1} the expedition went ${day % 2 === 0 ? 'up' : 'down'} the river and measured ${day * 37 + 11} metres of it. ` +
    'The water was cold, the boats were old, and nobody had slept for long.',
).join(' ');

const folder = mkdtempSync(join(tmpdir(), 'assize-perplexity-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** As llama-perplexity does: contexts side by side, the second half of each counts. */
async function ours(): Promise<number[]> {
  const llama = await openLlama(
    'cpu',
    createLlamaLog(() => undefined),
    1,
  );
  const model = await llama.loadModel({ modelPath: DEFAULT_MODEL, gpuLayers: 0 });
  const options = {
    contextSize: CONTEXT,
    sequences: 1,
    batchSize: CONTEXT,
    threads: 1,
    flashAttention: true,
  };
  const context = await model.createContext(options);
  const native = reachNative(llama, model, context);
  if (typeof native === 'string') throw new Error(native);
  const slot = createSlot(0, CONTEXT, createGreedy(native));
  const tokens = Uint32Array.from(model.tokenize(TEXT));
  const sums: number[] = [];
  let total = 0;
  let count = 0;
  for (let from = 0; from + CONTEXT <= tokens.length && sums.length < 2; from += CONTEXT) {
    const part = tokens.subarray(from, from + CONTEXT);
    const wanted = Uint32Array.from({ length: CONTEXT / 2 - 1 }, (_, index) => CONTEXT / 2 + index);
    native.context.disposeSequence(0);
    native.context.initBatch(CONTEXT);
    const indexes = native.context.addToBatch(0, 0, part, wanted);
    await native.context.decodeBatch();
    for (const [place, index] of indexes.entries()) {
      const next = part[(wanted[place] ?? 0) + 1] ?? 0;
      const { probabilities } = await weigh(native.context, slot, index, [next]);
      total -= Math.log(probabilities[0] ?? Number.NaN);
      count += 1;
    }
    sums.push(Math.exp(total / count));
  }
  await llama.dispose();
  return sums;
}

/** "[1]12.3456,[2]…": the perplexity so far after each context. */
function theirs(): number[] {
  const file = join(folder, 'text.txt');
  writeFileSync(file, TEXT);
  const args = [
    '-m',
    DEFAULT_MODEL,
    '-f',
    file,
    '-c',
    String(CONTEXT),
    '-b',
    String(CONTEXT),
    '-t',
    '1',
    '-fa',
    'on',
  ];
  const done = spawnSync(PROGRAM, [...args, '--chunks', '2'], { encoding: 'utf8' });
  return [...`${done.stdout}${done.stderr}`.matchAll(/\[\d+\]([\d.]+),/g)].map(([, value]) => Number(value));
}

describe.skipIf(noDefaultModel || missing)('the sum over a text', () => {
  it('is what llama-perplexity prints, to its last digit', async () => {
    const [expected, found] = [theirs(), await ours()];
    expect(expected).toHaveLength(2);
    for (const [index, value] of expected.entries()) {
      // Four digits are printed; the last may be rounded either way.
      expect(Math.abs((found[index] ?? 0) - value)).toBeLessThan(1.5e-4);
    }
  });
});
