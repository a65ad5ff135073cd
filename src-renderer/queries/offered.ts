import { create } from 'zustand';
import type { Progress } from '../../src-main/domain/import.ts';
import type { DropVerdict } from '../lib/drop.ts';
import { isAbort } from '../lib/error-sentence.ts';
import { grant } from './files.ts';

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

async function send(file: File): Promise<void> {
  const controller = new AbortController();
  running = controller;
  const show = (handOver: HandOver): void => {
    if (running === controller) useStore.setState({ handOver });
  };
  const sending = (progress: Progress | null): void =>
    show({ state: 'sending', name: file.name, progress, cancel: () => controller.abort() });
  sending(null);
  try {
    show({ state: 'granted', file: await grant(file, { signal: controller.signal, onProgress: sending }) });
  } catch (error) {
    show(isAbort(error) ? { state: 'cancelled' } : { state: 'failed', error, retry: () => void send(file) });
  }
}

/** Hands a dropped or chosen file to core; the import page shows how that goes. */
export function offerFile(verdict: DropVerdict): void {
  running?.abort();
  running = null;
  if (verdict.kind === 'refuse')
    useStore.setState({ handOver: { state: 'refused', sentence: verdict.sentence } });
  else void send(verdict.file);
}

/** After the grant was taken over into the address. */
export function clearHandOver(): void {
  useStore.setState({ handOver: { state: 'idle' } });
}

export function useHandOver(): HandOver {
  return useStore(({ handOver }) => handOver);
}
