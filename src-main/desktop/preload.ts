import { contextBridge, ipcRenderer, webUtils } from 'electron';
import { createBridge } from './bridge.ts';

// The page's window; the rest of the program has no DOM.
declare const window: {
  postMessage(message: unknown, targetOrigin: string, transfer: readonly unknown[]): void;
};

contextBridge.exposeInMainWorld(
  'bridge',
  createBridge({
    invoke: (channel, ...values) => ipcRenderer.invoke(channel, ...values),
    onPort: (channel, listener) => {
      ipcRenderer.on(channel, (event, origin: unknown) => listener(origin, event.ports));
    },
    postToPage: (message, origin, ports) => window.postMessage(message, origin, ports),
    pathForFile: (file) => webUtils.getPathForFile(file),
  }),
);
