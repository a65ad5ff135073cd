import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { createCoreLink, type CoreLink } from './core-link.ts';
import type { ContentsPart, ElectronParts, WindowPart } from './electron-parts.ts';
import { coreEnvironment, engineNode } from './environment.ts';
import { guardApp, guardContents, guardSession } from './guards.ts';
import { createKeyStore } from './keys.ts';
import { menuTemplate } from './menu.ts';
import { APP_ORIGIN, APP_SCHEME, pageOrigin } from './origin.ts';
import { openExternally, registerShellCalls } from './shell-calls.ts';
import { WEB_PREFERENCES } from './web-preferences.ts';
import { fitToDisplays, MINIMUM, readWindowState, writeWindowState } from './window-state.ts';

export interface ShellOptions {
  /** out/main: where core.js lies; preload and page lie beside it. */
  readonly entryDir: string;
  readonly dataDir: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly platform: NodeJS.Platform;
  readonly resourcesPath: string;
  /** Vite's address while developing. Ignored in a packaged program. */
  readonly devServer: string | undefined;
}

interface Shell<P> {
  readonly parts: ElectronParts<P>;
  readonly options: ShellOptions;
  readonly core: CoreLink<P>;
  readonly devServer: string | undefined;
  readonly windowIds: Set<number>;
}

/**
 * Opens the desktop: guards first, then one window on the page and core in a process of its own. A second start on the same data directory
 * only brings the first one's window to the front. Resolves when the window was told to load.
 */
export async function startShell<P>(parts: ElectronParts<P>, options: ShellOptions): Promise<void> {
  const { app } = parts;
  const devServer = app.isPackaged ? undefined : options.devServer;
  guardApp(app);
  parts.protocol.registerSchemesAsPrivileged([
    { scheme: APP_SCHEME, privileges: { standard: true, secure: true, supportFetchAPI: true } },
  ]);
  // Chromium keeps, and sometimes clears, its own databases there: never beside ours.
  const chromium = join(options.dataDir, 'window');
  mkdirSync(chromium, { recursive: true, mode: 0o700 });
  app.setPath('userData', chromium);
  if (!app.requestSingleInstanceLock()) {
    app.quit();
    return;
  }
  const nodePath = engineNode({
    isPackaged: app.isPackaged,
    resourcesPath: options.resourcesPath,
    appPath: app.getAppPath(),
    platform: options.platform,
  });
  const keys = createKeyStore(parts.safeStorage, join(options.dataDir, 'keys.json'), options.env);
  const shell: Shell<P> = {
    parts,
    options,
    devServer,
    core: createCoreLink({
      fork: () =>
        parts.forkCore(join(options.entryDir, 'core.js'), {
          serviceName: 'assize-core',
          env: coreEnvironment(options.env),
        }),
      start: {
        kind: 'start',
        dataDir: options.dataDir,
        version: app.getVersion(),
        nodePath,
      },
      apiKey: (variable) => keys.read(variable),
      onTrouble: (sentence) => parts.dialog.showErrorBox('Assize', sentence),
    }),
    windowIds: new Set(),
  };
  watchApp(shell);
  await app.whenReady();
  // Only loading a model needs it, and says so then. Better said at the start; before Electron is ready, Linux shows no dialog.
  if (!existsSync(nodePath)) {
    parts.dialog.showErrorBox(
      'Assize',
      `The Node that runs models is missing (${nodePath}). Install Assize again.`,
    );
  }
  const origin = pageOrigin(devServer);
  guardSession(parts.defaultSession(), { rendererDir: join(options.entryDir, '..', 'renderer'), devServer });
  registerShellCalls({
    parts,
    core: shell.core,
    keys,
    origin,
    windowIds: shell.windowIds,
    dataDir: options.dataDir,
    platform: options.platform,
  });
  parts.setMenu(
    menuTemplate(
      { platform: options.platform, development: devServer !== undefined },
      { openDataFolder: () => parts.shell.showItemInFolder(options.dataDir) },
    ),
  );
  openWindow(shell);
}

function watchApp<P>(shell: Shell<P>): void {
  const { parts, options, core } = shell;
  const { app } = parts;
  const origin = pageOrigin(shell.devServer);
  let quitting = false;
  app.on('web-contents-created', (_event, contents) => {
    guardContents(contents, origin, (url) => {
      openExternally(parts, url).catch((error: unknown) =>
        parts.dialog.showErrorBox('Assize', `The address could not be opened: ${String(error)}`),
      );
    });
    contents.on('render-process-gone', (_gone, { reason }) => {
      if (reason !== 'clean-exit' && !quitting) void offerReload(parts, contents, reason);
    });
  });
  app.on('second-instance', () => {
    const [window] = parts.windows();
    // macOS: the program goes on without one.
    if (window === undefined) return openWindow(shell);
    if (window.isMinimized()) window.restore();
    window.focus();
  });
  app.on('window-all-closed', () => {
    if (options.platform !== 'darwin') app.quit();
  });
  app.on('activate', () => {
    if (parts.windows().length === 0) openWindow(shell);
  });
  app.on('before-quit', (event) => {
    // Electron does not wait for promises here: hold it, end core, then leave for good.
    event.preventDefault();
    if (quitting) return;
    quitting = true;
    // `exit` closes windows without their close events.
    for (const window of parts.windows()) {
      keepState(window, options.dataDir);
      // Core takes seconds to unload a model: nobody looks at a page that has lost it.
      window.hide();
    }
    core.stop().then(
      () => app.exit(0),
      () => app.exit(1),
    );
  });
}

/** A page that crashed, or ran out of memory, leaves a white window; core and its runs are another process and go on. */
async function offerReload<P>(
  { dialog }: ElectronParts<P>,
  contents: ContentsPart,
  reason: string,
): Promise<void> {
  const pressed = await dialog.ask({
    message: 'The page of this window has ended.',
    detail: `The system says: ${reason}. What was saved is kept, and a run that is on goes on.`,
    buttons: ['Open it again', 'Leave it'],
  });
  if (pressed === 0) contents.reload();
}

function openWindow<P>(shell: Shell<P>): void {
  const { parts, options, devServer, windowIds } = shell;
  const state = fitToDisplays(readWindowState(stateFile(options.dataDir)), parts.workAreas());
  const window = parts.createWindow({
    width: state.width,
    height: state.height,
    ...state.position,
    minWidth: MINIMUM.width,
    minHeight: MINIMUM.height,
    show: false,
    title: 'Assize',
    webPreferences: {
      ...WEB_PREFERENCES,
      devTools: !parts.app.isPackaged,
      preload: join(options.entryDir, '..', 'preload', 'preload.cjs'),
    },
  });
  const { id } = window.webContents;
  windowIds.add(id);
  if (state.maximized) window.maximize();
  window.once('ready-to-show', () => window.show());
  window.on('close', () => keepState(window, options.dataDir));
  window.on('closed', () => windowIds.delete(id));
  window.loadURL(devServer ?? `${APP_ORIGIN}/`).catch((error: unknown) => {
    parts.dialog.showErrorBox('Assize', `The window could not load the workbench: ${String(error)}`);
  });
}

function stateFile(dataDir: string): string {
  return join(dataDir, 'window.json');
}

function keepState(window: WindowPart, dataDir: string): void {
  const { x, y, width, height } = window.getNormalBounds();
  writeWindowState(stateFile(dataDir), {
    width,
    height,
    position: { x, y },
    maximized: window.isMaximized(),
  });
}
