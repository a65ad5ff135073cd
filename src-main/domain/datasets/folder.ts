/** A folder of results has hundreds of files; a home directory dropped by mistake has a million. */
export const FOLDER_MAX_FILES = 2000;
export const FOLDER_MAX_DEPTH = 8;

const NOT_ENTERED = new Set([
  'node_modules',
  '__pycache__',
  'site-packages',
  '$RECYCLE.BIN',
  'System Volume Information',
]);

// Names that could be a dataset: everything else in a folder is not worth opening.
const ENDINGS = /\.(?:csv|tsv|tab|json|jsonl|ndjson|parquet|eval|txt|assize\.zip)(?:\.gz)?$/i;

/** Whether a file found in a folder is looked into, told by its name. */
export function mayBeDataset(name: string): boolean {
  return !name.startsWith('.') && ENDINGS.test(name);
}

/** Whether a folder in a folder is searched: not hidden ones and not what programs keep for themselves. */
export function isSearched(folderName: string): boolean {
  return !folderName.startsWith('.') && !NOT_ENTERED.has(folderName);
}
