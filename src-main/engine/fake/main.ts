/** A scripted engine that speaks the real protocol: deterministic answers, and faults where ASSIZE_FAKE asks for them. */
import { serveChild } from '../child/serve.ts';
import type { Program } from '../child/serve.ts';
import type { LoadedModel } from '../engine.ts';
import type { ChildProgress } from '../protocol.ts';
import { answerFake, countFake, readFake, scoreFake } from './answers.ts';
import { strike } from './faults.ts';
import { readScript } from './script.ts';
import type { Script } from './script.ts';

function fakeModel(script: Script, settings: LoadedModel['settings'], startedAt: number): LoadedModel {
  return {
    settings,
    totalLayers: 2,
    contextTrained: 2048,
    chatTemplateSha256: script.instruct ? '0'.repeat(64) : null,
    instruct: script.instruct,
    versions: { nodeLlamaCpp: 'fake', llamaCpp: 'fake', node: process.version },
    backend: settings.backend,
    deviceNames: [],
    memory: [{ deviceId: 'host', weightsBytes: 1024, kvBytes: 512, computeBytes: 256 }],
    loop: 'own',
    shape: 'constant',
    loadMs: Date.now() - startedAt,
    pid: process.pid,
    notes: ['A scripted engine: its answers come from no model.'],
  };
}

function createFake(script: Script, generation: () => number): Program {
  const progress = { generatedTokens: 0, promptTokens: 0, activeSequences: 0, steps: 0, busy: false };
  let answered = 0;
  let taken = 0;
  const cancelled = new Set<number>();
  const later = (stream: number, give: () => number): void => {
    const act = (): void => {
      if (cancelled.has(stream)) return;
      progress.busy = true;
      if (strike(script, 'answer', answered, generation()) === 'mute') return;
      answered += 1;
      progress.steps += 1;
      progress.generatedTokens += give();
      progress.busy = answered < taken;
    };
    taken += 1;
    if (script.answerDelayMs > 0) setTimeout(act, script.answerDelayMs);
    else act();
  };
  return {
    ...(script.protocol === undefined ? {} : { protocol: script.protocol }),
    async load({ settings }) {
      const startedAt = Date.now();
      strike(script, 'load', 0);
      if (script.hang?.when === 'load' && script.hang.how === 'decode') return new Promise(() => undefined);
      if (script.loadDelayMs > 0) await new Promise((resolve) => setTimeout(resolve, script.loadDelayMs));
      if (script.refuse) return { ok: false, ...script.refuse };
      return { ok: true, model: fakeModel(script, settings, startedAt) };
    },
    countTokens: (prompts) => prompts.map(countFake),
    generate(stream, job, reply) {
      later(stream, () => {
        const result = answerFake(script, job);
        reply(result);
        return result.tokenIds.length;
      });
    },
    score(stream, job, reply) {
      later(stream, () => {
        reply(scoreFake(script, job));
        return 0;
      });
    },
    cancel(stream, stopped) {
      cancelled.add(stream);
      progress.busy = false;
      if (!(script.hang?.when === 'answer' && script.hang.how === 'decode')) stopped();
    },
    progress: (): ChildProgress => ({ ...progress }),
    readHeader(path) {
      strike(script, 'header', 0);
      const problem = 'The scripted engine reads no files.';
      return Promise.resolve({ path, header: null, chatTemplateSha256: null, vocabulary: 0, problem });
    },
    devices: () => Promise.resolve(null),
    dryRun: () => Promise.resolve([]),
    tokenCounts: (_path, prompts) => Promise.resolve(prompts.map(countFake)),
    readPrompt: (_path, prompt, labels) => Promise.resolve(readFake(prompt, labels)),
  };
}

const script = readScript(process.env);
// A fault of the handshake strikes before the channel is served, so that nothing answers.
strike(script, 'hello', 0);
const served = serveChild(createFake(script, () => served.generation()));
