import { stat } from 'node:fs/promises';
import type { ModelFile } from '../../domain/model.ts';
import { Problem } from '../problem.ts';

/**
 * Looked at before each load: a run goes on for hours, and a file that was replaced meanwhile (a download again, a better
 * quantization under the old name) would write its rows under the hash of the old one. Throws Problem CONFLICT.
 */
export async function requireSameFile(file: ModelFile): Promise<void> {
  const parts = await Promise.all(file.parts.map((path) => stat(path).catch(() => null)));
  const there = parts.filter((part) => part !== null);
  if (there.length < parts.length) {
    throw new Problem(
      'CONFLICT',
      `${file.name} is gone from ${file.path}. Put the file back, then resume the run.`,
    );
  }
  const bytes = there.reduce((sum, part) => sum + part.size, 0);
  const modifiedAt = Math.max(...there.map((part) => part.mtimeMs));
  if (bytes === file.fileBytes && modifiedAt === file.modifiedAt) return;
  throw new Problem(
    'CONFLICT',
    `${file.name} has changed since this run looked at it. Put the old file back and resume the run, or start a new one with the new file.`,
  );
}
