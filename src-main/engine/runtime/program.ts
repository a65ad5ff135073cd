import type { Program } from '../child/serve.ts';
import type { ChildProgress } from '../protocol.ts';
import { loadModel } from './model.ts';
import type { Loaded } from './model.ts';
import { dryRun, probeBackend, readHeader, readPrompt, tokenCounts } from './probe.ts';

const IDLE: ChildProgress = {
  generatedTokens: 0,
  promptTokens: 0,
  activeSequences: 0,
  steps: 0,
  busy: false,
};

/** What the child does on request. One model a process: unloading is its end. */
export function createProgram(options: { log: (line: string) => void }): Program {
  let loaded: Loaded | null = null;
  const model = (): Loaded => {
    if (!loaded) throw new Error('No model is loaded in this engine.');
    return loaded;
  };
  const broken = (error: unknown): void => {
    // To stderr, which is read to its end: a message on the channel might not get out.
    console.error(`A decode failed: ${error instanceof Error ? error.message : String(error)}`);
    process.exit(1);
  };
  return {
    async load(request) {
      if (loaded)
        return { ok: false, kind: 'protocol', message: 'A model is loaded in this engine already.' };
      const reply = await loadModel(request, { log: options.log, broken });
      if (!reply.ok) return reply;
      loaded = reply;
      return { ok: true, model: reply.model };
    },
    countTokens: (prompts) => model().jobs.countTokens(prompts),
    generate: (stream, job, reply) => model().jobs.generate(stream, job, reply),
    score: (stream, job, reply) => model().jobs.score(stream, job, reply),
    cancel: (stream, stopped) => model().decoder.cancel(stream, stopped),
    progress: () => loaded?.decoder.progress() ?? IDLE,
    readHeader,
    devices: probeBackend,
    dryRun,
    tokenCounts,
    readPrompt,
  };
}
