import { EventEmitter } from 'node:events';
import { MessageChannel, type MessagePort } from 'node:worker_threads';
import type { MenuItemConstructorOptions } from 'electron';
import { hostCore, type HostedCore, type ShellKeys } from '../../src-main/desktop/core-host.ts';
import type { CoreChild } from '../../src-main/desktop/core-link.ts';
import type {
  Call,
  ContentsPart,
  ElectronParts,
  SessionPart,
  WindowOptions,
  WindowPart,
} from '../../src-main/desktop/electron-parts.ts';
import type { Port } from '../../src-main/desktop/port-line.ts';
import type { Rectangle } from '../../src-main/desktop/window-state.ts';

/** A port of worker_threads in the shape of Electron's MessagePortMain: messages arrive wrapped in an event. */
export function mainPort(port: MessagePort): Port {
  return {
    on(event: 'message' | 'close', listener: (event: { readonly data: unknown }) => void) {
      if (event === 'message') port.on('message', (data: unknown) => listener({ data }));
      else port.on('close', () => listener({ data: undefined }));
    },
    postMessage: (message) => port.postMessage(message, []),
    start: () => port.start(),
    close: () => port.close(),
  };
}

/** An event that can be prevented, and tells whether it was. */
export class FakeEvent {
  prevented = false;
  readonly url: string;
  constructor(url = '') {
    this.url = url;
  }
  preventDefault(): void {
    this.prevented = true;
  }
}

/**
 * A core process in this one: the real host behind emitters instead of a process boundary. Messages are cloned, as the boundary would.
 * `gone` has the code it ended with; `crash` ends it as the system would.
 */
export function fakeCoreProcess(open: (shell: ShellKeys) => Promise<HostedCore>) {
  const toCore = new EventEmitter();
  const toShell = new EventEmitter();
  const gone = Promise.withResolvers<number>();
  let running = true;
  const exit = (code: number): void => {
    if (!running) return;
    running = false;
    queueMicrotask(() => {
      toShell.emit('exit', code);
      gone.resolve(code);
    });
  };
  const child: CoreChild<Port> = {
    on: toShell.on.bind(toShell),
    postMessage(message, ports) {
      const data: unknown = structuredClone(message);
      queueMicrotask(() => running && toCore.emit('message', { data, ports }));
    },
    kill() {
      exit(143);
      return true;
    },
  };
  hostCore(
    {
      on: (event, listener) => toCore.on(event, listener),
      send: (message) => running && toShell.emit('message', structuredClone(message)),
    },
    (_start, shell) => open(shell),
    exit,
  );
  return { child, crash: () => exit(139), gone: gone.promise, isRunning: () => running };
}

export type FakeCore = ReturnType<typeof fakeCoreProcess>;

interface FakeWindow extends WindowPart {
  readonly options: WindowOptions;
  readonly calls: string[];
  readonly events: EventEmitter;
  bounds: Rectangle;
}

type SessionHandlers = {
  -readonly [K in keyof SessionPart]?: SessionPart[K] extends (handler: infer H) => void ? H : never;
};

/** Electron's parts, recording what is asked of them. Only what the shell relies on behaves; nothing is drawn. */
export function createFakeElectron(open: (shell: ShellKeys) => Promise<HostedCore>) {
  const appEvents = new EventEmitter();
  const calls: string[] = [];
  const paths = new Map<string, string>();
  const windows: FakeWindow[] = [];
  const cores: FakeCore[] = [];
  const handlers = new Map<string, (event: Call<Port>, ...values: unknown[]) => Promise<unknown>>();
  const session = fakeSession();
  const state = {
    lock: true,
    isPackaged: false,
    pressed: 0,
    openPaths: [] as string[],
    savePath: null as string | null,
    workAreas: [{ x: 0, y: 0, width: 1920, height: 1080 }] as Rectangle[],
    menu: [] as MenuItemConstructorOptions[],
    forks: [] as { entry: string; env: Record<string, string> }[],
    errors: [] as string[],
    questions: [] as string[],
    opened: [] as string[],
    revealed: [] as string[],
    exitCode: null as number | null,
    encryption: true,
    keyring: 'gnome_libsecret',
  };
  const exited = Promise.withResolvers<number>();

  const parts: ElectronParts<Port> = {
    app: {
      get isPackaged() {
        return state.isPackaged;
      },
      getVersion: () => '0.0.0-test',
      getAppPath: () => process.cwd(),
      getPath: () => '/downloads',
      setPath: (name, path) => void paths.set(name, path),
      enableSandbox: () => void calls.push('enableSandbox'),
      requestSingleInstanceLock() {
        calls.push('lock');
        return state.lock;
      },
      async whenReady() {
        calls.push('ready');
      },
      quit: () => void calls.push('quit'),
      exit(code = 0) {
        state.exitCode = code;
        exited.resolve(code);
      },
      commandLine: { appendSwitch: (name) => void calls.push(`--${name}`) },
      on: appEvents.on.bind(appEvents),
    },
    protocol: {
      registerSchemesAsPrivileged: (schemes) => void calls.push(`scheme ${JSON.stringify(schemes)}`),
    },
    defaultSession: () => session.part,
    createWindow(options) {
      const window = fakeWindow(windows.length + 1, options);
      windows.push(window);
      window.on('closed', () => windows.splice(windows.indexOf(window), 1));
      return window;
    },
    windows: () => windows,
    ipcMain: { handle: (channel, listener) => void handlers.set(channel, listener) },
    forkCore(entry, { env }) {
      state.forks.push({ entry, env });
      const core = fakeCoreProcess(open);
      cores.push(core);
      return core.child;
    },
    createChannel() {
      const { port1, port2 } = new MessageChannel();
      return { port1: mainPort(port1), port2: mainPort(port2) };
    },
    dialog: {
      showOpenDialog: async () => ({ canceled: state.openPaths.length === 0, filePaths: state.openPaths }),
      showSaveDialog: async () => ({ canceled: state.savePath === null, filePath: state.savePath ?? '' }),
      async ask({ message }) {
        state.questions.push(message);
        return state.pressed;
      },
      showErrorBox(_title, content) {
        calls.push('error box');
        state.errors.push(content);
      },
    },
    shell: {
      openExternal: async (url) => void state.opened.push(url),
      showItemInFolder: (path) => void state.revealed.push(path),
    },
    safeStorage: fakeSafeStorage(state),
    setMenu: (template) => void (state.menu = template),
    workAreas: () => state.workAreas,
  };
  return { parts, state, calls, paths, windows, cores, handlers, session, appEvents, exited: exited.promise };
}

