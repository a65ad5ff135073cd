// Not a bench of its own: the bare evaluation that score.ts compares with. One batch a prompt over the same addon, cut
// where the engine cuts it, on top of the prefix that is there already; nothing is sampled, nothing is sent.
import { createLlamaLog } from '../../src-main/engine/runtime/llama-log.ts';
import { openLlama } from '../../src-main/engine/runtime/llama.ts';
import { reachNative } from '../../src-main/engine/runtime/binding.ts';
import { createPrompter } from '../../src-main/engine/runtime/prompt.ts';
import type { ModelPrompt } from '../../src-main/domain/prompts/model-prompt.ts';

export interface BareRequest {
  readonly prompts: readonly ModelPrompt[];
  readonly threads: number;
}
export interface BareReply {
  readonly seconds: number;
  readonly cpuSeconds: number;
  /** Tokens evaluated: of each prompt those behind its last cut. */
  readonly tokens: number;
}

const [modelPath = '', contextText = '512', threadsText = '1'] = process.argv.slice(2);
const threads = Number(threadsText);
const log = createLlamaLog(() => undefined);
const llama = await openLlama('cpu', log, threads);
const model = await llama.loadModel({ modelPath, gpuLayers: 0, defaultContextFlashAttention: true });
const context = await model.createContext({
  contextSize: Number(contextText),
  sequences: 1,
  batchSize: 512,
  flashAttention: true,
  threads,
});
const native = reachNative(llama, model, context);
if (typeof native === 'string') throw new Error(native);
const prompter = createPrompter(llama, model);

async function evaluate(from: number, tokens: Uint32Array): Promise<void> {
  if (typeof native === 'string') return;
  native.context.removeTokenCellsFromSequence(0, from, -1);
  native.context.initBatch(tokens.length);
  native.context.addToBatch(0, from, tokens, Uint32Array.of(tokens.length - 1));
  await native.context.decodeBatch();
}

async function answer(request: BareRequest): Promise<BareReply> {
  if (typeof native === 'string') throw new Error(native);
  native.context.setThreads(request.threads);
  const prepared = request.prompts.map((prompt) => prompter.prepare(prompt));
  const [first] = prepared;
  native.context.disposeSequence(0);
  if (first) await evaluate(0, first.tokens.subarray(0, first.cuts.at(-1) ?? 0));
  const before = process.cpuUsage();
  const startedAt = performance.now();
  let tokens = 0;
  for (const { tokens: all, cuts } of prepared) {
    const rest = all.subarray(cuts.at(-1) ?? 0);
    await evaluate(all.length - rest.length, rest);
    tokens += rest.length;
  }
  const seconds = (performance.now() - startedAt) / 1000;
  const { user, system } = process.cpuUsage(before);
  return { seconds, cpuSeconds: (user + system) / 1e6, tokens };
}

process.on('message', (request: BareRequest) => {
  void answer(request).then((reply) => process.send?.(reply));
});
process.on('disconnect', () => process.exit(0));
process.send?.('ready');
