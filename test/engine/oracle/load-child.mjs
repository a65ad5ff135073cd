// The child that really loads header-only files on the CPU (weights are holes of zeros) and tells what llama.cpp's log says of
// its buffers: dry runs know nothing of weights that a CPU's kernels want in another order.
import { readFileSync, writeFileSync } from 'node:fs';
import { getLlama, LlamaLogLevel } from 'node-llama-cpp';

const [, , requestPath, answerPath] = process.argv;
const answers = [];
let lines = [];
const llama = await getLlama({
  gpu: false,
  build: 'never',
  skipDownload: true,
  progressLogs: false,
  logLevel: LlamaLogLevel.info,
  logger: (_, message) => lines.push(...message.split('\n')),
});
for (const { path, mmap } of JSON.parse(readFileSync(requestPath, 'utf8'))) {
  lines = [];
  const model = await llama.loadModel({ modelPath: path, useMmap: mmap, ignoreMemorySafetyChecks: true });
  // What llama.cpp says arrives on another thread; it has said all when its last buffer is told of.
  while (!lines.some((line) => line.includes('model buffer size'))) {
    await new Promise((resolve) => setImmediate(resolve));
  }
  await model.dispose();
  answers.push(
    lines.flatMap((line) => /(\w+) model buffer size =\s+([\d.]+) MiB/.exec(line)?.slice(1, 3) ?? []),
  );
}
writeFileSync(answerPath, JSON.stringify(answers));
process.exit(0);
