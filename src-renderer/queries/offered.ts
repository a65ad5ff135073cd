import { create } from 'zustand';
import type { DropVerdict } from '../lib/drop.ts';

interface Offered {
  /** Grows with each drop, so that the same file dropped twice is looked at twice. */
  readonly serial: number;
  readonly verdict: DropVerdict | null;
}

const useStore = create<Offered>(() => ({ serial: 0, verdict: null }));

/** Hands a dropped or chosen file to the import page. */
export function offerFile(verdict: DropVerdict): void {
  useStore.setState(({ serial }) => ({ serial: serial + 1, verdict }));
}

export function useOfferedFile(): Offered {
  return useStore();
}
