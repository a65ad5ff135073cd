import { EventEmitter } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MessageChannel } from 'node:worker_threads';
import { createORPCClient } from '@orpc/client';
import { RPCLink } from '@orpc/client/message-port';
import { describe, expect, test } from 'vitest';
import type { Workbench } from '../../src-main/contract/client.ts';
import { createGrants } from '../../src-main/core/grants.ts';
import { silentLog } from '../../src-main/core/log.ts';
import type { HostedCore, ShellKeys } from '../../src-main/desktop/core-host.ts';
import { type CoreChild, createCoreLink } from '../../src-main/desktop/core-link.ts';
import type { Port } from '../../src-main/desktop/port-line.ts';
import { DEFAULT_SETTINGS } from '../../src-main/domain/settings.ts';
import { type FakeCore, fakeCoreProcess, mainPort } from '../fakes/electron.ts';
import { createSmallRouter } from '../fakes/small-router.ts';

const start = { kind: 'start', dataDir: '/data', version: '0', nodePath: '/node' } as const;

const KEYS: Readonly<Record<string, string>> = { LAB_API_KEY: 'sk-kept-by-the-desktop' };

function setUp(open?: (shell: ShellKeys) => Promise<HostedCore>) {
  const cores: FakeCore[] = [];
  const troubles: string[] = [];
  const closed: number[] = [];
  const grants = createGrants();
  const hosted = async (): Promise<HostedCore> => ({
    router: createSmallRouter().router,
    grants,
    log: silentLog,
    close: async () => void closed.push(cores.length),
  });
  const link = createCoreLink<Port>({
    fork() {
      const core = fakeCoreProcess(open ?? hosted);
      cores.push(core);
      return core.child;
    },
    start,
    apiKey: (variable) => KEYS[variable] ?? null,
    onTrouble: (sentence) => troubles.push(sentence),
    stopDeadlineMs: 50,
  });
  const connect = async (): Promise<Workbench> => {
    const { port1, port2 } = new MessageChannel();
    const workbench: Workbench = createORPCClient(new RPCLink({ port: port2 }));
    port2.start();
    await link.connect(mainPort(port1));
    return workbench;
  };
  return { link, cores, troubles, closed, grants, connect };
}

describe('core, from the shell', () => {
  test('is started once, for the first window, and serves every window', async () => {
    const { cores, connect, link } = setUp();
    const [one, two] = await Promise.all([connect(), connect()]);
    expect(await one.settings.get()).toEqual(DEFAULT_SETTINGS);
    expect(await two.settings.set({ author: 'ada' })).toMatchObject({ author: 'ada' });
    expect(cores).toHaveLength(1);
    await link.stop();
  });

  test('gives a grant for what is there, and resolves only what it gave', async () => {
    const { link, grants } = setUp();
    const path = join(tmpdir(), `assize-link-${process.pid}.txt`);
    await writeFile(path, 'x');
    const grant = await link.grant(path);
    expect(grant).not.toContain('/');
    expect(await link.resolve(String(grant))).toBe(grants.resolve(String(grant)));
    expect(await link.grant('/no/such/file')).toBeNull();
    expect(await link.resolve('../../etc/passwd')).toBeNull();
    await link.stop();
  });

  test('asks the shell for a key each time it needs one, by the name of its variable', async () => {
    const asked: (string | null)[] = [];
    const { link, connect } = setUp(async (shell) => {
      asked.push(await shell.apiKey('LAB_API_KEY'), await shell.apiKey('OTHER_API_KEY'));
      return {
        router: createSmallRouter().router,
        grants: createGrants(),
        log: silentLog,
        close: async () => undefined,
      };
    });
    await connect();
    expect(asked).toEqual(['sk-kept-by-the-desktop', null]);
    await link.stop();
  });

  test('that cannot open says why, once, and what was asked of it is refused with that sentence', async () => {
    const { link, troubles, connect } = setUp(async () => {
      throw new Error('The database is from a newer Assize.');
    });
    await expect(connect()).rejects.toThrow('newer Assize');
    expect(troubles).toEqual(['The database is from a newer Assize.']);
    await link.stop();
  });

  test('that dies is started again on the next need, and what it owed is rejected', async () => {
    const { link, cores, connect, troubles } = setUp();
    const before = await connect();
    const stream = await before.hardware.watch();
    await stream.next();
    const owed = link.grant('/tmp');
    cores[0]?.crash();
    await expect(owed).rejects.toThrow(/ended/);
    expect(await (await connect()).settings.get()).toEqual(DEFAULT_SETTINGS);
    expect(cores).toHaveLength(2);
    expect(troubles).toEqual([]);
    await link.stop();
  });

  test('that dies three times is not started a fourth time', async () => {
    const { link, cores, connect, troubles } = setUp();
    for (let i = 0; i < 3; i += 1) {
      await connect();
      cores.at(-1)?.crash();
      await cores.at(-1)?.gone;
    }
    await expect(connect()).rejects.toThrow('several times');
    expect(cores).toHaveLength(3);
    expect(troubles).toHaveLength(1);
    await link.stop();
  });

  test('is closed in order, and nothing starts after that', async () => {
    const { link, cores, closed, connect, troubles } = setUp();
    await connect();
    await link.stop();
    expect(closed).toEqual([1]);
    expect(cores[0]?.isRunning()).toBe(false);
    expect(troubles).toEqual([]);
    await expect(link.grant('/tmp')).rejects.toThrow('closing');
  });

  test('that hangs while it closes is ended at the deadline', async () => {
    const { link, cores, connect } = setUp(async () => ({
      router: createSmallRouter().router,
      grants: createGrants(),
      log: silentLog,
      close: () => new Promise<void>(() => undefined),
    }));
    await connect();
    await link.stop();
    expect(cores[0]?.isRunning()).toBe(false);
  });

  test('that not even force ends does not keep the program', async () => {
    const events = new EventEmitter();
    const child: CoreChild<Port> = {
      on: events.on.bind(events),
      postMessage: () => undefined,
      kill: () => false,
    };
    const link = createCoreLink<Port>({
      fork: () => child,
      start,
      apiKey: () => null,
      onTrouble: () => undefined,
      stopDeadlineMs: 20,
    });
    link.grant('/tmp').catch(() => undefined);
    await expect(link.stop()).resolves.toBeUndefined();
  });

  test('is not needed to stop', async () => {
    const { link, cores } = setUp();
    await link.stop();
    expect(cores).toEqual([]);
  });

  test('sends what the schema does not know in vain', async () => {
    const events = new EventEmitter();
    const child: CoreChild<Port> = {
      on: events.on.bind(events),
      postMessage: () => undefined,
      kill: () => true,
    };
    const link = createCoreLink<Port>({
      fork: () => child,
      start,
      apiKey: () => null,
      onTrouble: () => undefined,
    });
    const asked = link.grant('/tmp');
    for (const message of [null, {}, { kind: 'answer', id: 'x' }, { kind: 'shell', command: 'rm' }]) {
      events.emit('message', message);
    }
    events.emit('exit', 1);
    await expect(asked).rejects.toThrow('ended');
  });
});
