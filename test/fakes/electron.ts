import type { MessagePort } from 'node:worker_threads';
import type { Port } from '../../src-main/desktop/port-line.ts';

/** A port of worker_threads in the shape of Electron's MessagePortMain: messages arrive wrapped in an event. */
export function mainPort(port: MessagePort): Port {
  return {
    on(event: 'message' | 'close', listener: (event: { readonly data: unknown }) => void) {
      if (event === 'message') port.on('message', (data: unknown) => listener({ data }));
      else port.on('close', () => listener({ data: undefined }));
    },
    postMessage: (message) => port.postMessage(message),
    start: () => port.start(),
    close: () => port.close(),
  };
}
