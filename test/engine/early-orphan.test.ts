import { fork } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { expect, test } from 'vitest';

const ENGINE = resolve(import.meta.dirname, '..', '..', 'src-main', 'engine', 'runtime', 'main.ts');

// Catches: a host killed while its engine was starting left a process behind for ever, deaf to Ctrl-C and SIGTERM.
test.skipIf(process.platform === 'win32')('an engine whose host is gone before it listens ends', async () => {
  const child = fork(ENGINE, {
    execPath: process.execPath,
    execArgv: [],
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  });
  try {
    child.disconnect();
    expect(await once(child, 'exit', { signal: AbortSignal.timeout(20_000) })).toEqual([null, 'SIGKILL']);
  } finally {
    child.kill('SIGKILL');
  }
});
