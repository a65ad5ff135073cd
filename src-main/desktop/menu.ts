import type { MenuItemConstructorOptions } from 'electron';

export interface MenuState {
  readonly platform: NodeJS.Platform;
  readonly development: boolean;
}

export interface MenuActions {
  readonly openDataFolder: () => void;
}

/** The application's menu: the system's usual roles, and the data folder. Reload and developer tools only while developing. */
export function menuTemplate(state: MenuState, actions: MenuActions): MenuItemConstructorOptions[] {
  const isMac = state.platform === 'darwin';
  const dataFolder: MenuItemConstructorOptions = {
    label: 'Show Data Folder',
    click: () => actions.openDataFolder(),
  };
  const view: MenuItemConstructorOptions[] = [
    { role: 'resetZoom' },
    { role: 'zoomIn' },
    { role: 'zoomOut' },
    { type: 'separator' },
    { role: 'togglefullscreen' },
  ];
  if (state.development) {
    view.push({ type: 'separator' }, { role: 'reload' }, { role: 'toggleDevTools' });
  }
  return [
    ...(isMac ? [{ role: 'appMenu' } satisfies MenuItemConstructorOptions] : []),
    { label: 'File', submenu: [dataFolder, { type: 'separator' }, { role: isMac ? 'close' : 'quit' }] },
    { role: 'editMenu' },
    { label: 'View', submenu: view },
    { role: 'windowMenu' },
  ];
}
