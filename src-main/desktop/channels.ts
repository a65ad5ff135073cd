/** Names of the shell's own calls: what a page may ask of the desktop beside the contract. The preload names no others. */
export const CHANNELS = {
  requestPort: 'assize:request-port',
  grantPath: 'assize:grant-path',
  pickFile: 'assize:pick-file',
  pickFolder: 'assize:pick-folder',
  saveFile: 'assize:save-file',
  reveal: 'assize:reveal',
  openExternal: 'assize:open-external',
  listKeys: 'assize:list-keys',
  keepKey: 'assize:keep-key',
  forgetKey: 'assize:forget-key',
} as const;

/** The channel on which a window receives its port, and the message the page gets with it. */
export const PORT_CHANNEL = 'assize:port';
export const PORT_MESSAGE = { type: 'assize:port' } as const;

/** Failures are data: a rejected `invoke` keeps nothing but a message that Electron has written over. */
export type ShellAnswer<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly message: string };
