import type { Database } from 'better-sqlite3';
import { parentPort, workerData } from 'node:worker_threads';

import { openReader, openWriter } from './connection.ts';
import { toStoreError } from './errors.ts';
import { handle } from './handlers.ts';
import type { Reply, Request } from './protocol.ts';
import { workerDataShape } from './protocol.ts';

/** A worker thread of the store: one connection, one call after the other until it is told to close. */
function serve(): void {
  const port = parentPort;
  if (port === null) throw new Error('The store worker is started by the store, in a thread.');
  const { path, mode } = workerDataShape.parse(workerData);
  const send = (reply: Reply): void => port.postMessage(reply);

  let db: Database;
  try {
    db = mode === 'write' ? openWriter(path) : openReader(path);
  } catch (error) {
    const { kind, message } = toStoreError(error, path);
    send({ type: 'refused', error: { kind, message } });
    port.close();
    return;
  }

  port.on('message', (request: Request | 'close') => {
    if (request === 'close') {
      db.close();
      port.close();
      return;
    }
    try {
      send({ type: 'result', id: request.id, value: handle(db, request) });
    } catch (error) {
      const { kind, message } = toStoreError(error, path);
      send({ type: 'failed', id: request.id, error: { kind, message } });
    }
  });
  send({ type: 'ready' });
}

serve();
