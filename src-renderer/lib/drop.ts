import type { FolderEntry } from './read-folder.ts';

/** One thing that was dropped. A browser does not say where a folder lies, but lets it be read. */
export interface Drop {
  readonly file: File | null;
  readonly folder: boolean;
  /** What a folder can be read by, where the browser gives it. */
  readonly entry?: FolderEntry | null;
}

export type DropVerdict =
  | { readonly kind: 'offer'; readonly file: File }
  | { readonly kind: 'folder'; readonly name: string; readonly entry: FolderEntry }
  | { readonly kind: 'refuse'; readonly name: string; readonly sentence: string };

const NOT_TEXT = /\.(png|jpe?g|gif|webp|svg|mp4|mp3|wav|docx?|pptx?|pdf|exe|dll|iso)$/i;

const refuse = (name: string, sentence: string): DropVerdict => ({ kind: 'refuse', name, sentence });

/**
 * What is done with a drop before any byte is read: files that no one could import are answered at once with a sentence,
 * everything else goes to core, which looks inside. `localPaths`: the shell can hand over where a file lies.
 */
export function judgeDrop(drops: readonly Drop[], localPaths: boolean): DropVerdict {
  const [first] = drops;
  if (first === undefined || first.file === null)
    return refuse('', 'What was dropped is not a file. Save it to disk and drop the file.');
  const { file, folder } = first;
  if (drops.length > 1)
    return refuse(
      `${drops.length} files`,
      `${drops.length} files were dropped and none was imported. Drop one at a time: each may need another mapping.`,
    );
  if (localPaths) return { kind: 'offer', file };
  const { entry = null } = first;
  if (folder && entry !== null) return { kind: 'folder', name: file.name, entry };
  if (folder) return refuse(file.name, folderSentence(file.name));
  if (/\.gguf$/i.test(file.name))
    return refuse(
      file.name,
      `“${file.name}” is a model, and a browser does not tell where it lies. Put it in one of the model folders, or add its folder’s path under Settings.`,
    );
  if (file.size === 0) return refuse(file.name, `“${file.name}” is empty. There is nothing to import.`);
  if (NOT_TEXT.test(file.name))
    return refuse(
      file.name,
      `“${file.name}” is not a dataset. Assize reads CSV, TSV, JSON, JSONL, Parquet and the logs of other evaluation tools.`,
    );
  return { kind: 'offer', file };
}

/** What to do with a folder that cannot be read here, or that holds models and no dataset. */
export function folderSentence(name: string): string {
  return `“${name}” is a folder, and a browser does not tell where it lies. If it holds models, add its path under Settings, Model folders; if it holds datasets, drop the files.`;
}
