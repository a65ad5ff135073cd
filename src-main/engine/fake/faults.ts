import { writeSync } from 'node:fs';
import type { Script } from './script.ts';

type When = 'hello' | 'load' | 'answer';

/** The IPC channel is the fourth entry of stdio, so its descriptor is 3. */
const CHANNEL = 3;

/**
 * Does what the script wants done at this moment, `count` answers into the run. Returns 'mute' when the engine shall
 * go on beating without ever answering again.
 */
export function strike(script: Script, when: When, count: number): 'go' | 'mute' {
  const due = (moment: { when: When; after: number } | undefined): boolean =>
    moment !== undefined && moment.when === when && count >= moment.after;
  if (due(script.flood)) flood(script.flood?.how ?? 'stderr');
  if (due(script.garbage)) sendGarbage(script.garbage?.how ?? 'text');
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

function sendGarbage(how: NonNullable<Script['garbage']>['how']): void {
  const progress = { generatedTokens: 0, promptTokens: 0, activeSequences: 0, steps: 0, busy: false };
  const results = (list: unknown): unknown => ({ t: 'q', m: 'results', a: [1, 1, list, progress] });
  if (how === 'bytes') writeSync(CHANNEL, Buffer.from('ffffffff00ff00ff', 'hex'));
  else if (how === 'text') process.send?.('not a message of this protocol');
  else if (how === 'null') process.send?.({ t: 's' });
  else if (how === 'result') process.send?.({ t: 'q', m: 'beat', a: [1, { steps: 'many' }] });
  else process.send?.(results([]));
}

const FLOOD_LINES = 200_000;

function flood(how: NonNullable<Script['flood']>['how']): void {
  if (how === 'line') {
    process.stderr.write('x'.repeat(64 * 1024 * 1024));
    return;
  }
  for (let line = 0; line < FLOOD_LINES; line++) {
    if (how === 'stderr') process.stderr.write(`line ${line} of a flood\n`);
    else process.send?.({ t: 'q', m: 'log', a: [1, [`line ${line} of a flood`]] });
  }
}
