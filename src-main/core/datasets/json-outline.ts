import { QUESTION_NAMES } from '../../domain/datasets/column-names.ts';
import { recordOf } from '../../domain/datasets/fields.ts';
import type { FileRecord } from '../../domain/datasets/fields.ts';
import { finder } from '../../domain/datasets/guess-mapping.ts';
import { createJsonSplitter } from './json-split.ts';
import type { JsonPiece } from './json-split.ts';
import { parseJson } from './json-text.ts';

/** How the records lie in a JSON document. */
export type RecordLayout =
  /** Elements of the list at this path, "" for the document itself. */
  | { readonly kind: 'list'; readonly path: string }
  /** Members of the document, whose names are the records' ids. */
  | { readonly kind: 'members' }
  /** Lists or objects of equal length, one a column (pandas' default). */
  | { readonly kind: 'columns' }
  /** The document is the one record, or each of several that follow one another. */
  | { readonly kind: 'single' };

export interface JsonOutline {
  readonly layout: RecordLayout | null;
  /** Short members around the records, by dotted path: an Inspect log's "eval.model". */
  readonly header: FileRecord;
}

/** Lists that hold the records in files of known programs, the more particular first. */
const RECORD_LISTS = [
  'results.results',
  'samples',
  'data',
  'Data',
  'questions',
  'testCases',
  'test_cases',
  'rows',
  'examples',
  'instances',
  'items',
  'records',
  'evaluations',
  'entries',
  'test',
  'validation',
  'train',
  'results',
];

/** How much of a document is looked at to find its records. What comes before them is short in every known form. */
const OUTLINE_BYTES = 16 * 1024 * 1024;
const HEADER_VALUE_BYTES = 64 * 1024;
const MEMBERS_TO_TELL = 50;

interface Seen {
  readonly header: Map<string, unknown>;
  readonly lists: Map<string, number>;
  readonly members: Map<string, 'object' | 'list' | 'scalar'>;
  rootArray: boolean;
  /** Documents that follow one another, each an object. */
  documents: number;
  /** Elements of a list at the top: those that could be records, and all. */
  recordLike: number;
  elements: number;
}

function depthOf(path: string): number {
  return path === '' ? 0 : path.split('.').length;
}

function note(seen: Seen, piece: JsonPiece): void {
  const first = piece.bytes?.[0];
  if (piece.path === '[]') {
    seen.elements++;
    const isText = first === 0x22 && seen.elements === 1;
    if (first === 0x7b || first === 0x5b || isText) seen.recordLike++;
  }
  if (piece.path.endsWith('[]')) {
    const list = piece.path.slice(0, -2);
    if (first === 0x7b) seen.lists.set(list, (seen.lists.get(list) ?? 0) + 1);
    return;
  }
  if (piece.bytes === null || piece.bytes.length > HEADER_VALUE_BYTES) return;
  const parsed = parseJson(piece.bytes.toString('utf8'));
  if (parsed.ok) seen.header.set(piece.path, parsed.value);
}

function knownList(seen: Seen): string | null {
  return RECORD_LISTS.find((path) => (seen.lists.get(path) ?? 0) > 0) ?? null;
}

function layoutOf(seen: Seen, complete: boolean): RecordLayout | null {
  if (seen.rootArray) return seen.recordLike > 0 || seen.elements === 0 ? { kind: 'list', path: '' } : null;
  if (seen.documents > 1) return { kind: 'single' };
  const known = knownList(seen);
  if (known !== null) return { kind: 'list', path: known };
  const kinds = [...seen.members.values()];
  if (kinds.length === 0) return null;
  if (kinds.every((kind) => kind === 'list') && kinds.length > 1 && seen.lists.size === 0)
    return { kind: 'columns' };
  // An object that asks something is a record by itself, whatever lists of messages or choices it has.
  const asking = finder([...seen.members.keys()])(QUESTION_NAMES);
  if (complete && asking !== null && seen.members.get(asking) !== 'object') return { kind: 'single' };
  const fullest = [...seen.lists].toSorted(([, a], [, b]) => b - a)[0];
  if (fullest !== undefined) return { kind: 'list', path: fullest[0] };
  // Its first record is longer than what is looked at: so are lines of JSON Lines read.
  if (!complete && asking !== null && seen.members.get(asking) === 'scalar') return { kind: 'single' };
  if (kinds.every((kind) => kind === 'object')) {
    const names = [...seen.header.keys()].map((path) => path.slice(path.lastIndexOf('.') + 1));
    const numbered = names.length > 0 && names.every((name) => /^\d+$/.test(name));
    return numbered && kinds.length > 1 ? { kind: 'columns' } : { kind: 'members' };
  }
  return complete ? { kind: 'single' } : null;
}

function decided(seen: Seen): boolean {
  // A few numbers in front may be damage, or a table whose first column's name begins with a bracket.
  if (seen.rootArray) return seen.recordLike > 0 || seen.elements > MEMBERS_TO_TELL;
  if (seen.documents > 1) return true;
  const known = knownList(seen);
  // "results" may stand before the samples that are looked for; the others are certain.
  if (known !== null && known !== 'results') return true;
  const kinds = [...seen.members.values()];
  return kinds.length >= MEMBERS_TO_TELL && kinds.every((kind) => kind === 'object');
}

/**
 * Finds where the records of a JSON document lie by walking its beginning, two levels deep, and keeps the short values
 * around them. `layout` is null when no records were found.
 */
export async function outlineJson(source: AsyncIterable<Buffer>): Promise<JsonOutline> {
  const seen: Seen = {
    header: new Map(),
    lists: new Map(),
    members: new Map(),
    rootArray: false,
    documents: 0,
    recordLike: 0,
    elements: 0,
  };
  const splitter = createJsonSplitter({
    many: true,
    descend: (path, kind) => {
      if (path === '' && kind === 'array') seen.rootArray = true;
      if (path === '' && kind === 'object') seen.documents++;
      if (depthOf(path) === 1 && !path.endsWith('[]'))
        seen.members.set(path, kind === 'array' ? 'list' : 'object');
      return !path.endsWith('[]') && depthOf(path) <= (kind === 'array' ? 2 : 1);
    },
    onPiece: (piece) => {
      if (piece.parent === '' && piece.key !== null && !seen.members.has(piece.key))
        seen.members.set(piece.key, 'scalar');
      note(seen, piece);
    },
    onFault: () => undefined,
  });
  let bytes = 0;
  let complete = true;
  for await (const chunk of source) {
    splitter.push(chunk);
    bytes += chunk.length;
    if (decided(seen) || bytes > OUTLINE_BYTES) {
      complete = false;
      break;
    }
  }
  return { layout: layoutOf(seen, complete), header: recordOf(seen.header) };
}
