// The child that asks llama.cpp: dry runs of models and contexts from header-only files, without weights. Plain
// JavaScript, because it reaches into node-llama-cpp for the log lines that name devices.
import { readFileSync, writeFileSync } from 'node:fs';
import { getLlama, GgmlType, GgufInsights, LlamaLogLevel, readGgufFileInfo } from 'node-llama-cpp';

const [, , requestPath, answerPath] = process.argv;
const request = JSON.parse(readFileSync(requestPath, 'utf8'));
const lines = [];
const llama = await getLlama({
  gpu: request.gpu,
  build: 'never',
  skipDownload: true,
  progressLogs: false,
  logLevel: LlamaLogLevel.info,
  logger: (_, message) => lines.push(message),
});
// A dry run normally hushes llama.cpp; its buffer sizes per device are what the test wants to hear.
llama._createLogLevelOverride = () => () => undefined;

const insights = new Map();
const answers = [];
for (const job of request.jobs) {
  const known = insights.get(job.path) ?? (await GgufInsights.from(await readGgufFileInfo(job.path), llama));
  insights.set(job.path, known);
  lines.length = 0;
  const model = await known.estimateModelResourceRequirementsV2({ gpuLayers: job.gpuLayers, useMmap: false });
  const context = await known.estimateContextResourceRequirementsV2({
    contextSize: job.contextPerSequence,
    modelGpuLayers: job.gpuLayers,
    batchSize: job.batch,
    sequences: job.sequences,
    flashAttention: job.flashAttention,
    kvCacheKeyType: GgmlType[job.kvType.toUpperCase()],
    kvCacheValueType: GgmlType[job.kvType.toUpperCase()],
    swaFullCache: false,
  });
  answers.push({ model, context, lines: lines.filter((l) => /size =|failed|Failed|error/.test(l)) });
}
// What llama.cpp says arrives on another thread; one turn of the loop lets the last lines in.
await new Promise((resolve) => setImmediate(resolve));
writeFileSync(answerPath, JSON.stringify(answers));
process.exit(0);
