import type { Readable } from 'node:stream';

/** A line longer than this is cut: a flood without line ends must not fill memory. */
const LINE_CHARS = 4096;
/** Lines handed on in one child's life; what comes after is counted, not kept. */
const LINE_LIMIT = 5000;
/** The last lines kept for the sentence that explains a crash. */
const TAIL_LINES = 40;

/** What a child said, bounded: each line goes to `log` until the limit, the last ones are kept for an explanation. */
export interface LogCapture {
  attach(stream: Readable | null): void;
  line(text: string): void;
  tail(): readonly string[];
}

export function createLogCapture(log: (line: string) => void): LogCapture {
  const tail: string[] = [];
  let handed = 0;
  const line = (text: string): void => {
    const cut = text.slice(0, LINE_CHARS).trimEnd();
    if (cut === '') return;
    tail.push(cut);
    if (tail.length > TAIL_LINES) tail.shift();
    handed += 1;
    if (handed < LINE_LIMIT) log(cut);
    else if (handed === LINE_LIMIT)
      log(`(the engine has said ${LINE_LIMIT} lines; further ones are not kept)`);
  };
  return {
    line,
    tail: () => tail,
    attach(stream) {
      if (!stream) return;
      let rest = '';
      stream.setEncoding('utf8');
      stream.on('data', (chunk: string) => {
        const lines = (rest + chunk).split('\n');
        rest = (lines.pop() ?? '').slice(0, LINE_CHARS);
        for (const text of lines) line(text);
      });
      stream.on('end', () => line(rest));
      // The pipe of a killed child may break; its exit is what counts.
      stream.on('error', () => undefined);
    },
  };
}
