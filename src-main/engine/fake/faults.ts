import { writeSync } from 'node:fs';
import { answerFake } from './answers.ts';
import { scriptSchema } from './script.ts';
import type { Script } from './script.ts';

type When = 'hello' | 'load' | 'header' | 'answer';

/** The IPC channel is the fourth entry of stdio, so its descriptor is 3. */
const CHANNEL = 3;

/**
 * Does what the script wants done at this moment, `count` answers into the run. Returns 'mute' when the engine shall
 * go on beating without ever answering again.
 */
export function strike(script: Script, when: When, count: number, generation = 0): 'go' | 'mute' {
  const due = (moment: { when: When; after: number } | undefined): boolean =>
    moment !== undefined && moment.when === when && count >= moment.after;
  if (due(script.flood)) flood(script.flood?.how ?? 'stderr', generation);
  if (due(script.garbage)) sendGarbage(script.garbage?.how ?? 'text', generation);
  if (due(script.die)) die(script.die?.how ?? 'SIGKILL');
  if (due(script.hang)) {
    if (script.hang?.how === 'decode') return 'mute';
    blockForEver();
  }
  return 'go';
}

function die(how: NonNullable<Script['die']>['how']): void {
  if (how === 'exit0') process.exit(0);
  if (how === 'exit1') process.exit(1);
  process.kill(process.pid, how);
  // The signal is delivered on return to user space; nothing more may be sent before it.
  blockForEver();
}

function blockForEver(): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
}

function sendGarbage(how: NonNullable<Script['garbage']>['how'], generation: number): void {
  const progress = { generatedTokens: 0, promptTokens: 0, activeSequences: 0, steps: 0, busy: false };
  const result = answerFake(scriptSchema.parse({}), {
    id: 'nobody asked',
    prompt: { kind: 'text', text: '' },
    decoding: { temperature: 0, topP: 1, maxTokens: 1, stop: [] },
    sampleIndex: 0,
    seed: 0,
  });
  // The first stream of an engine is number 1.
  const results = (from: number, list: unknown): unknown => ({
    t: 'q',
    m: 'results',
    a: [from, 1, list, progress],
  });
  if (how === 'bytes') writeSync(CHANNEL, Buffer.from('ffffffff00ff00ff', 'hex'));
  else if (how === 'text') process.send?.('not a message of this protocol');
  else if (how === 'null') process.send?.(null);
  else if (how === 'progress') process.send?.({ t: 'q', m: 'beat', a: [generation, { steps: 'many' }] });
  else if (how === 'result') process.send?.(results(generation, [{ ...result, logprobs: 'none' }]));
  else if (how === 'unknown-job') process.send?.(results(generation, [result]));
  else process.send?.(results(generation - 1, [result]));
}

const FLOOD_LINES = 50_000;

function flood(how: NonNullable<Script['flood']>['how'], generation: number): void {
  if (how === 'line') {
    process.stderr.write('x'.repeat(64 * 1024 * 1024));
    return;
  }
  for (let line = 0; line < FLOOD_LINES; line++) {
    if (how === 'stderr') process.stderr.write(`line ${line} of a flood\n`);
    else process.send?.({ t: 'q', m: 'log', a: [generation, [`line ${line} of a flood`]] });
  }
}
