/** Keys pressed on a terminal, one at a time; from a pipe, its characters. */
export interface KeyReader extends Disposable {
  /** Lower case; null at the end of the input, or when the signal aborts. */
  next(): Promise<string | null>;
  /** Gives the terminal back for as long as a line is typed. */
  paused<R>(work: () => Promise<R>): Promise<R>;
}

const CTRL_C = '\u0003';
const CTRL_D = '\u0004';

/** Reads stdin raw where it is a terminal. Ctrl-C and Ctrl-D end the input. */
export function keyReader(signal: AbortSignal): KeyReader {
  const { stdin } = process;
  const waiting: ((key: string | null) => void)[] = [];
  const typed: (string | null)[] = [];
  let ended = false;
  const give = (key: string | null): void => {
    const taker = waiting.shift();
    if (taker === undefined) typed.push(key);
    else taker(key);
  };
  const end = (): void => {
    if (ended) return;
    ended = true;
    give(null);
  };
  const read = (text: string): void => {
    for (const key of text) {
      if (key === CTRL_C || key === CTRL_D) return end();
      if (key.trim() !== '') give(key.toLowerCase());
    }
  };
  const listen = (): void => {
    if (stdin.isTTY) stdin.setRawMode(true);
    stdin.setEncoding('utf8');
    stdin.on('data', read);
    stdin.on('end', end);
    stdin.resume();
  };
  const leave = (): void => {
    if (stdin.isTTY) stdin.setRawMode(false);
    stdin.off('data', read);
    stdin.off('end', end);
    stdin.pause();
  };
  signal.addEventListener('abort', end, { once: true });
  listen();
  return {
    next() {
      const key = typed.shift();
      if (key !== undefined) return Promise.resolve(key);
      if (ended) return Promise.resolve(null);
      return new Promise((resolve) => waiting.push(resolve));
    },
    async paused(work) {
      leave();
      try {
        return await work();
      } finally {
        listen();
      }
    },
    [Symbol.dispose]() {
      signal.removeEventListener('abort', end);
      leave();
    },
  };
}
