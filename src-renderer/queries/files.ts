import { grantFile, grantFolder, type GrantOptions, type PlacedFile } from '../transport/files.ts';

/** A file that the user dropped or chose, as the grant core takes. */
export function grant(file: File, options: GrantOptions = {}): Promise<string> {
  return grantFile(file, options);
}

/** What lies in a dropped folder, as the grant of a folder of its name. */
export function grantFiles(
  name: string,
  files: readonly PlacedFile[],
  options: GrantOptions = {},
): Promise<string> {
  return grantFolder(name, files, options);
}

/** The system's folder dialog, where there is one. */
export async function pickFolder(): Promise<string | null> {
  return (await window.bridge?.pickFolder()) ?? null;
}

/** Shows a path in the system's file manager, where there is a shell. */
export async function reveal(path: string): Promise<void> {
  await window.bridge?.reveal(path);
}
