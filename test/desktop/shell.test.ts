import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createGrants, type Grants } from '../../src-main/core/grants.ts';
import { silentLog } from '../../src-main/core/log.ts';
import { CHANNELS } from '../../src-main/desktop/channels.ts';
import { startShell } from '../../src-main/desktop/shell.ts';
import { createFakeElectron, FakeEvent, fakeContents } from '../fakes/electron.ts';
import { createSmallRouter } from '../fakes/small-router.ts';

let root: string;
let grants: Grants;
let fake: ReturnType<typeof createFakeElectron>;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'assize-shell-'));
  grants = createGrants();
  fake = createFakeElectron(async () => ({
    router: createSmallRouter().router,
    grants,
    log: silentLog,
    close: async () => undefined,
  }));
});
afterEach(() => rm(root, { recursive: true, force: true }));

const start = (devServer?: string): Promise<void> =>
  startShell(fake.parts, {
    entryDir: join(root, 'out', 'main'),
    dataDir: join(root, 'data'),
    env: { PATH: '/bin', NODE_OPTIONS: '--require x', ENV_API_KEY: 'sk-of-the-environment' },
    platform: 'linux',
    resourcesPath: join(root, 'resources'),
    devServer,
  });

interface Posted {
  readonly channel: string;
  readonly message: unknown;
  readonly ports: number;
}

/** Calls a channel as the window's page would; `from` changes who is calling. */
async function call(channel: string, values: unknown[] = [], from: { id?: number; url?: string } = {}) {
  const posted: Posted[] = [];
  const frame = { url: from.url ?? 'app://assize/#/', parent: null, detached: false };
  const handler = fake.handlers.get(channel);
  if (handler === undefined) throw new Error(`nobody handles ${channel}`);
  const answer = await handler(
    {
      sender: {
        id: from.id ?? 1,
        mainFrame: frame,
        postMessage: (name, message, ports = []) =>
          posted.push({ channel: name, message, ports: ports.length }),
      },
      senderFrame: frame,
    },
    ...values,
  );
  return { answer, posted };
}

describe('the start', () => {
  test('1, 2: sandbox and scheme are set before Electron is ready, and the window has the preferences', async () => {
    await start();
    const ready = fake.calls.indexOf('ready');
    expect(fake.calls.indexOf('enableSandbox')).toBeLessThan(ready);
    const scheme = fake.calls.findIndex((entry) => entry.startsWith('scheme'));
    expect(scheme).toBeLessThan(ready);
    expect(fake.calls[scheme]).toContain('"app"');
    const [window] = fake.windows;
    expect(window?.options.webPreferences).toMatchObject({
      sandbox: true,
      contextIsolation: true,
      nodeIntegration: false,
      webSecurity: true,
      preload: join(root, 'out', 'preload', 'preload.cjs'),
    });
    expect(window?.calls).toEqual(['load app://assize/']);
  });

  test('Chromium keeps its own databases apart from ours', async () => {
    await start();
    expect(fake.paths.get('userData')).toBe(join(root, 'data', 'window'));
  });

  test('the window shows itself when there is something to show', async () => {
    await start();
    const [window] = fake.windows;
    window?.events.emit('ready-to-show');
    expect(window?.calls.at(-1)).toBe('show');
  });

  test('a second start opens nothing and brings the first window to the front', async () => {
    await start();
    fake.appEvents.emit('second-instance');
    expect(fake.windows[0]?.calls.at(-1)).toBe('focus');
    const second = createFakeElectron(async () => {
      throw new Error('core must not be opened twice');
    });
    second.state.lock = false;
    fake = second;
    await start();
    expect(second.windows).toEqual([]);
    expect(second.calls.at(-1)).toBe('quit');
  });

  test('a second start opens a window where the first has none, as on macOS', async () => {
    await start();
    fake.windows[0]?.events.emit('closed');
    fake.appEvents.emit('second-instance');
    expect(fake.windows).toHaveLength(1);
  });

  test('a Node that is missing is told once a dialog can be shown', async () => {
    fake.state.isPackaged = true;
    await start();
    expect(fake.state.errors).toMatchObject([expect.stringContaining('Node that runs models is missing')]);
    expect(fake.calls.indexOf('error box')).toBeGreaterThan(fake.calls.indexOf('ready'));
  });

  test('a page that crashed can be opened again, one that left in order is not asked about', async () => {
    await start();
    const contents = fakeContents();
    fake.appEvents.emit('web-contents-created', new FakeEvent(), contents.part);
    contents.gone('clean-exit');
    expect(fake.state.questions).toEqual([]);
    contents.gone('oom');
    expect(fake.state.questions).toEqual(['The page of this window has ended.']);
    await contents.reloaded;
  });

  test('a packaged program ignores a development server that its environment names', async () => {
    fake.state.isPackaged = true;
    await start('http://localhost:5173');
    expect(fake.windows[0]?.calls).toEqual(['load app://assize/']);
    expect(fake.windows[0]?.options.webPreferences.devTools).toBe(false);
    expect(fake.session.request.headers).toBeUndefined();
  });

  test('in development the page comes from Vite under a policy of its own', async () => {
    await start('http://localhost:5173');
    expect(fake.windows[0]?.calls).toEqual(['load http://localhost:5173']);
    let policy: unknown;
    fake.session.request.headers?.(
      { responseHeaders: {} },
      (response) => (policy = response.responseHeaders),
    );
    expect(JSON.stringify(policy)).toContain("default-src 'none'");
  });
});

