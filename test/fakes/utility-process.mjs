// The inside of a utility process, as far as core's entry sees it, in a worker thread: `process.parentPort` whose messages come as events
// with their ports. Run as the worker; the entry's address is workerData.
import { parentPort, workerData } from 'node:worker_threads';

const wrap = (port) => ({
  on(event, listener) {
    if (event === 'message') port.on('message', (data) => listener({ data }));
    else port.on(event, () => listener());
  },
  postMessage: (message, transfer = []) => port.postMessage(message, transfer),
  start: () => port.start(),
  close: () => port.close(),
});

process.parentPort = {
  on: (_event, listener) =>
    parentPort.on('message', ({ data, ports }) => listener({ data, ports: ports.map(wrap) })),
  postMessage: (message) => parentPort.postMessage(message, []),
};

await import(workerData);
