import { exportRun } from '../exporting/export-run.ts';
import { os, signalOf } from './implementer.ts';
import type { Services } from './services.ts';

export const exportingRouter = (services: Services) => ({
  create: os.exporting.create.handler(async ({ input, signal }) => {
    const written = await exportRun(
      services.store,
      input.runId,
      input.format,
      services.exportsFolder,
      signalOf(signal),
    );
    return { ...written, file: services.grants.grantPath(written.path) };
  }),
});