describe('guards', () => {
  test('2, 3: the page is served from the build with its policy', async () => {
    await mkdir(join(root, 'out', 'renderer'), { recursive: true });
    await writeFile(join(root, 'out', 'renderer', 'index.html'), '<head></head>');
    await start();
    const response = await fake.session.protocols.get('app')?.({ method: 'GET', url: 'app://assize/' });
    expect(response?.status).toBe(200);
    expect(response?.headers.get('content-security-policy')).toContain("default-src 'none'");
  });

  test('4: every kind of permission handler is set, and refuses', async () => {
    await start();
    const { set, events, spellChecker } = fake.session;
    const granted: boolean[] = [];
    for (const permission of ['clipboard-sanitized-write', 'media', 'geolocation']) {
      const details = { requestingUrl: 'app://assize/' };
      set.setPermissionRequestHandler?.(null, permission, (answer) => granted.push(answer), details);
    }
    expect(granted).toEqual([true, false, false]);
    expect(set.setPermissionCheckHandler?.(null, 'media', 'app://assize')).toBe(false);
    expect(set.setDevicePermissionHandler?.()).toBe(false);
    let streams: object | null = null;
    set.setDisplayMediaRequestHandler?.({}, (given) => (streams = given));
    expect(streams).toEqual({});
    expect(spellChecker()).toBe(false);
    // Figures and guides are made in the page and saved from there: none of them ever left the desktop.
    const stopped = (url: string, initiator: string): boolean => {
      const event = new FakeEvent();
      events.emit('will-download', event, { getURL: () => url, getInitiatorOrigin: () => initiator });
      return event.prevented;
    };
    expect(stopped('blob:app://assize/0f9d', 'app://assize')).toBe(false);
    expect(stopped('blob:app://assize/0f9d', 'https://evil.test')).toBe(true);
    expect(stopped('blob:app://assize/0f9d', '')).toBe(true);
    for (const url of ['app://assize/index.html', 'https://example.org/x', 'data:text/plain,x', 'x'])
      expect(stopped(url, 'app://assize')).toBe(true);
  });

  test('5: contents of any kind cannot leave the page or open another', async () => {
    await start();
    const contents = fakeContents();
    fake.appEvents.emit('web-contents-created', new FakeEvent(), contents.part);
    for (const event of ['will-navigate', 'will-redirect', 'will-frame-navigate']) {
      expect(contents.stops(event, 'http://example.invalid/?next=app://assize')).toBe(true);
      expect(contents.stops(event, 'app://assize/#/runs')).toBe(false);
    }
    expect(contents.stops('will-attach-webview')).toBe(true);
    expect(contents.open('app://assize/')).toEqual({ action: 'deny' });
  });

  test('6: a link is opened outside only when it is one, and only after a question with its host', async () => {
    await start();
    expect((await call(CHANNELS.openExternal, ['https://example.org/a'])).answer).toEqual({
      ok: true,
      value: true,
    });
    expect(fake.state.questions).toEqual(['Open example.org?']);
    fake.state.pressed = 1;
    expect((await call(CHANNELS.openExternal, ['https://example.org/b'])).answer).toEqual({
      ok: true,
      value: false,
    });
    expect((await call(CHANNELS.openExternal, ['file:///bin/sh'])).answer).toEqual({
      ok: true,
      value: false,
    });
    expect(fake.state.questions).toHaveLength(2);
    expect(fake.state.opened).toEqual(['https://example.org/a']);
  });

  test('7: nothing is asked of the network, and a certificate error is final', async () => {
    await start();
    const cancelled = (url: string): boolean | undefined => {
      let cancel: boolean | undefined;
      fake.session.request.before?.({ url }, (response) => (cancel = response.cancel));
      return cancel;
    };
    expect(cancelled('https://example.org/')).toBe(true);
    expect(cancelled('app://assize/assets/x.js')).toBe(false);
    let trusted: boolean | null = null;
    const event = new FakeEvent();
    fake.appEvents.emit(
      'certificate-error',
      event,
      null,
      '',
      '',
      null,
      (answer: boolean) => (trusted = answer),
    );
    expect([event.prevented, trusted]).toEqual([true, false]);
    expect(fake.calls).toContain('--disable-background-networking');
  });

  test('8, 10: every channel refuses strangers and what it cannot parse', async () => {
    await start();
    expect([...fake.handlers.keys()].sort()).toEqual(Object.values(CHANNELS).sort());
    const forks = fake.state.forks.length;
    for (const channel of Object.values(CHANNELS)) {
      for (const stranger of [{ id: 2 }, { url: 'https://evil.test/' }]) {
        expect((await call(channel, ['/etc/passwd', 'x'], stranger)).answer).toMatchObject({ ok: false });
      }
      const junk = [{ path: '/etc/passwd' }, null, 7];
      expect((await call(channel, junk)).answer).toMatchObject({ ok: false });
    }
    expect((await call(CHANNELS.reveal, ['x'.repeat(5000)])).answer).toMatchObject({ ok: false });
    expect(fake.state.forks).toHaveLength(forks);
    expect(fake.state.revealed).toEqual([]);
  });

  test('8: a window that was closed is nobody', async () => {
    await start();
    fake.windows[0]?.events.emit('closed');
    expect((await call(CHANNELS.requestPort)).answer).toMatchObject({ ok: false });
  });

  test('12: core starts with a built environment', async () => {
    await start();
    await call(CHANNELS.requestPort);
    expect(fake.state.forks).toEqual([
      { entry: join(root, 'out', 'main', 'core.js'), env: { PATH: '/bin' } },
    ]);
  });
});

