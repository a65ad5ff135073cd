import { z } from 'zod';

import { isRawPiece, parseSplitName } from '../split-names.ts';
import { DownloadError } from './download-error.ts';
import { request } from './http.ts';
import type { Http } from './http.ts';

export const HUB = 'https://huggingface.co';

/** A file of a repository on the hub. `sha256` is null for small files, which the hub keeps in git. */
export interface HubFile {
  readonly path: string;
  readonly bytes: number;
  readonly sha256: string | null;
}

const treeSchema = z.array(
  z.object({
    type: z.string(),
    path: z.string(),
    size: z.number(),
    lfs: z.object({ oid: z.string(), size: z.number() }).optional(),
  }),
);

/** A repository with more pages than this holds something else than models. */
const MAX_PAGES = 20;
/** Of a list of files: a thousand entries are some 300 kB. */
const MAX_LIST_BYTES = 16 * 1024 * 1024;
/** When nothing is asked for: the usual compromise first, then what is nearest to it. */
const PREFERRED = [
  'Q4_K_M',
  'Q5_K_M',
  'Q4_K_S',
  'Q6_K',
  'Q8_0',
  'Q4_0',
  'Q4_1',
  'IQ4_XS',
  'Q3_K_M',
  'F16',
  'BF16',
];

/** Address of a file's bytes. */
export function hubFileUrl(hub: string, repository: string, revision: string, path: string): URL {
  const encoded = path.split('/').map(encodeURIComponent).join('/');
  return new URL(`${hub}/${repository}/resolve/${encodeURIComponent(revision)}/${encoded}`);
}

/** All GGUF files of a repository. Throws a DownloadError. */
export async function listHubFiles(
  http: Http,
  hub: string,
  repository: string,
  revision: string,
): Promise<readonly HubFile[]> {
  const files: HubFile[] = [];
  let page: URL | null = new URL(
    `${hub}/api/models/${repository}/tree/${encodeURIComponent(revision)}?recursive=true`,
  );
  for (let count = 0; page !== null && count < MAX_PAGES; count++) {
    const answer = await request(http, 'GET', page);
    const entries = parseTree(await readAll(answer.body()), page);
    for (const { type, path, size, lfs } of entries)
      if (type === 'file' && /\.gguf$/i.test(path))
        files.push({ path, bytes: lfs?.size ?? size, sha256: lfs?.oid ?? null });
    page = nextPage(answer.header('link'), page);
  }
  return files;
}

/** The files of one quantization, all parts when split. Throws a DownloadError that lists what there is. */
export function chooseQuantization(
  repository: string,
  files: readonly HubFile[],
  quantization: string | null,
): readonly HubFile[] {
  const models = Map.groupBy(
    files.filter(({ path }) => !/mmproj|imatrix/i.test(path) && !isRawPiece(path)),
    ({ path }) => {
      const split = parseSplitName(path);
      return split === null ? path.replace(/\.gguf$/i, '') : split.base;
    },
  );
  if (models.size === 0)
    throw new DownloadError(
      'not-found',
      `${repository} has no GGUF files: look for a repository whose name ends in GGUF.`,
    );
  const wanted = quantization === null ? PREFERRED : [quantization];
  for (const name of wanted) {
    const [base] = [...models.keys()].filter((key) => hasQuantization(key, name)).toSorted(byLength);
    if (base !== undefined) return models.get(base)?.toSorted((a, b) => (a.path < b.path ? -1 : 1)) ?? [];
  }
  const [only] = models.values();
  if (quantization === null && only !== undefined) return only;
  const shown = [...models.keys()].slice(0, 12).map((key) => key.split('/').at(-1) ?? key);
  throw new DownloadError(
    'not-found',
    `${repository} has no ${quantization ?? 'model'}. It has: ${shown.join(', ')}.`,
  );
}

/**
 * "Model-Q4_K_M", "model.q4_k_m", "Q4_K_M/Model": the name as a whole word at the end of a part, so Q4_K is
 * not Q4_K_M.
 */
function hasQuantization(base: string, name: string): boolean {
  const low = name.toLowerCase();
  return base
    .toLowerCase()
    .split('/')
    .some((part) => part === low || (part.endsWith(low) && '-_.'.includes(part.at(-low.length - 1) ?? '')));
}

/** Without variants such as "UD-" and without sub-folders first. */
function byLength(a: string, b: string): number {
  return a.length - b.length || (a < b ? -1 : 1);
}

function parseTree(text: string, page: URL): z.infer<typeof treeSchema> {
  try {
    return treeSchema.parse(JSON.parse(text));
  } catch (error) {
    throw new DownloadError('server', `${page.host} answered with something that is no list of files.`, {
      cause: error,
    });
  }
}

/** `Link: <address>; rel="next"`, on the same host only. */
function nextPage(link: string | null, here: URL): URL | null {
  const next = /<([^>]+)>;\s*rel="next"/.exec(link ?? '')?.[1];
  const url = next === undefined ? null : URL.parse(next, here.href);
  return url?.origin === here.origin ? url : null;
}

async function readAll(body: AsyncIterable<Uint8Array>): Promise<string> {
  const pieces: Uint8Array[] = [];
  let bytes = 0;
  for await (const piece of body) {
    pieces.push(piece);
    bytes += piece.length;
    if (bytes > MAX_LIST_BYTES) throw new DownloadError('server', 'The list of files has no end.');
  }
  return Buffer.concat(pieces).toString('utf8');
}
