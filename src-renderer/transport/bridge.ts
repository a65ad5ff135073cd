/**
 * What the desktop's preload script puts on `window.bridge`. A browser has none: everything the shell alone can do
 * is a capability that the page asks for before it offers it.
 */
export interface Bridge {
  /**
   * Asks the shell for a port to core. It arrives as a window message `{ type: 'assize:port' }` with one port, because
   * the isolated world cannot return one.
   */
  readonly requestPort: () => void;
  /** A dropped or chosen file (or folder) as a grant that core can resolve to its path. */
  readonly grantFile: (file: File) => Promise<string>;
  /** The system's folder dialog; the chosen path, null when it was closed. */
  readonly pickFolder: () => Promise<string | null>;
  /** Asks where to keep a file of the data directory and copies it there; false when the dialog was closed. */
  readonly saveFile: (file: string, suggestedName: string) => Promise<boolean>;
  /** Shows a path in the system's file manager. */
  readonly reveal: (path: string) => Promise<void>;
  /** Names of the variables under which the desktop keeps a key, and why it keeps none where that is so. */
  readonly listKeys: () => Promise<{
    readonly problem: string | null;
    readonly variables: readonly string[];
  }>;
  readonly keepKey: (variable: string, key: string) => Promise<void>;
  readonly forgetKey: (variable: string) => Promise<void>;
}

declare global {
  interface Window {
    readonly bridge?: Bridge;
  }
}

export interface Capabilities {
  readonly door: 'desktop' | 'serve';
  /** A folder dialog can be shown, and dropped files and folders keep their place on disk. */
  readonly localPaths: boolean;
}

/** What this door can do; fixed for the life of the page. */
export const capabilities: Capabilities =
  window.bridge === undefined ? { door: 'serve', localPaths: false } : { door: 'desktop', localPaths: true };
