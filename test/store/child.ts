import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

import { z } from 'zod';

const WRITER = new URL('./child-writer.ts', import.meta.url);

const line = z.object({
  claimed: z.boolean().optional(),
  answered: z.array(z.number()).optional(),
  judged: z.array(z.number()).optional(),
  done: z.boolean().optional(),
});
export type Line = z.infer<typeof line>;

export interface Ended {
  readonly lines: readonly Line[];
  readonly signal: string | null;
  readonly code: number | null;
  readonly errors: string;
}

/** Runs child-writer.ts; `onLine` may kill it. Resolves when it has ended and all it said is read. */
export async function runWriter(
  args: readonly string[],
  onLine: (line: Line, kill: () => void) => void = () => undefined,
): Promise<Ended> {
  const child = spawn(process.execPath, [fileURLToPath(WRITER), ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const lines: Line[] = [];
  let errors = '';
  child.stderr.on('data', (chunk) => {
    errors += String(chunk);
  });
  const reader = createInterface({ input: child.stdout });
  reader.on('line', (text) => {
    const said = line.parse(JSON.parse(text));
    lines.push(said);
    onLine(said, () => child.kill('SIGKILL'));
  });
  await Promise.all([once(child, 'close'), once(reader, 'close')]);
  return { lines, signal: child.signalCode, code: child.exitCode, errors };
}
