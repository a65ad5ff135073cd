import { type } from '@orpc/contract';
import { z } from 'zod';
import type { ExportedFile } from '../domain/app.ts';
import { base, id } from './base.ts';

export const exporting = {
  /** Writes the whole file or none; the door then hands it over. */
  create: base.input(z.object({ runId: id, format: z.enum(['csv', 'jsonl']) })).output(type<ExportedFile>()),
};
