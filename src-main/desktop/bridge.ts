import { CHANNELS, PORT_CHANNEL, PORT_MESSAGE, type ShellAnswer } from './channels.ts';

/** What the page finds on `window.bridge`: named functions, no channel names, nothing of Electron. */
export interface Bridge {
  /** Asks for a port to core; it arrives as a window message `{type: 'assize:port'}`, one for each time it was asked for. */
  readonly requestPort: () => void;
  /** A dropped or chosen file (or folder) as a grant. Rejects with a sentence. */
  readonly grantFile: (file: File) => Promise<string>;
  /** The system's file dialog; a grant and the file's name, null when it was closed. */
  readonly pickFile: () => Promise<{ readonly file: string; readonly name: string } | null>;
  /** The system's folder dialog; a path, null when it was closed. */
  readonly pickFolder: () => Promise<string | null>;
  /** Copies a granted file of the data directory to where the user says; false when the dialog was closed. */
  readonly saveFile: (file: string, suggestedName: string) => Promise<boolean>;
  readonly reveal: (path: string) => Promise<void>;
  /** Opens an https or mailto address in the user's own program, after asking. */
  readonly openExternal: (url: string) => Promise<void>;
  /** Names of the variables under which a key of a server is kept, and why none can be kept where that is so. Never a key. */
  readonly listKeys: () => Promise<{
    readonly problem: string | null;
    readonly variables: readonly string[];
  }>;
  /** Keeps a key, encrypted by the system. Rejects with a sentence where the system has no store for it. */
  readonly keepKey: (variable: string, key: string) => Promise<void>;
  readonly forgetKey: (variable: string) => Promise<void>;
}

export interface BridgeParts<P> {
  readonly invoke: (channel: string, ...values: readonly unknown[]) => Promise<unknown>;
  readonly onPort: (channel: string, listener: (origin: unknown, ports: readonly P[]) => void) => void;
  readonly postToPage: (message: unknown, origin: string, ports: readonly P[]) => void;
  readonly pathForFile: (file: File) => string;
}

function isAnswer(value: unknown): value is ShellAnswer<unknown> {
  return typeof value === 'object' && value !== null && 'ok' in value;
}

/** The page's bridge over the preload's means. A port is handed on only when asked for, once, and only to the origin the shell names. */
export function createBridge<P>({ invoke, onPort, postToPage, pathForFile }: BridgeParts<P>): Bridge {
  let wanted = 0;

  async function call(channel: string, ...values: readonly unknown[]): Promise<unknown> {
    const answer = await invoke(channel, ...values);
    if (!isAnswer(answer)) throw new Error('The desktop shell did not answer.');
    if (!answer.ok) throw new Error(answer.message);
    return answer.value;
  }

  onPort(PORT_CHANNEL, (origin, ports) => {
    const [port] = ports;
    if (wanted === 0 || port === undefined || typeof origin !== 'string' || origin === '*') return;
    wanted -= 1;
    postToPage(PORT_MESSAGE, origin, [port]);
  });

  return {
    requestPort() {
      wanted += 1;
      // The page has its own deadline for the port; a shell that cannot give one says why in a dialog.
      invoke(CHANNELS.requestPort).then(undefined, () => undefined);
    },
    async grantFile(file) {
      const path = pathForFile(file);
      if (path === '')
        throw new Error(`${file.name} is not a file on this computer. Save it first, then drop it.`);
      return textOf(await call(CHANNELS.grantPath, path));
    },
    async pickFile() {
      const picked = await call(CHANNELS.pickFile);
      return picked !== null && typeof picked === 'object' && 'file' in picked && 'name' in picked
        ? { file: textOf(picked.file), name: textOf(picked.name) }
        : null;
    },
    async pickFolder() {
      const path = await call(CHANNELS.pickFolder);
      return typeof path === 'string' ? path : null;
    },
    async saveFile(file, suggestedName) {
      return (await call(CHANNELS.saveFile, file, suggestedName)) === true;
    },
    async reveal(path) {
      await call(CHANNELS.reveal, path);
    },
    async openExternal(url) {
      await call(CHANNELS.openExternal, url);
    },
    async listKeys() {
      const kept = await call(CHANNELS.listKeys);
      if (kept === null || typeof kept !== 'object' || !('problem' in kept) || !('variables' in kept))
        throw new Error('The desktop shell gave an answer that is none.');
      const { problem, variables } = kept;
      return {
        problem: problem === null ? null : textOf(problem),
        variables: Array.isArray(variables) ? variables.map(textOf) : [],
      };
    },
    async keepKey(variable, key) {
      await call(CHANNELS.keepKey, variable, key);
    },
    async forgetKey(variable) {
      await call(CHANNELS.forgetKey, variable);
    },
  };
}

function textOf(value: unknown): string {
  if (typeof value !== 'string') throw new Error('The desktop shell gave an answer that is none.');
  return value;
}
