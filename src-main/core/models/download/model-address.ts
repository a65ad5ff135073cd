import { DownloadError } from './download-error.ts';

/** Where a model is to come from. */
export type ModelAddress =
  | {
      readonly kind: 'hub-file';
      readonly repository: string;
      readonly revision: string;
      /** Path inside the repository. */
      readonly file: string;
    }
  | {
      readonly kind: 'hub-quantization';
      readonly repository: string;
      readonly revision: string;
      /** "Q4_K_M"; null leaves the choice to us. */
      readonly quantization: string | null;
    }
  | { readonly kind: 'url'; readonly url: URL; readonly fileName: string };

const HUB = /^hf:(?:\/\/)?([\w.-]+\/[\w.-]+)(?:@([\w./-]+?))?(?::([\w.-]+)|\/(.+\.gguf))?(?:#([\w./-]+))?$/i;
const HUB_PAGE = /^\/([\w.-]+\/[\w.-]+)\/(?:blob|resolve)\/([^/]+)\/(.+\.gguf)$/i;

/**
 * Reads "hf:user/repo", "hf:user/repo:Q4_K_M", "hf:user/repo/file.gguf" (each with "@revision" after the
 * repository or "#revision" at the end) or an https address of a .gguf file; a page of the hub counts as the
 * file it shows. http is taken from this machine only. Throws a DownloadError otherwise.
 */
export function parseModelAddress(text: string): ModelAddress {
  const said = text.trim();
  if (/^hf:/i.test(said)) return parseHub(said);
  let url: URL;
  try {
    url = new URL(said);
  } catch {
    throw new DownloadError(
      'bad-address',
      `"${said}" is no address of a model: write hf:user/repo:Q4_K_M, hf:user/repo/file.gguf or an https address that ends in .gguf.`,
    );
  }
  if (!isAllowed(url))
    throw new DownloadError(
      'bad-address',
      `Models are fetched over https, not over ${url.protocol.slice(0, -1)}.`,
    );
  const page = /^(www\.)?(huggingface\.co|hf\.co)$/.test(url.hostname) ? HUB_PAGE.exec(url.pathname) : null;
  if (page !== null) {
    const [, repository = '', revision = '', file = ''] = page.map((part) => decodeURIComponent(part));
    return { kind: 'hub-file', repository, revision, file };
  }
  return { kind: 'url', url, fileName: fileNameOf(decodeURIComponent(url.pathname)) };
}

/** https anywhere, http on this machine. */
export function isAllowed(url: URL): boolean {
  const loopback = ['localhost', '127.0.0.1', '[::1]'].includes(url.hostname);
  return url.protocol === 'https:' || (url.protocol === 'http:' && loopback);
}

/** The last part of a path as the name of a file to write. Throws when it is no plain .gguf name. */
export function fileNameOf(path: string): string {
  const name = path.split('/').at(-1) ?? '';
  if (/[\p{Cc}\\:*?"<>|]/u.test(name) || name.startsWith('.') || !/.\.gguf$/i.test(name))
    throw new DownloadError(
      'bad-address',
      `The address does not end in the name of a .gguf file ("${name}").`,
    );
  return name;
}

function parseHub(said: string): ModelAddress {
  const match = HUB.exec(said);
  const repository = match?.[1];
  if (match === null || repository === undefined || repository.includes('..'))
    throw new DownloadError(
      'bad-address',
      `"${said}" is no address on the hub: write hf:user/repo:Q4_K_M or hf:user/repo/file.gguf.`,
    );
  const revision = match[2] ?? match[5] ?? 'main';
  const file = match[4];
  if (file === undefined)
    return { kind: 'hub-quantization', repository, revision, quantization: match[3] ?? null };
  if (file.split('/').includes('..'))
    throw new DownloadError('bad-address', `"${said}" leaves its repository.`);
  return { kind: 'hub-file', repository, revision, file };
}
