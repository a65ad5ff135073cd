/** One part of a model that llama.cpp's gguf-split wrote: "NAME-00002-of-00005.gguf". */
export interface SplitName {
  readonly base: string;
  /** From 1. */
  readonly part: number;
  readonly of: number;
}

/** "model-00002-of-00005.gguf", as llama.cpp names the parts of a split file; null for any other name. */
export function parseSplitName(fileName: string): SplitName | null {
  const match = /^(.*)-(\d{5})-of-(\d{5})\.gguf$/i.exec(fileName);
  if (match === null) return null;
  const [part, of] = [Number(match[2]), Number(match[3])];
  return part < 1 || of < 1 || part > of ? null : { base: match[1] ?? '', part, of };
}

/** @param part from 1. */
export function splitFileName(base: string, part: number, of: number): string {
  return `${base}-${String(part).padStart(5, '0')}-of-${String(of).padStart(5, '0')}.gguf`;
}

/**
 * Pieces cut by hand ("…gguf-split-a", "…gguf.part1of2"): they must be joined before anything can read them.
 */
export function isRawPiece(fileName: string): boolean {
  return /\.gguf(-split-[a-z]|\.part\d+of\d+|\.\d{3})$/i.test(fileName);
}

/** The name of a model in lists: its file name without ".gguf" and without the numbers of a split. */
export function modelName(fileName: string): string {
  return parseSplitName(fileName)?.base ?? fileName.replace(/\.gguf$/i, '');
}