describe('the page’s calls', () => {
  test('9: a port goes to the window that asked, for the page’s origin, each time a new one', async () => {
    await start();
    for (let i = 0; i < 2; i += 1) {
      const { answer, posted } = await call(CHANNELS.requestPort);
      expect(answer).toMatchObject({ ok: true });
      expect(posted).toEqual([{ channel: 'assize:port', message: 'app://assize', ports: 1 }]);
    }
    expect(fake.cores).toHaveLength(1);
  });

  test('11: a dropped path and a picked file become grants that core resolves', async () => {
    const path = join(root, 'qa.csv');
    await writeFile(path, 'a');
    await start();
    const granted = await call(CHANNELS.grantPath, [path]);
    expect(granted.answer).toEqual({ ok: true, value: grants.grantPath(path) });
    fake.state.openPaths = [path];
    const picked = await call(CHANNELS.pickFile);
    expect(picked.answer).toEqual({ ok: true, value: { file: grants.grantPath(path), name: 'qa.csv' } });
    fake.state.openPaths = [];
    expect((await call(CHANNELS.pickFile)).answer).toEqual({ ok: true, value: null });
    const gone = await call(CHANNELS.grantPath, [join(root, 'gone.csv')]);
    expect(gone.answer).toEqual({
      ok: false,
      message: 'gone.csv cannot be read. It may have been moved; drop it again.',
    });
  });

  test('an export is copied to where the user says', async () => {
    await start();
    const path = join(root, 'data', 'run-1.csv');
    await writeFile(path, 'a,b');
    const file = grants.grantPath(path);
    expect((await call(CHANNELS.saveFile, [file, 'run.csv'])).answer).toEqual({ ok: true, value: false });
    fake.state.savePath = join(root, 'chosen.csv');
    expect((await call(CHANNELS.saveFile, [file, 'run.csv'])).answer).toEqual({ ok: true, value: true });
    expect(await readFile(fake.state.savePath, 'utf8')).toBe('a,b');
  });

  test('11: what was granted for reading does not leave through the save dialog, nor does a path', async () => {
    await writeFile(join(root, 'secret.txt'), 'x');
    await start();
    fake.state.savePath = join(root, 'chosen.txt');
    for (const file of [
      grants.grantPath(join(root, 'secret.txt')),
      join(root, 'secret.txt'),
      '../secret.txt',
    ]) {
      expect((await call(CHANNELS.saveFile, [file, 'x'])).answer).toMatchObject({ ok: false });
    }
    await expect(readFile(fake.state.savePath)).rejects.toThrow('ENOENT');
  });

  test('a share is not looked at', async () => {
    await start();
    expect((await call(CHANNELS.reveal, ['/home/ada'])).answer).toMatchObject({ ok: true });
    expect((await call(CHANNELS.reveal, ['smb://host/x'])).answer).toMatchObject({ ok: false });
    expect(fake.state.revealed).toEqual(['/home/ada']);
  });
});