/** What is encrypted is not what was given, and cannot be read by another. */
export function fakeSafeStorage(state: {
  readonly encryption: boolean;
  readonly keyring: string;
}): ElectronParts<Port>['safeStorage'] {
  const turned = (bytes: Uint8Array): Buffer => Buffer.from(bytes.map((byte) => byte ^ 0xa5));
  return {
    isEncryptionAvailable: () => state.encryption,
    encryptString: (text) => Buffer.concat([Buffer.from('v11'), turned(Buffer.from(text))]),
    decryptString(encrypted) {
      if (encrypted.subarray(0, 3).toString() !== 'v11') throw new Error('Error while decrypting.');
      return turned(encrypted.subarray(3)).toString();
    },
    getSelectedStorageBackend: () => state.keyring,
  };
}

function fakeWindow(id: number, options: WindowOptions): FakeWindow {
  const events = new EventEmitter();
  const calls: string[] = [];
  const note =
    (name: string) =>
    (...values: unknown[]) =>
      void calls.push([name, ...values].join(' '));
  return {
    options,
    calls,
    events,
    bounds: { x: options.x ?? 0, y: options.y ?? 0, width: options.width, height: options.height },
    webContents: { id, mainFrame: { url: 'app://assize/', parent: null, detached: false } },
    async loadURL(url) {
      calls.push(`load ${url}`);
    },
    show: note('show'),
    hide: note('hide'),
    focus: note('focus'),
    restore: note('restore'),
    maximize: note('maximize'),
    isMinimized: () => false,
    isMaximized: () => calls.includes('maximize'),
    getNormalBounds() {
      return this.bounds;
    },
    on: (event: string, listener: () => void) => events.on(event, listener),
    once: (event: string, listener: () => void) => events.once(event, listener),
  };
}

function fakeSession() {
  const set: SessionHandlers = {};
  const events = new EventEmitter();
  const request: {
    before?: Parameters<SessionPart['webRequest']['onBeforeRequest']>[0];
    headers?: Parameters<SessionPart['webRequest']['onHeadersReceived']>[0];
  } = {};
  const protocols = new Map<string, Parameters<SessionPart['protocol']['handle']>[1]>();
  let spellChecker = true;
  const part: SessionPart = {
    setPermissionRequestHandler: (handler) => void (set.setPermissionRequestHandler = handler),
    setPermissionCheckHandler: (handler) => void (set.setPermissionCheckHandler = handler),
    setDevicePermissionHandler: (handler) => void (set.setDevicePermissionHandler = handler),
    setDisplayMediaRequestHandler: (handler) => void (set.setDisplayMediaRequestHandler = handler),
    setSpellCheckerEnabled: (enable) => void (spellChecker = enable),
    on: (event, listener) => events.on(event, listener),
    webRequest: {
      onBeforeRequest: (listener) => void (request.before = listener),
      onHeadersReceived: (listener) => void (request.headers = listener),
    },
    protocol: { handle: (scheme, handler) => void protocols.set(scheme, handler) },
  };
  return { part, set, events, request, protocols, spellChecker: () => spellChecker };
}

/** A window's contents for the guards: fires an event at them and says whether it was stopped. */
export function fakeContents() {
  const events = new EventEmitter();
  const reloaded = Promise.withResolvers<void>();
  let openHandler: Parameters<ContentsPart['setWindowOpenHandler']>[0] = () => {
    throw new Error('no handler was set');
  };
  const part: ContentsPart = {
    on: events.on.bind(events),
    setWindowOpenHandler: (handler) => void (openHandler = handler),
    reload: () => reloaded.resolve(),
  };
  return {
    part,
    reloaded: reloaded.promise,
    gone: (reason: string) => events.emit('render-process-gone', new FakeEvent(), { reason }),
    stops(event: string, url = ''): boolean {
      const happening = new FakeEvent(url);
      if (!events.emit(event, happening)) throw new Error(`nobody listens to ${event}`);
      return happening.prevented;
    },
    open: (url: string) => openHandler({ url }),
  };
}
