import { type CoreStart, fromCoreSchema, type ToCore } from './core-messages.ts';

/** Electron's UtilityProcess, as far as it is used. */
export interface CoreChild<P> {
  on(event: 'message', listener: (message: unknown) => void): unknown;
  on(event: 'exit', listener: (code: number) => void): unknown;
  postMessage(message: ToCore, ports: P[]): void;
  kill(): boolean;
}

export interface CoreLink<P> {
  /** Starts core when it does not run, hands it a window's port, and resolves when core is ready. Rejects with a sentence. */
  connect(port: P): Promise<void>;
  /** The grant for a path that the shell learned from the user; null when there is nothing at it. */
  grant(path: string): Promise<string | null>;
  resolve(grant: string): Promise<string | null>;
  /** Lets core finish and sees it exit, by force after the deadline; gives up on it a little later. Nothing starts after it. */
  stop(): Promise<void>;
}

export interface CoreLinkOptions<P> {
  readonly fork: () => CoreChild<P>;
  readonly start: CoreStart;
  /** The key under the name of a variable, for the servers that an experiment names. */
  readonly apiKey: (variable: string) => string | null;
  /** Core ended though nobody asked it to, or could not open. */
  readonly onTrouble: (sentence: string) => void;
  readonly stopDeadlineMs?: number;
}

/** Ending an engine child takes core up to five seconds; closing the database comes after it. */
const STOP_DEADLINE_MS = 8000;

/** A core that dies this often in a row has a cause that another start does not remove. */
const MAX_CRASHES = 3;

interface Generation<P> {
  readonly child: CoreChild<P>;
  readonly ready: Promise<void>;
  readonly exited: Promise<void>;
  readonly waiting: Map<number, { resolve: (value: string | null) => void; reject: (reason: Error) => void }>;
}

/**
 * The shell's end of the core process. It is started when first needed, again on the next need after it died, and no more after it died
 * three times; what a dead one owed is rejected, never replayed.
 */
export function createCoreLink<P>(options: CoreLinkOptions<P>): CoreLink<P> {
  let current: Generation<P> | null = null;
  let crashes = 0;
  let stopping = false;
  let lastId = 0;

  function startGeneration(): Generation<P> {
    if (stopping) throw new Error('Assize is closing.');
    if (crashes >= MAX_CRASHES) {
      throw new Error(
        'The workbench ended several times. Close Assize, look into its log, and open it again.',
      );
    }
    const child = options.fork();
    const ready = Promise.withResolvers<void>();
    const exited = Promise.withResolvers<void>();
    ready.promise.catch(() => undefined);
    const generation: Generation<P> = {
      child,
      ready: ready.promise,
      exited: exited.promise,
      waiting: new Map(),
    };
    let told = false;
    child.on('message', (raw) => {
      const message = fromCoreSchema.safeParse(raw);
      if (!message.success) return;
      if (message.data.kind === 'ready') {
        ready.resolve();
      } else if (message.data.kind === 'failed') {
        told = true;
        ready.reject(new Error(message.data.message));
        options.onTrouble(message.data.message);
      } else if (message.data.kind === 'key-wanted') {
        child.postMessage(
          { kind: 'key', id: message.data.id, value: options.apiKey(message.data.variable) },
          [],
        );
      } else {
        generation.waiting.get(message.data.id)?.resolve(message.data.value);
        generation.waiting.delete(message.data.id);
      }
    });
    child.on('exit', (code) => {
      if (current === generation) current = null;
      const gone = new Error('The workbench ended before it answered.');
      ready.reject(gone);
      for (const { reject } of generation.waiting.values()) reject(gone);
      exited.resolve();
      if (stopping) return;
      crashes += 1;
      if (!told && crashes >= MAX_CRASHES) {
        options.onTrouble(`The workbench ended again (code ${code}). What was saved is kept.`);
      }
    });
    child.postMessage(options.start, []);
    return generation;
  }

  const running = (): Generation<P> => (current ??= startGeneration());

  async function ask(message: { kind: 'grant'; path: string } | { kind: 'resolve'; grant: string }) {
    const { child, waiting, ready } = running();
    await ready;
    const id = (lastId += 1);
    const answer = new Promise<string | null>((resolve, reject) => waiting.set(id, { resolve, reject }));
    child.postMessage({ ...message, id }, []);
    return answer;
  }

  return {
    async connect(port) {
      const { child, ready } = running();
      child.postMessage({ kind: 'port' }, [port]);
      await ready;
    },
    grant: (path) => ask({ kind: 'grant', path }),
    resolve: (grant) => ask({ kind: 'resolve', grant }),
    async stop() {
      stopping = true;
      if (current === null) return;
      const { child, exited } = current;
      child.postMessage({ kind: 'stop' }, []);
      const deadlineMs = options.stopDeadlineMs ?? STOP_DEADLINE_MS;
      const given = Promise.withResolvers<void>();
      const timers = [
        setTimeout(() => child.kill(), deadlineMs),
        // A process that a driver or a dead disk holds does not end by force either; the program still has to.
        setTimeout(() => given.resolve(), 1.25 * deadlineMs),
      ];
      await Promise.race([exited, given.promise]);
      timers.forEach(clearTimeout);
    },
  };
}