describe('keys', () => {
  const SECRET = 'sk-live-0123456789abcdef';
  const keep = (variable: string, key: string) => call(CHANNELS.keepKey, [variable, key]);
  const listed = async () => (await call(CHANNELS.listKeys)).answer;
  const file = () => readFile(join(root, 'data', 'keys.json'), 'utf8');
  const asked: (string | null)[] = [];

  beforeEach(() => {
    asked.splice(0);
    fake = createFakeElectron(async (shell) => {
      for (const name of ['LAB_API_KEY', 'ENV_API_KEY', 'PATH']) asked.push(await shell.apiKey(name));
      return { router: createSmallRouter().router, grants, log: silentLog, close: async () => undefined };
    });
  });

  test('are kept encrypted, told by name alone, given to core when it asks, and forgotten', async () => {
    await start();
    expect((await keep('LAB_API_KEY', ` ${SECRET}\n`)).answer).toEqual({ ok: true, value: null });
    expect(await listed()).toEqual({ ok: true, value: { problem: null, variables: ['LAB_API_KEY'] } });
    expect(await file()).not.toContain(SECRET);
    expect(await file()).not.toContain(Buffer.from(SECRET).toString('base64').slice(0, 20));
    expect((await stat(join(root, 'data', 'keys.json'))).mode & 0o777).toBe(0o600);
    await call(CHANNELS.requestPort);
    expect(asked).toEqual([SECRET, 'sk-of-the-environment', null]);
    expect(fake.state.forks.map(({ env }) => JSON.stringify(env)).join()).not.toContain('sk-');
    expect((await call(CHANNELS.forgetKey, ['LAB_API_KEY'])).answer).toEqual({ ok: true, value: null });
    expect(await listed()).toEqual({ ok: true, value: { problem: null, variables: [] } });
    expect(await file()).toBe('{}');
  });

  test.each([
    ['no encryption', { encryption: false }, /no encrypted store/],
    ['a keyring with a password that everybody knows', { keyring: 'basic_text' }, /No keyring/],
  ])('are refused with a sentence where there is %s, and nothing is written', async (_, state, sentence) => {
    Object.assign(fake.state, state);
    await start();
    const { answer } = await keep('LAB_API_KEY', SECRET);
    expect(answer).toEqual({ ok: false, message: expect.stringMatching(sentence) });
    expect(JSON.stringify(answer)).not.toContain(SECRET);
    expect(await listed()).toMatchObject({ value: { problem: expect.stringMatching(sentence) } });
    await expect(file()).rejects.toThrow('ENOENT');
  });

  test.each([
    ['a name that is no key’s', 'PATH', SECRET, /API_KEY/],
    ['a key with a line in it', 'LAB_API_KEY', `${SECRET}\nhost: evil`, /not a key/],
    ['another alphabet', 'LAB_API_KEY', 'ключ-от-квартиры', /not a key/],
  ])('are not kept under %s', async (_, variable, key, sentence) => {
    await start();
    const { answer } = await keep(variable, key);
    expect(answer).toEqual({ ok: false, message: expect.stringMatching(sentence) });
    expect(JSON.stringify(answer)).not.toContain(key);
    await expect(file()).rejects.toThrow('ENOENT');
  });

  test('that the system cannot decrypt any more count as not there', async () => {
    await mkdir(join(root, 'data'), { recursive: true });
    await writeFile(
      join(root, 'data', 'keys.json'),
      JSON.stringify({ LAB_API_KEY: Buffer.from('other').toString('base64') }),
    );
    await start();
    await call(CHANNELS.requestPort);
    expect(asked[0]).toBeNull();
  });
});

