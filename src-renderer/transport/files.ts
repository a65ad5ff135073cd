import type { Progress } from '../../src-main/domain/import.ts';

export interface GrantOptions {
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: Progress) => void;
}

const isGrant = (value: unknown): value is { file: string } =>
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
function upload(file: File, options: GrantOptions): Promise<string> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    const startedAt = performance.now();
    request.open('POST', `/upload?name=${encodeURIComponent(file.name)}`);
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
      return isGrant(body) ? resolve(body.file) : reject(new Error(refusalOf(request, file)));
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
  return window.bridge === undefined ? upload(file, options) : window.bridge.grantFile(file);
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
