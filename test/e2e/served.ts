import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import type { Page } from 'playwright-core';
import { z } from 'zod';
import { type Script, writeModel } from '../engine/runs/workbench.ts';
import { CLI, ROOT } from './terminal.ts';

const address = z.object({ url: z.string(), port: z.number() });

/** A home of its own: no caches of other programs, one folder with two models that are headers only. */
export interface Home {
  readonly root: string;
  readonly dataDir: string;
  readonly models: string;
  remove(): void;
}

export function createHome(names: readonly string[] = ['generator', 'judge']): Home {
  const root = mkdtempSync(join(tmpdir(), 'assize-served-'));
  const models = join(root, 'my-models');
  mkdirSync(models);
  names.forEach((name, index) => writeModel(join(models, `${name}.gguf`), index + 2));
  return {
    root,
    models,
    dataDir: join(root, 'data'),
    remove: () => rmSync(root, { recursive: true, force: true }),
  };
}

export interface Served {
  readonly url: string;
  readonly port: number;
  readonly process: ChildProcess;
  stop(signal?: NodeJS.Signals): Promise<void>;
}

/** The built `assize serve` in a process of its own, on a scripted engine. */
export async function serve(home: Home, script: Script = {}, port = 0): Promise<Served> {
  const child = spawn(process.execPath, [CLI, 'serve', '--port', String(port), '--json'], {
    env: {
      PATH: process.env['PATH'],
      HOME: home.root,
      ASSIZE_DATA_DIR: home.dataDir,
      ASSIZE_ENGINE_ENTRY: resolve(ROOT, 'out', 'main', 'fake-engine.js'),
      ASSIZE_FAKE: JSON.stringify(script),
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const lines: string[] = [];
  for await (const line of createInterface({ input: child.stdout })) {
    lines.push(line);
    if (line === '}') break;
  }
  const { url, port: bound } = address.parse(JSON.parse(lines.join('\n')));
  return {
    url,
    port: bound,
    process: child,
    async stop(signal = 'SIGTERM') {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const exited = once(child, 'exit');
      child.kill(signal);
      await exited;
    },
  };
}

export interface Dropped {
  readonly name: string;
  readonly text?: string;
  readonly base64?: string;
}

/** Drops files on the window as a person would. */
export async function drop(page: Page, files: readonly Dropped[]): Promise<void> {
  const transfer = await page.evaluateHandle((given) => {
    const data = new DataTransfer();
    for (const { name, text, base64 } of given) {
      const bytes =
        base64 === undefined ? [text ?? ''] : [Uint8Array.from(atob(base64), (c) => c.charCodeAt(0))];
      data.items.add(new File(bytes, name));
    }
    return data;
  }, files);
  for (const type of ['dragenter', 'dragover', 'drop'])
    await page.dispatchEvent('main', type, { dataTransfer: transfer });
}

/** Drops a file or folder of this machine on the window, through the browser's own handling of a drag. */
export async function dropPath(page: Page, path: string): Promise<void> {
  const session = await page.context().newCDPSession(page);
  const data = { items: [], files: [path], dragOperationsMask: 1 };
  for (const type of ['dragEnter', 'dragOver', 'drop'] as const)
    await session.send('Input.dispatchDragEvent', { type, x: 300, y: 300, data });
  await session.detach();
}

/** Horizontal overflow of the page in CSS pixels; 0 when nothing sticks out. */
export function overflow(page: Page): Promise<number> {
  return page.evaluate(() => Math.max(0, document.documentElement.scrollWidth - innerWidth));
}
