import { open, stat, type FileHandle } from 'node:fs/promises';
import { GgmlType, readGgufFileInfo } from 'node-llama-cpp';
import type { GgufFileInfo } from 'node-llama-cpp';
import { tensorBytes } from '../../domain/memory/ggml-types.ts';
import type { GgufHeader, GgufTensor } from '../../domain/model.ts';
import { headerEnd } from '../gguf-head.ts';

export interface Problem {
  readonly kind: 'not-a-model' | 'unsupported';
  readonly message: string;
}

export interface Inspected {
  readonly info: GgufFileInfo | null;
  readonly header: GgufHeader | null;
  readonly problem: Problem | null;
}

const isUrl = (path: string): boolean => /^(https?|hf):/.test(path);

/**
 * Reads a GGUF header, of all parts of a split model when the first is given, from a file or (http:, https:, hf:)
 * by range requests. Never throws: what is wrong comes as a sentence. Run it only in a child.
 */
export async function inspectFile(path: string, signal?: AbortSignal): Promise<Inspected> {
  const nothing = (message: string): Inspected => ({
    info: null,
    header: null,
    problem: { kind: 'not-a-model', message },
  });
  try {
    if (!isUrl(path)) {
      for (const part of partsOf(path)) {
        const wrong = await wrongHead(part);
        if (wrong !== null) return nothing(wrong);
      }
    }
    const info = await readGgufFileInfo(path, { logWarnings: false, ...(signal ? { signal } : {}) });
    const sizes = await partSizes(info);
    const header = toHeader(info, sizes);
    return { info, header, problem: truncated(info, sizes) };
  } catch (error) {
    return nothing(explain(error, path));
  }
}

function explain(error: unknown, path: string): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (code === 'ENOENT' && /-\d{5}-of-\d{5}\.gguf$/.test(path)) {
    return 'A part of this split model is missing: put all its files into one folder.';
  }
  if (code === 'ENOENT') return 'The file is not there any more.';
  if (code === 'EACCES' || code === 'EPERM') return 'The file may not be read: check its permissions.';
  const detail = error instanceof Error ? error.message : String(error);
  return `The header of this GGUF file cannot be read, it is damaged or cut off: ${detail.slice(0, 300)}`;
}

const SPLIT = /^(.*-)00001(-of-)(\d{5})(\.gguf)$/s;

/** All files of a split model when the first is given, else the file itself. */
function* partsOf(path: string): Generator<string> {
  const [, base = '', of = '', count = '', end = ''] = SPLIT.exec(path) ?? [];
  if (count === '') yield path;
  for (let part = 1; part <= Number(count); part += 1) {
    yield `${base}${String(part).padStart(5, '0')}${of}${count}${end}`;
  }
}

/** Magic, version, number of tensors, number of facts. */
const FIXED_BYTES = 24;
/** A hundred times what any model has. The reader trusts the counts and would loop over 2^63 entries. */
const MOST_COUNT = 1_000_000n;
const FIRST_BYTES = 1024 * 1024;

/**
 * Why the package's reader must not see this file, as a sentence. It trusts every count and length, and reads zeros past
 * the end of the file: a wrong one took all memory, or half a minute.
 */
async function wrongHead(path: string): Promise<string | null> {
  const file = await open(path, 'r');
  try {
    const { size } = await file.stat();
    let head: Buffer = await readTo(file, Buffer.alloc(0), Math.min(size, FIRST_BYTES));
    const wrong = wrongCounts(head);
    // Version 1 has shorter lengths, and is refused by the reader.
    if (wrong !== null || head.readUInt32LE(4) === 1) return wrong;
    for (;;) {
      const end = endOf(head, size);
      if (end !== null) return typeof end === 'string' ? end : null;
      const more = await readTo(file, head, Math.min(size, 2 * head.length));
      if (more.length === head.length) return 'This GGUF file became shorter while it was read: try again.';
      head = more;
    }
  } finally {
    await file.close();
  }
}

