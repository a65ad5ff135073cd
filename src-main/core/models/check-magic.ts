import { open } from 'node:fs/promises';

/** Magic, version, two counts: what every GGUF file begins with. */
const HEADER_BYTES = 24;
/** No real model has a hundredth of it; a count above is a damaged or a hostile file. */
const MAX_COUNT = 1_000_000n;

/**
 * Why a file cannot be a GGUF model, from its first bytes, as a sentence; null when it may be one. Run on
 * every part before any parser sees it.
 */
export async function checkMagic(path: string): Promise<string | null> {
  let head: Buffer;
  try {
    const handle = await open(path, 'r');
    try {
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(512), 0, 512, 0);
      head = buffer.subarray(0, bytesRead);
    } finally {
      await handle.close();
    }
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
    return code === 'EACCES'
      ? 'This file may not be read by this user; give it read permission.'
      : `This file cannot be opened (${code}).`;
  }
  return explainHead(head);
}

/** The same on bytes already read; `head` holds up to the first 512. */
export function explainHead(head: Buffer): string | null {
  if (head.length === 0) return 'This file is empty (0 bytes); fetch it again.';
  const magic = head.subarray(0, 4).toString('latin1');
  if (magic === 'GGUF') return explainCounts(head);
  if (magic === 'FUGG') return BIG_ENDIAN;
  if (['ggml', 'ggmf', 'ggjt', 'ggla', 'lmgg', 'fmgg', 'tjgg', 'algg'].includes(magic))
    return "This is a model in llama.cpp's old GGML format, from before GGUF; fetch a GGUF version of it.";
  const text = head.toString('latin1');
  if (text.startsWith('version https://git-lfs'))
    return 'This is a Git LFS pointer, not the model itself; fetch it with: git lfs pull';
  if (/^\s*(<!doctype|<html|<\?xml)/i.test(text))
    return 'This is a web page, not a model: a download saved an error page; fetch it again.';
  if (magic.startsWith('PK')) return 'This is a ZIP archive (perhaps PyTorch weights), not a GGUF model.';
  if (/^.{8}\{"/s.test(text))
    return 'These are safetensors weights, not a GGUF model; convert them or fetch a GGUF version.';
  return head.every((byte) => byte === 0)
    ? 'This file begins with zeros: a download or copy that was never finished; fetch it again.'
    : 'This is not a GGUF model: it does not begin with the letters GGUF.';
}

const BIG_ENDIAN = 'This GGUF file is for big-endian machines; fetch the usual (little-endian) version.';

function explainCounts(head: Buffer): string | null {
  if (head.length < HEADER_BYTES) return 'This GGUF file is cut off within its first bytes; fetch it again.';
  const version = head.readUInt32LE(4);
  if (version === 1) return 'This file is in GGUF version 1, which is no longer read; fetch a newer one.';
  if (version > 0xffff && head.readUInt32BE(4) <= 0xffff) return BIG_ENDIAN;
  if (version === 0 || version > 3)
    return `This file says it is GGUF version ${version}, which Assize does not know; it may be damaged.`;
  const damaged = head.readBigUInt64LE(8) > MAX_COUNT || head.readBigUInt64LE(16) > MAX_COUNT;
  return damaged ? 'The header of this GGUF file is damaged (impossible counts); fetch it again.' : null;
}
