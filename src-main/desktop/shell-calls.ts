import { copyFile, realpath } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { z } from 'zod';
import { isInside } from '../core/page/asset.ts';
import { CHANNELS, PORT_CHANNEL, type ShellAnswer } from './channels.ts';
import type { CoreLink } from './core-link.ts';
import type { KeyStore } from './keys.ts';
import type { Call, ElectronParts } from './electron-parts.ts';
import { decideExternal } from './navigation.ts';
import { decideReveal } from './reveal.ts';
import { isTrustedSender } from './trust.ts';

export interface ShellCallOptions<P> {
  readonly parts: ElectronParts<P>;
  readonly core: CoreLink<P>;
  readonly keys: KeyStore;
  readonly origin: string;
  readonly windowIds: ReadonlySet<number>;
  readonly dataDir: string;
  readonly platform: NodeJS.Platform;
}

const text = z.string().min(1).max(4096);

/** Asks, with the host in the question, and opens an address in the user's own program. True when it was opened. */
export async function openExternally<P>(parts: ElectronParts<P>, address: string): Promise<boolean> {
  const target = decideExternal(address);
  if (target === null) return false;
  const pressed = await parts.dialog.ask({
    message: `Open ${target.shown}?`,
    detail: `${target.url}\n\nThis leaves Assize and uses the network.`,
    buttons: ['Open', 'Cancel'],
  });
  if (pressed !== 0) return false;
  await parts.shell.openExternal(target.url);
  return true;
}

/** Registers the shell's own calls. Each asks first who is calling, then parses what it was given; failures are answers. */
export function registerShellCalls<P>(options: ShellCallOptions<P>): void {
  const { parts, core, origin, windowIds } = options;

  function on<T, S extends z.ZodType<unknown[]>>(
    channel: string,
    input: S,
    work: (values: z.output<S>, event: Call<P>) => Promise<T>,
  ): void {
    parts.ipcMain.handle(channel, async (event, ...values): Promise<ShellAnswer<T>> => {
      if (!isTrustedSender(event, windowIds, origin)) {
        return { ok: false, message: 'This call did not come from the workbench.' };
      }
      const parsed = input.safeParse(values);
      if (!parsed.success) return { ok: false, message: 'The desktop shell could not read this request.' };
      try {
        return { ok: true, value: await work(parsed.data, event) };
      } catch (error) {
        return { ok: false, message: error instanceof Error ? error.message : String(error) };
      }
    });
  }

  on(CHANNELS.requestPort, z.tuple([]), async (_values, event) => {
    const { port1, port2 } = parts.createChannel();
    await core.connect(port1);
    event.sender.postMessage(PORT_CHANNEL, origin, [port2]);
    return null;
  });
  on(CHANNELS.grantPath, z.tuple([text]), ([path]) => grant(core, path));
  on(CHANNELS.pickFile, z.tuple([]), async () => {
    const path = await pick(parts, 'openFile');
    return path === null ? null : { file: await grant(core, path), name: basename(path) };
  });
  on(CHANNELS.pickFolder, z.tuple([]), () => pick(parts, 'openDirectory'));
  on(CHANNELS.saveFile, z.tuple([text, text]), ([file, name]) => saveFile(options, file, name));
  on(CHANNELS.reveal, z.tuple([text]), async ([path]) => {
    const shown = decideReveal(path, options.platform);
    if (shown === null) throw new Error('Only a file or folder of this computer can be shown.');
    parts.shell.showItemInFolder(shown);
    return null;
  });
  on(CHANNELS.openExternal, z.tuple([text]), ([address]) => openExternally(parts, address));
  registerKeyCalls(options.keys, on);
}

type On = <T, S extends z.ZodType<unknown[]>>(
  channel: string,
  input: S,
  work: (values: z.output<S>) => Promise<T>,
) => void;

/** Keys go in and are forgotten; nothing of the page's ever reads one back. */
function registerKeyCalls(keys: KeyStore, on: On): void {
  on(CHANNELS.listKeys, z.tuple([]), async () => keys.list());
  on(CHANNELS.keepKey, z.tuple([text, text]), async ([variable, key]) => {
    keys.keep(variable, key);
    return null;
  });
  on(CHANNELS.forgetKey, z.tuple([text]), async ([variable]) => {
    keys.forget(variable);
    return null;
  });
}

async function grant<P>(core: CoreLink<P>, path: string): Promise<string> {
  const id = await core.grant(path);
  if (id === null)
    throw new Error(`${basename(path)} cannot be read. It may have been moved; drop it again.`);
  return id;
}

async function pick<P>(parts: ElectronParts<P>, what: 'openFile' | 'openDirectory'): Promise<string | null> {
  const { canceled, filePaths } = await parts.dialog.showOpenDialog({ properties: [what] });
  return canceled ? null : (filePaths[0] ?? null);
}

/** Only what lies in the data directory leaves through a save dialog: an export, not a file that someone granted for reading. */
async function saveFile<P>(options: ShellCallOptions<P>, file: string, name: string): Promise<boolean> {
  const path = await options.core.resolve(file);
  if (path === null || !isInside(path, await realpath(options.dataDir))) {
    throw new Error('This export is gone. Export again and save it from there.');
  }
  const { dialog, app } = options.parts;
  const defaultPath = join(app.getPath('downloads'), basename(name));
  const { canceled, filePath } = await dialog.showSaveDialog({ defaultPath });
  if (canceled || filePath === '') return false;
  await copyFile(path, filePath);
  return true;
}
