import type { FetchedFile } from './fetch-file.ts';
import { createRate } from './rate.ts';

/** One state of a download; the contract's Progress and more. */
export interface DownloadProgress {
  /** A sentence fragment for people: "Fetching X.gguf (2 of 3)". */
  readonly step: string;
  /** Bytes over all files, those of earlier tries included. */
  readonly done: number;
  readonly total: number | null;
  readonly etaSeconds: number | null;
  readonly bytesPerSecond: number | null;
  /** Set in the last one: the files in order. The first path names the model. */
  readonly files: readonly FetchedFile[] | null;
}

/** People read five numbers a second at most, and want to see that nothing comes. */
const EMIT_MS = 200;

export interface Report extends Disposable {
  step(text: string): void;
  /** Bytes on disk over all files. What was there before the first call of a file is not counted as speed. */
  done(bytes: number, fromNetwork: boolean): void;
  last(files: readonly FetchedFile[]): DownloadProgress;
}

/** Turns what happens into progress at a fixed pace, also while nothing arrives. */
export function createReport(total: number | null, emit: (progress: DownloadProgress) => void): Report {
  const rate = createRate();
  let text = '';
  let done = 0;
  let transferred = 0;
  const state = (): DownloadProgress => ({
    step: text,
    done,
    total,
    etaSeconds: total === null ? null : rate.etaSeconds(Math.max(0, total - done)),
    bytesPerSecond: rate.bytesPerSecond(),
    files: null,
  });
  const tick = (): void => {
    rate.add(transferred, performance.now());
    emit(state());
  };
  const timer = setInterval(tick, EMIT_MS);
  rate.add(0, performance.now());
  return {
    step(next) {
      text = next;
      tick();
    },
    done(bytes, fromNetwork) {
      if (fromNetwork && bytes > done) transferred += bytes - done;
      done = bytes;
    },
    last: (files) => ({ ...state(), step: 'Downloaded', done, total: done, etaSeconds: 0, files }),
    [Symbol.dispose]: () => clearInterval(timer),
  };
}