/** Where the header ends, null when that is not read yet, or why it cannot be one. */
function endOf(head: Buffer, size: number): number | string | null {
  try {
    return headerEnd(head, size);
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** `head` with what comes behind it in the file, up to `end`. */
async function readTo(file: FileHandle, head: Buffer, end: number): Promise<Buffer> {
  const more = Buffer.alloc(Math.max(0, end - head.length));
  const { bytesRead } = await file.read(more, 0, more.length, head.length);
  return Buffer.concat([head, more.subarray(0, bytesRead)]);
}

function wrongCounts(head: Buffer): string | null {
  if (head.length === 0) return 'The file is empty.';
  if (head.toString('latin1', 0, 4) !== 'GGUF') {
    return 'This is not a GGUF model: the file does not begin with the letters GGUF.';
  }
  if (head.length < FIXED_BYTES) return 'This GGUF file is cut off within its first bytes: fetch it again.';
  const counts = [head.readBigUInt64LE(8), head.readBigUInt64LE(16)];
  return counts.some((count) => count > MOST_COUNT)
    ? 'The header of this GGUF file is damaged: it tells of more tensors or facts than any model has.'
    : null;
}

/** Bytes of each part; empty for a remote model, whose length the binding does not tell. */
async function partSizes(info: GgufFileInfo): Promise<number[]> {
  const paths = info.sourceData.flatMap((source) => (source.type === 'path' ? [source.path] : []));
  return Promise.all(paths.map(async (path) => (await stat(path)).size));
}

function toTensors(info: GgufFileInfo): GgufTensor[] {
  return (info.fullTensorInfo ?? []).map((tensor) => ({
    name: tensor.name,
    dimensions: tensor.dimensions.map(Number),
    type: GgmlType[tensor.ggmlType] ?? `type ${tensor.ggmlType}`,
    offset: Number(tensor.offset),
    part: tensor.filePart - 1,
  }));
}

function toHeader(info: GgufFileInfo, sizes: readonly number[]): GgufHeader {
  const tensors = toTensors(info);
  const metadata: Record<string, string | number | boolean | number[] | boolean[]> = {};
  flatten(info.metadata, '', metadata);
  return {
    architecture: info.metadata.general.architecture,
    metadata,
    tensors,
    fileBytes: sizes.length > 0 ? sizes.reduce((sum, size) => sum + size, 0) : expectedBytes(info, tensors),
    parts: info.splicedParts,
  };
}

function expectedBytes(info: GgufFileInfo, tensors: readonly GgufTensor[]): number {
  const data = tensors.reduce((sum, tensor) => sum + sizeOf(tensor), 0);
  return data + info.totalMetadataSize + (info.totalTensorInfoSize ?? 0);
}

/** 0 for a type that this version does not know. */
function sizeOf(tensor: GgufTensor): number {
  try {
    return tensorBytes(tensor.type, tensor.dimensions);
  } catch {
    return 0;
  }
}

/** A part that ends before its last tensor does was cut off while it was copied or fetched. */
function truncated(info: GgufFileInfo, sizes: readonly number[]): Problem | null {
  const tensors = toTensors(info);
  for (const [index, tensor] of (info.fullTensorInfo ?? []).entries()) {
    const plain = tensors[index];
    const size = sizes[tensor.filePart - 1];
    if (size === undefined || plain === undefined) continue;
    const end = Number(tensor.fileOffset) + sizeOf(plain);
    if (end <= size) continue;
    return {
      kind: 'not-a-model',
      message: `The file is cut off: it has ${size} bytes and needs at least ${end}. Fetch it again.`,
    };
  }
  return null;
}

/** Numeric arrays up to this length are kept (heads per layer, scales); longer ones are the tokenizer's. */
const KEPT_ARRAY = 4096;

function flatten(
  value: unknown,
  key: string,
  into: Record<string, string | number | boolean | number[] | boolean[]>,
): void {
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') {
    into[key] = value;
  } else if (typeof value === 'bigint') {
    into[key] = Number(value);
  } else if (Array.isArray(value)) {
    into[`${key}.length`] = value.length;
    if (key.startsWith('tokenizer.') || value.length > KEPT_ARRAY) return;
    const numbers = value.map((item: unknown) => (typeof item === 'bigint' ? Number(item) : item));
    if (numbers.every((item) => typeof item === 'number')) into[key] = numbers;
    else if (numbers.every((item) => typeof item === 'boolean')) into[key] = numbers;
  } else if (typeof value === 'object' && value !== null) {
    for (const [name, inner] of Object.entries(value))
      flatten(inner, key === '' ? name : `${key}.${name}`, into);
  }
}
