import type { ParentPort } from 'electron';
import { createCore } from '../core/core.ts';
import { locate } from '../core/locations.ts';
import { hostCore } from './core-host.ts';

// Inside a utility process an unhandled rejection only warns. Core must not go on half dead: it ends, as it would in plain Node.
process.on('unhandledRejection', (reason) => {
  throw reason;
});

const parentPort: ParentPort = process.parentPort;

hostCore(
  {
    on: (event, listener) => parentPort.on(event, listener),
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- not a window: it takes no origin
    send: (message) => parentPort.postMessage(message),
  },
  ({ dataDir, version, nodePath }, shell) =>
    createCore({
      dataDir,
      door: 'desktop',
      version,
      locations: locate(import.meta.dirname),
      nodePath,
      env: process.env,
      apiKey: (variable) => shell.apiKey(variable),
    }),
  (code) => process.exit(code),
);
