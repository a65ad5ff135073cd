import { create } from 'zustand';
import type { Progress } from '../../src-main/domain/import.ts';
import { type DropVerdict, folderSentence } from '../lib/drop.ts';
import { isAbort } from '../lib/error-sentence.ts';
import { type FolderEntry, readFolder } from '../lib/read-folder.ts';
import { grant, grantFiles } from './files.ts';

/** A dropped or chosen file on its way to core. It goes on while other pages are looked at; a new one takes its place. */
export type HandOver =
  | { readonly state: 'idle' }
  | { readonly state: 'refused'; readonly sentence: string }
  | {
      readonly state: 'sending';
      readonly name: string;
      readonly progress: Progress | null;
      readonly cancel: () => void;
    }
  | { readonly state: 'granted'; readonly file: string }
  | { readonly state: 'cancelled' }
  | { readonly state: 'failed'; readonly error: unknown; readonly retry: () => void };

const useStore = create<{ readonly handOver: HandOver }>(() => ({ handOver: { state: 'idle' } }));

let running: AbortController | null = null;

type Work = (options: {
  readonly signal: AbortSignal;
  readonly onProgress: (progress: Progress | null) => void;
}) => Promise<HandOver>;

async function send(name: string, work: Work): Promise<void> {
  const controller = new AbortController();
  running = controller;
  const show = (handOver: HandOver): void => {
    if (running === controller) useStore.setState({ handOver });
  };
  const onProgress = (progress: Progress | null): void =>
    show({ state: 'sending', name, progress, cancel: () => controller.abort() });
  onProgress(null);
  try {
    show(await work({ signal: controller.signal, onProgress }));
  } catch (error) {
    show(
      isAbort(error)
        ? { state: 'cancelled' }
        : { state: 'failed', error, retry: () => void send(name, work) },
    );
  }
}

const sendFile =
  (file: File): Work =>
  async (options) => ({ state: 'granted', file: await grant(file, options) });

const sendFolder =
  (name: string, entry: FolderEntry): Work =>
  async (options) => {
    const { files, models, cut } = await readFolder(entry);
    if (files.length > 0 && !cut) return { state: 'granted', file: await grantFiles(name, files, options) };
    const sentence = cut
      ? `“${name}” holds more files than are looked through. Drop the folder in it that you mean, or the file.`
      : models > 0
        ? folderSentence(name)
        : `“${name}” holds no file that could be a dataset. Assize reads CSV, TSV, JSON, JSONL, Parquet and the logs of other evaluation tools.`;
    return { state: 'refused', sentence };
  };

/** Hands a dropped or chosen file to core; the import page shows how that goes. */
export function offerFile(verdict: DropVerdict): void {
  running?.abort();
  running = null;
  if (verdict.kind === 'refuse')
    useStore.setState({ handOver: { state: 'refused', sentence: verdict.sentence } });
  else if (verdict.kind === 'folder') void send(verdict.name, sendFolder(verdict.name, verdict.entry));
  else void send(verdict.file.name, sendFile(verdict.file));
}

/** After the grant was taken over into the address. */
export function clearHandOver(): void {
  useStore.setState({ handOver: { state: 'idle' } });
}

export function useHandOver(): HandOver {
  return useStore(({ handOver }) => handOver);
}
