import type { Progress } from '../../src-main/domain/import.ts';

export interface GrantOptions {
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: Progress) => void;
}

interface Granted {
  readonly file: string;
  /** Of a file of a folder: the folder's grant. */
  readonly folder?: string;
}

const isGrant = (value: unknown): value is Granted =>
  typeof value === 'object' && value !== null && 'file' in value && typeof value.file === 'string';

function refusalOf(response: XMLHttpRequest, file: File): string {
  try {
    const body: unknown = JSON.parse(response.responseText);
    if (typeof body === 'object' && body !== null && 'message' in body && typeof body.message === 'string')
      return body.message;
  } catch {
    // Not JSON: a proxy or an old server; the status says enough.
  }
  if (response.status === 413) return `${file.name} is larger than this workbench takes in one upload.`;
  return `${file.name} could not be sent to the workbench (${response.status}). Try once more.`;
}

/** XMLHttpRequest and not fetch: only it reports how much of a streamed upload has left. */
function upload(
  file: File,
  query: Readonly<Record<string, string>>,
  options: GrantOptions,
): Promise<Granted> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    const startedAt = performance.now();
    request.open('POST', `/upload?${new URLSearchParams(query).toString()}`);
    request.setRequestHeader('content-type', 'application/octet-stream');
    request.upload.addEventListener('progress', (event) => {
      const elapsed = (performance.now() - startedAt) / 1000;
      const left = event.loaded > 0 ? (elapsed * (event.total - event.loaded)) / event.loaded : null;
      options.onProgress?.({
        step: `Sending ${file.name}`,
        done: event.loaded,
        total: event.total,
        etaSeconds: left,
      });
    });
    request.addEventListener('load', () => {
      if (request.status < 200 || request.status > 299) return reject(new Error(refusalOf(request, file)));
      const body: unknown = JSON.parse(request.responseText);
      return isGrant(body) ? resolve(body) : reject(new Error(refusalOf(request, file)));
    });
    request.addEventListener('error', () =>
      reject(
        new Error(
          `${file.name} could not be sent: the workbench does not answer, or the file changed while it was read.`,
        ),
      ),
    );
    request.addEventListener('abort', () => reject(new DOMException('Cancelled', 'AbortError')));
    options.signal?.addEventListener('abort', () => request.abort(), { once: true });
    request.send(file);
  });
}

/** Hands a file of the user to core and returns the grant under which core knows it. Rejects with a sentence. */
export async function grantFile(file: File, options: GrantOptions = {}): Promise<string> {
  if (window.bridge !== undefined) return window.bridge.grantFile(file);
  return (await upload(file, { name: file.name }, options)).file;
}

/** A file of a dropped folder, and where in it. */
export interface PlacedFile {
  /** Below the folder, with "/" between. */
  readonly place: string;
  readonly file: File;
}

/**
 * Sends the files of a dropped folder one after the other, each to its place, and returns the grant of the folder: a browser does not
 * tell where a folder lies. Rejects with a sentence, and then nothing of it is kept.
 */
export async function grantFolder(
  name: string,
  files: readonly PlacedFile[],
  options: GrantOptions = {},
): Promise<string> {
  const total = files.reduce((sum, { file }) => sum + file.size, 0);
  const set = crypto.randomUUID();
  let sent = 0;
  let folder: string | undefined;
  for (const { place, file } of files) {
    options.signal?.throwIfAborted();
    const before = sent;
    const { onProgress } = options;
    const more =
      onProgress === undefined
        ? options
        : {
            ...options,
            onProgress: ({ done }: Progress) =>
              onProgress({ step: `Sending ${place}`, done: before + done, total, etaSeconds: null }),
          };
    ({ folder } = await upload(file, { name: place, set, root: name }, more));
    sent += file.size;
  }
  if (folder === undefined) throw new Error(`“${name}” holds no file that could be imported.`);
  return folder;
}

/** Gives the user a file that core has written: a save dialog in the desktop, a download in a browser. */
export async function saveFile(file: string, suggestedName: string): Promise<void> {
  if (window.bridge !== undefined) {
    await window.bridge.saveFile(file, suggestedName);
    return;
  }
  const anchor = document.createElement('a');
  anchor.href = `/download/${encodeURIComponent(file)}`;
  anchor.download = suggestedName;
  anchor.click();
}
