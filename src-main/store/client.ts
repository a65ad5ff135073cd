import { pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';

import type { Store, StoreApi, StoreArgs, StoreMethod, StoreResult } from './api.ts';
import { StoreError } from './api.ts';
import type { ReceivedReply, WorkerData } from './protocol.ts';
import { READS } from './routing.ts';
import { packAnswers } from './wire.ts';
import { packRows } from './wire-rows.ts';

export interface StoreOptions {
  /** The database file; its directory is made (0700) when it is not there. */
  readonly path: string;
  /** The worker's entry: worker.ts from source, store-worker.js from a build. A path or a file: URL. */
  readonly workerEntry: string | URL;
  /** Reading threads, started when they are first needed: 2 (default) keeps lists from waiting for statistics, 1 shares one, 0 reads where it is written. */
  readonly readers?: 0 | 1 | 2;
}

interface Pending {
  /** Results are typed where the call is made. */
  readonly resolve: (value: never) => void;
  readonly reject: (error: StoreError) => void;
}

interface Lane {
  call<M extends StoreMethod>(method: M, args: unknown): Promise<StoreResult<M>>;
  /** Answers what was asked before, closes the connection, ends the thread. */
  close(): Promise<void>;
}

/**
 * Opens the database in worker threads: one writes, others read beside it.
 * @throws StoreError 'from-the-future', 'corrupt', 'read-only', 'disk-full' or 'locked', with a sentence.
 */
export async function openStore(options: StoreOptions): Promise<Store> {
  const { path, readers = 2 } = options;
  const entry = typeof options.workerEntry === 'string' ? toUrl(options.workerEntry) : options.workerEntry;
  // The writer first: it makes and migrates the file that the others open.
  const writer = await startLane(entry, { path, mode: 'write' });
  const reading = Array.from({ length: readers }, () =>
    startedWhenNeeded(() => startLane(entry, { path, mode: 'read' })),
  );
  const lanes = { list: reading[0] ?? writer, statistic: reading[1] ?? reading[0] ?? writer };
  let closing: Promise<void> | null = null;
  return {
    path,
    call<M extends StoreMethod>(method: M, ...args: Parameters<StoreApi[M]>) {
      if (closing !== null) {
        return Promise.reject(new StoreError('internal', 'The database is being closed.'));
      }
      const read = READS[method];
      return (read === undefined ? writer : lanes[read]).call(method, args[0]);
    },
    async [Symbol.asyncDispose]() {
      closing ??= closeAll(writer, reading);
      await closing;
    },
  };
}

function toUrl(entry: string): URL {
  return entry.startsWith('file:') ? new URL(entry) : pathToFileURL(entry);
}

/** A lane that costs nothing until something is asked of it: a short command may never need a second reader. */
function startedWhenNeeded(start: () => Promise<Lane>): Lane {
  let started: Promise<Lane> | null = null;
  return {
    async call<M extends StoreMethod>(method: M, args: unknown) {
      started ??= start();
      return (await started).call(method, args);
    },
    async close() {
      const lane = await started?.catch(() => null);
      await lane?.close();
    },
  };
}

/** Readers first, so that the writer is the last connection and folds the log into the file. */
async function closeAll(writer: Lane, readers: readonly Lane[]): Promise<void> {
  await Promise.all(readers.map((reader) => reader.close()));
  await writer.close();
}

async function startLane(entry: URL, data: WorkerData): Promise<Lane> {
  const worker = new Worker(entry, { workerData: data, name: `store-${data.mode}` });
  const pending = new Map<number, Pending>();
  const exited = new Promise<void>((resolve) => worker.once('exit', () => resolve()));
  let gone: StoreError | null = null;
  let nextId = 1;

  const fail = (error: StoreError): void => {
    gone ??= error;
    for (const call of pending.values()) call.reject(gone);
    pending.clear();
  };
  await new Promise<void>((resolve, reject) => {
    worker.on('message', (reply: ReceivedReply) => {
      if (reply.type === 'ready') return resolve();
      if (reply.type === 'refused') return reject(new StoreError(reply.error.kind, reply.error.message));
      const call = pending.get(reply.id);
      pending.delete(reply.id);
      if (reply.type === 'result') return call?.resolve(reply.value);
      return call?.reject(new StoreError(reply.error.kind, reply.error.message));
    });
    worker.on('error', (error) => {
      const failure = new StoreError('internal', `The store's thread failed: ${String(error)}`, {
        cause: error,
      });
      fail(failure);
      reject(failure);
    });
    worker.on('exit', () => {
      const failure = new StoreError('internal', "The store's thread has ended. Start Assize again.");
      fail(failure);
      reject(failure);
    });
  });

  return {
    call<M extends StoreMethod>(method: M, args: unknown) {
      return new Promise<StoreResult<M>>((resolve, reject) => {
        if (gone !== null) return reject(gone);
        const id = nextId;
        nextId += 1;
        try {
          const [value, transferred] = onTheWire(method, args);
          // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a worker thread has no origin
          worker.postMessage({ id, method, args: value }, transferred);
        } catch (error) {
          return reject(
            new StoreError('internal', `The arguments of ${method} cannot be sent: ${String(error)}`, {
              cause: error,
            }),
          );
        }
        return pending.set(id, { resolve, reject });
      });
    },
    async close() {
      // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a worker thread has no origin
      if (gone === null) worker.postMessage('close');
      await exited;
    },
  };
}

function onTheWire(method: StoreMethod, args: unknown): [unknown, ArrayBuffer[]] {
  if (arePut(method, args)) {
    const packed = packAnswers(args);
    return [packed, [packed.ids.buffer, packed.logprobs.buffer]];
  }
  if (areAppended(method, args)) {
    const packed = packRows(args);
    return [packed, [packed.numbers.buffer, packed.shas.buffer]];
  }
  return [args, []];
}

/** Whether these are the arguments of runs.putAnswers, which go packed. */
function arePut(method: StoreMethod, args: unknown): args is StoreArgs<'runs.putAnswers'> {
  return method === 'runs.putAnswers' && args !== undefined;
}

/** Whether these are the arguments of datasets.append, which go packed. */
function areAppended(method: StoreMethod, args: unknown): args is StoreArgs<'datasets.append'> {
  return method === 'datasets.append' && args !== undefined;
}
