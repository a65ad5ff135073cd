import { type } from '@orpc/contract';
import { z } from 'zod';
import type { ExportedFile } from '../domain/app.ts';
import { exportFormats } from '../domain/export-formats.ts';
import { base, id } from './base.ts';

export const exporting = {
  /** Writes the whole file or none; the door then hands it over. `asFolder`: formats of several files as a folder, not a zip. */
  create: base
    .input(z.object({ runId: id, format: z.enum(exportFormats()), asFolder: z.boolean().exactOptional() }))
    .output(type<ExportedFile>()),
};
