import {
  app,
  BrowserWindow,
  dialog,
  ipcMain,
  Menu,
  MessageChannelMain,
  type MessagePortMain,
  protocol,
  safeStorage,
  screen,
  session,
  shell,
  utilityProcess,
} from 'electron';
import { dataDirectory } from '../core/locations.ts';
import type { ElectronParts } from './electron-parts.ts';
import { startShell } from './shell.ts';

const inWindow = (): BrowserWindow[] => BrowserWindow.getAllWindows().filter((w) => w.isFocused());

const parts: ElectronParts<MessagePortMain> = {
  app,
  protocol,
  ipcMain,
  defaultSession: () => session.defaultSession,
  createWindow: (options) => new BrowserWindow(options),
  windows: () => BrowserWindow.getAllWindows(),
  forkCore: (entry, options) => utilityProcess.fork(entry, [], { ...options, stdio: 'inherit' }),
  createChannel: () => new MessageChannelMain(),
  shell,
  safeStorage: {
    isEncryptionAvailable: () => safeStorage.isEncryptionAvailable(),
    encryptString: (text) => safeStorage.encryptString(text),
    decryptString: (encrypted) => safeStorage.decryptString(encrypted),
    ...(process.platform === 'linux'
      ? { getSelectedStorageBackend: () => safeStorage.getSelectedStorageBackend() }
      : {}),
  },
  setMenu: (template) => Menu.setApplicationMenu(Menu.buildFromTemplate(template)),
  workAreas: () => screen.getAllDisplays().map((display) => display.workArea),
  dialog: {
    showOpenDialog(options) {
      const [window] = inWindow();
      return window ? dialog.showOpenDialog(window, options) : dialog.showOpenDialog(options);
    },
    showSaveDialog(options) {
      const [window] = inWindow();
      return window ? dialog.showSaveDialog(window, options) : dialog.showSaveDialog(options);
    },
    async ask({ buttons, ...options }) {
      const [window] = inWindow();
      const question = { ...options, buttons, type: 'question' as const, cancelId: buttons.length - 1 };
      const { response } = await (window
        ? dialog.showMessageBox(window, question)
        : dialog.showMessageBox(question));
      return response;
    },
    showErrorBox: (title, content) => dialog.showErrorBox(title, content),
  },
};

startShell(parts, {
  entryDir: import.meta.dirname,
  dataDir: dataDirectory(undefined),
  env: process.env,
  platform: process.platform,
  resourcesPath: process.resourcesPath,
  devServer: process.env['ELECTRON_RENDERER_URL'],
}).catch((error: unknown) => {
  dialog.showErrorBox('Assize could not start', error instanceof Error ? error.message : String(error));
  app.exit(1);
});
