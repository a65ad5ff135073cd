import { readFile } from 'node:fs/promises';

/** A small file's text without the space around it, or null when it cannot be read: for /proc and /sys. */
export async function readText(path: string): Promise<string | null> {
  try {
    return (await readFile(path, 'utf8')).trim();
  } catch {
    return null;
  }
}

/** A file that holds one whole number, or null. */
export async function readNumber(path: string): Promise<number | null> {
  const text = await readText(path);
  return text !== null && /^\d+$/.test(text) ? Number(text) : null;
}
