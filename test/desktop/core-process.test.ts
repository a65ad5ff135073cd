import { once } from 'node:events';
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MessageChannel, type MessagePort, Worker } from 'node:worker_threads';
import { createORPCClient } from '@orpc/client';
import { RPCLink } from '@orpc/client/message-port';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Workbench } from '../../src-main/contract/client.ts';
import { type CoreChild, createCoreLink } from '../../src-main/desktop/core-link.ts';

const FAKES = join(import.meta.dirname, '..', 'fakes');
const ENTRY = new URL('../../src-main/desktop/core-process.ts', import.meta.url).href;
const ENGINE = join(import.meta.dirname, '..', '..', 'src-main', 'engine', 'fake', 'main.ts');

/** The real entry with the real core, in a worker that looks like a utility process from inside. */
function forkEntry(home: string): CoreChild<MessagePort> {
  const worker = new Worker(join(FAKES, 'utility-process.mjs'), {
    workerData: ENTRY,
    env: { PATH: process.env['PATH'], HOME: home, ASSIZE_ENGINE_ENTRY: ENGINE },
  });
  return {
    on: worker.on.bind(worker),
    postMessage: (data, ports) => worker.postMessage({ data, ports }, ports),
    kill() {
      void worker.terminate();
      return true;
    },
  };
}

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'assize-core-process-'));
});
afterEach(() => rm(root, { recursive: true, force: true }));

function linkTo(dataDir: string) {
  const troubles: string[] = [];
  const exits: number[] = [];
  const link = createCoreLink<MessagePort>({
    fork() {
      const child = forkEntry(root);
      child.on('exit', (code) => exits.push(code));
      return child;
    },
    start: { kind: 'start', dataDir, version: '9.9.9', nodePath: process.execPath },
    apiKey: (variable) => (variable === 'LAB_API_KEY' ? 'sk-kept-by-the-desktop' : null),
    onTrouble: (sentence) => troubles.push(sentence),
  });
  return { link, troubles, exits };
}

describe('the core process', () => {
  test('opens the real core, answers a window over its port, resolves a dropped file, and ends with code 0', async () => {
    const { link, troubles, exits } = linkTo(join(root, 'data'));
    const { port1, port2 } = new MessageChannel();
    const workbench: Workbench = createORPCClient(new RPCLink({ port: port2 }));
    port2.start();
    await link.connect(port1);
    expect(await workbench.settings.about()).toMatchObject({ door: 'desktop', version: '9.9.9' });
    expect(await workbench.servers.keys({ variables: ['LAB_API_KEY', 'OTHER_API_KEY'] })).toEqual([
      { variable: 'LAB_API_KEY', there: true },
      { variable: 'OTHER_API_KEY', there: false },
    ]);

    // 15: what is kept there is for its owner alone.
    expect((await stat(join(root, 'data'))).mode & 0o777).toBe(0o700);

    const path = join(root, 'qa.csv');
    await writeFile(path, 'question,answer\nWhy?,Because\n');
    const file = await link.grant(path);
    const preview = await workbench.datasets.inspect({ file: String(file), kind: null, mapping: null });
    expect(preview).toMatchObject({ name: 'qa.csv', problem: null });

    const closed = once(port2, 'close');
    await link.stop();
    await closed;
    expect(exits).toEqual([0]);
    expect(troubles).toEqual([]);
  });

  test('says why it cannot open, as a sentence, and ends', async () => {
    const dataDir = join(root, 'file');
    await writeFile(dataDir, 'a file where the data directory should be');
    const { link, troubles } = linkTo(dataDir);
    await expect(link.grant(root)).rejects.toThrow(/EEXIST|ENOTDIR|folder|directory/i);
    expect(troubles).toHaveLength(1);
    await link.stop();
  });
});
