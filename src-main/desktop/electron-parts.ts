import type { MenuItemConstructorOptions } from 'electron';
import type { CoreChild } from './core-link.ts';
import type { SafeStoragePart } from './keys.ts';
import type { Sender } from './trust.ts';
import type { Rectangle } from './window-state.ts';
import type { WEB_PREFERENCES } from './web-preferences.ts';

/**
 * Electron as far as the shell uses it. Written down so that the wiring can be run in Node against a stand-in, and so that a reader sees
 * in one place what is asked of the system. `P` is a message port.
 */
export interface ElectronParts<P> {
  readonly app: AppPart;
  readonly protocol: {
    registerSchemesAsPrivileged(
      schemes: {
        scheme: string;
        privileges: { standard: boolean; secure: boolean; supportFetchAPI: boolean };
      }[],
    ): void;
  };
  readonly defaultSession: () => SessionPart;
  readonly createWindow: (options: WindowOptions) => WindowPart;
  readonly windows: () => WindowPart[];
  readonly ipcMain: {
    handle(channel: string, listener: (event: Call<P>, ...values: unknown[]) => Promise<unknown>): void;
  };
  readonly forkCore: (
    entry: string,
    options: { readonly serviceName: string; readonly env: Record<string, string> },
  ) => CoreChild<P>;
  readonly createChannel: () => { readonly port1: P; readonly port2: P };
  readonly dialog: DialogPart;
  readonly shell: { openExternal(url: string): Promise<void>; showItemInFolder(path: string): void };
  readonly safeStorage: SafeStoragePart;
  readonly setMenu: (template: MenuItemConstructorOptions[]) => void;
  readonly workAreas: () => Rectangle[];
}

export type Call<P> = Sender & {
  readonly sender: { postMessage(channel: string, message: unknown, transfer?: P[]): void };
};

export interface Preventable {
  preventDefault(): void;
}

export interface AppPart {
  readonly isPackaged: boolean;
  getVersion(): string;
  getAppPath(): string;
  getPath(name: 'downloads'): string;
  setPath(name: 'userData', path: string): void;
  enableSandbox(): void;
  requestSingleInstanceLock(): boolean;
  whenReady(): Promise<void>;
  quit(): void;
  exit(code?: number): void;
  readonly commandLine: { appendSwitch(name: string, value?: string): void };
  on(event: 'second-instance' | 'window-all-closed' | 'activate', listener: () => void): unknown;
  on(event: 'before-quit', listener: (event: Preventable) => void): unknown;
  on(event: 'web-contents-created', listener: (event: Preventable, contents: ContentsPart) => void): unknown;
  on(
    event: 'certificate-error',
    listener: (
      event: Preventable,
      contents: unknown,
      url: string,
      error: string,
      certificate: unknown,
      callback: (isTrusted: boolean) => void,
    ) => void,
  ): unknown;
}

type NavigationEvents = 'will-navigate' | 'will-redirect' | 'will-frame-navigate';

export interface ContentsPart {
  on(event: NavigationEvents, listener: (event: Preventable & { readonly url: string }) => void): unknown;
  on(event: 'will-attach-webview', listener: (event: Preventable) => void): unknown;
  on(
    event: 'render-process-gone',
    listener: (event: Preventable, details: { readonly reason: string }) => void,
  ): unknown;
  setWindowOpenHandler(handler: (details: { readonly url: string }) => { action: 'deny' }): void;
  reload(): void;
}

export interface DownloadPart {
  getURL(): string;
  getInitiatorOrigin(): string;
}

export interface SessionPart {
  setPermissionRequestHandler(
    handler: (
      contents: unknown,
      permission: string,
      callback: (granted: boolean) => void,
      details: { readonly requestingUrl: string },
    ) => void,
  ): void;
  setPermissionCheckHandler(
    handler: (contents: unknown, permission: string, requestingOrigin: string) => boolean,
  ): void;
  setDevicePermissionHandler(handler: () => boolean): void;
  setDisplayMediaRequestHandler(
    handler: (request: unknown, callback: (streams: object) => void) => void,
  ): void;
  setSpellCheckerEnabled(enable: boolean): void;
  on(event: 'will-download', listener: (event: Preventable, item: DownloadPart) => void): unknown;
  readonly webRequest: {
    onBeforeRequest(
      listener: (
        details: { readonly url: string },
        callback: (response: { cancel?: boolean }) => void,
      ) => void,
    ): void;
    onHeadersReceived(
      listener: (
        details: { readonly responseHeaders?: Record<string, string[]> },
        callback: (response: { responseHeaders?: Record<string, string[]> }) => void,
      ) => void,
    ): void;
  };
  readonly protocol: {
    handle(
      scheme: string,
      handler: (request: { readonly method: string; readonly url: string }) => Promise<Response>,
    ): void;
  };
}

export interface WindowOptions {
  readonly width: number;
  readonly height: number;
  readonly x?: number;
  readonly y?: number;
  readonly minWidth: number;
  readonly minHeight: number;
  readonly show: false;
  readonly title: string;
  readonly webPreferences: typeof WEB_PREFERENCES & { readonly preload: string; readonly devTools: boolean };
}

export interface WindowPart {
  readonly webContents: { readonly id: number; readonly mainFrame: unknown };
  loadURL(url: string): Promise<void>;
  show(): void;
  hide(): void;
  focus(): void;
  restore(): void;
  maximize(): void;
  isMinimized(): boolean;
  isMaximized(): boolean;
  getNormalBounds(): Rectangle;
  on(event: 'close' | 'closed', listener: () => void): unknown;
  once(event: 'ready-to-show', listener: () => void): unknown;
}

/** Dialogs belong to the window that has the focus. */
interface DialogPart {
  showOpenDialog(options: {
    properties: ('openFile' | 'openDirectory' | 'createDirectory')[];
  }): Promise<{ canceled: boolean; filePaths: string[] }>;
  showSaveDialog(options: { defaultPath: string }): Promise<{ canceled: boolean; filePath: string }>;
  /** Resolves the index of the pressed button. */
  ask(options: { message: string; detail: string; buttons: string[] }): Promise<number>;
  showErrorBox(title: string, content: string): void;
}
