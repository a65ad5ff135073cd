import { saveFile } from '../transport/files.ts';
import { api } from './client.ts';

/** Writes the export, then gives it to the user. */
export const exportMutation = () =>
  api.exporting.create.mutationOptions({ onSuccess: ({ file, name }) => saveFile(file, name) });
