import type { ModelFile } from '../../domain/model.ts';
import type { Load } from './load.ts';
import type { Place } from './memory-queue.ts';
import { requireSameFile } from './same-file.ts';

/** The model that a judge phase leaves loaded for the next ones of its run that ask the same file. */
export interface Resident {
  /** The model to be loaded now is large enough for these phases too. */
  expect(seqs: readonly number[]): void;
  /** Whether the model shall stay when this phase is over. */
  staysAfter(seq: number): boolean;
  /** @param end ends its process, and writes down what came of it. */
  park(load: Load, end: () => Promise<void>): void;
  isThere(): boolean;
  /** Whether a loaded model waits for this phase. */
  waitsFor(seq: number): boolean;
  /**
   * Hands the loaded model over. Null when its process has died or the file is another one by now: then it is ended, and
   * memory has to be waited for. Throws Problem CONFLICT when the file has changed on the disk.
   */
  take(file: ModelFile, sha256: string): Promise<Load | null>;
  /** Ends the model that waits, if there is one, and gives its memory back. */
  end(): Promise<void>;
}

export function createResident(place: Place, isLeft: (seq: number) => boolean): Resident {
  let expected: readonly number[] = [];
  let parked: { readonly load: Load; readonly end: () => Promise<void> } | null = null;
  const end = async (): Promise<void> => {
    if (parked === null) return;
    const { end: close } = parked;
    parked = null;
    expected = [];
    try {
      await close();
    } finally {
      place.release();
    }
  };
  return {
    expect(seqs) {
      expected = seqs;
    },
    staysAfter: (seq) => !place.isInTheWay() && expected.some((next) => next > seq && isLeft(next)),
    park(load, close) {
      parked = { load, end: close };
    },
    isThere: () => parked !== null,
    waitsFor: (seq) => parked !== null && expected.includes(seq),
    async take(file, sha256) {
      if (parked === null) return null;
      const { load } = parked;
      if (load.sha256 !== sha256 || !isSame(load.file, file) || load.session.isOver()) {
        await end();
        return null;
      }
      await requireSameFile(load.file);
      parked = null;
      return load;
    },
    end,
  };
}

/** Where models are loaded together each phase ends its own. */
export const NO_RESIDENT: Resident = {
  expect: () => undefined,
  staysAfter: () => false,
  park: () => undefined,
  isThere: () => false,
  waitsFor: () => false,
  take: () => Promise.resolve(null),
  end: () => Promise.resolve(),
};

function isSame(a: ModelFile, b: ModelFile): boolean {
  return a.path === b.path && a.fileBytes === b.fileBytes && a.modifiedAt === b.modifiedAt;
}
