import type { Progress } from '../../domain/import.ts';
import { createRun } from '../hardware/run-command.ts';
import { Problem } from '../problem.ts';
import { getDefaultModel } from './default-model.ts';
import { DownloadError } from './download/download-error.ts';
import { download } from './download/download.ts';

type Report = (progress: Omit<Progress, 'etaSeconds'>) => void;

export interface FetchDeps {
  readonly folder: string;
  readonly folders: () => readonly string[];
  readonly dataDir: string;
  readonly env: NodeJS.ProcessEnv;
}

/**
 * Fetches "default", a hub model or an https address into Assize's own folder and gives the path of the (first) file. Throws
 * Problem with the sentence of what failed; a cancelled download can be gone on with.
 */
export function modelFetcher(deps: FetchDeps) {
  return async (uri: string, signal: AbortSignal, report: Report): Promise<string> => {
    try {
      return uri === 'default'
        ? await fetchDefault(deps, signal, report)
        : await fetchUri(deps, uri, signal, report);
    } catch (error) {
      if (error instanceof DownloadError) {
        throw new Problem(error.kind === 'no-space' ? 'STORAGE' : 'REFUSED', error.message);
      }
      throw error;
    }
  };
}

function fetchDefault(
  { folders, dataDir, env }: FetchDeps,
  signal: AbortSignal,
  report: Report,
): Promise<string> {
  return getDefaultModel({
    folders: folders(),
    dataDir,
    signal,
    run: createRun(env),
    onStep: (step) => report({ step, done: 0, total: null }),
  });
}

async function fetchUri(
  { folder, env }: FetchDeps,
  uri: string,
  signal: AbortSignal,
  report: Report,
): Promise<string> {
  let path: string | null = null;
  for await (const progress of download({ uri, folder, signal, token: env['HF_TOKEN'] ?? null })) {
    report({ step: progress.step, done: progress.done, total: progress.total });
    path = progress.files?.[0]?.path ?? path;
  }
  signal.throwIfAborted();
  if (path === null) throw new Problem('REFUSED', `Nothing was fetched from ${uri}.`);
  return path;
}
