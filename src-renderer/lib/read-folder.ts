import {
  FOLDER_MAX_DEPTH,
  FOLDER_MAX_FILES,
  isSearched,
  mayBeDataset,
} from '../../src-main/domain/datasets/folder.ts';

/** What a dropped folder is walked by: a part of the browser's FileSystemDirectoryEntry, so that a test can give one. */
export interface FolderEntry {
  readonly name: string;
  readonly isDirectory: boolean;
  readonly isFile: boolean;
}

interface Reader {
  readEntries(done: (entries: FolderEntry[]) => void, failed: (error: unknown) => void): void;
}

interface Folder extends FolderEntry {
  createReader(): Reader;
}

interface FileEntry extends FolderEntry {
  file(done: (file: File) => void, failed: (error: unknown) => void): void;
}

export interface FolderFiles {
  /** Places are below the folder, with "/" between. */
  readonly files: readonly { readonly place: string; readonly file: File }[];
  /** Models are never sent: there is no telling where they lie. */
  readonly models: number;
  /** There is more than is looked at. */
  readonly cut: boolean;
}

const isFolder = (entry: FolderEntry): entry is Folder => entry.isDirectory && 'createReader' in entry;
const isFile = (entry: FolderEntry): entry is FileEntry => entry.isFile && 'file' in entry;

async function entriesOf(folder: Folder): Promise<FolderEntry[]> {
  const reader = folder.createReader();
  const all: FolderEntry[] = [];
  for (;;) {
    // A browser gives a hundred at a time, and none at the end.
    const some = await new Promise<FolderEntry[]>((resolve, reject) => reader.readEntries(resolve, reject));
    if (some.length === 0)
      return all.toSorted((a, b) => a.name.localeCompare(b.name, 'en', { numeric: true }));
    all.push(...some);
  }
}

/** The files of a dropped folder that could be datasets, told by name; nothing of them is read yet. */
export async function readFolder(root: FolderEntry): Promise<FolderFiles> {
  const files: { place: string; file: File }[] = [];
  let models = 0;
  let cut = false;
  const walk = async (folder: Folder, prefix: string, depth: number): Promise<void> => {
    for (const entry of await entriesOf(folder)) {
      if (cut) return;
      const place = `${prefix}${entry.name}`;
      if (isFolder(entry)) {
        if (depth < FOLDER_MAX_DEPTH && isSearched(entry.name)) await walk(entry, `${place}/`, depth + 1);
      } else if (/\.gguf$/i.test(entry.name)) models += 1;
      else if (isFile(entry) && mayBeDataset(entry.name)) {
        if (files.length >= FOLDER_MAX_FILES) cut = true;
        else
          files.push({
            place,
            file: await new Promise<File>((resolve, reject) => entry.file(resolve, reject)),
          });
      }
    }
  };
  if (isFolder(root)) await walk(root, '', 1);
  return { files, models, cut };
}