describe('the end', () => {
  test('quitting waits for core, keeps the window’s place, and exits once', async () => {
    await start();
    await call(CHANNELS.requestPort);
    const [window] = fake.windows;
    if (window !== undefined) window.bounds = { x: 7, y: 8, width: 1300, height: 900 };
    const event = new FakeEvent();
    fake.appEvents.emit('before-quit', event);
    fake.appEvents.emit('before-quit', new FakeEvent());
    expect(event.prevented).toBe(true);
    expect(fake.state.exitCode).toBeNull();
    expect(window?.calls.at(-1)).toBe('hide');
    expect(await fake.exited).toBe(0);
    expect(fake.cores[0]?.isRunning()).toBe(false);
    const kept: unknown = JSON.parse(await readFile(join(root, 'data', 'window.json'), 'utf8'));
    expect(kept).toMatchObject({ width: 1300, height: 900, position: { x: 7, y: 8 } });
  });

  test('the last window closed quits, and its place is used the next time', async () => {
    await start();
    const [window] = fake.windows;
    if (window !== undefined) window.bounds = { x: 30, y: 40, width: 1200, height: 700 };
    window?.events.emit('close');
    window?.events.emit('closed');
    fake.appEvents.emit('window-all-closed');
    expect(fake.calls.at(-1)).toBe('quit');
    fake.appEvents.emit('activate');
    expect(fake.windows[0]?.options).toMatchObject({ x: 30, y: 40, width: 1200, height: 700 });
  });

  test('a core that cannot open is told in a dialog', async () => {
    fake = createFakeElectron(async () => {
      throw new Error('The database is from a newer Assize.');
    });
    await start();
    const { answer } = await call(CHANNELS.requestPort);
    expect(answer).toEqual({ ok: false, message: 'The database is from a newer Assize.' });
    expect(fake.state.errors).toContain('The database is from a newer Assize.');
  });
});

test('the stand-in tells when nobody listens, so that a guard test cannot pass by silence', () => {
  expect(() => fakeContents().stops('will-navigate')).toThrow('nobody listens');
});
