import { exportRun } from '../exporting/export-run.ts';
import { os, signalOf } from './implementer.ts';
import type { Services } from './services.ts';

export const exportingRouter = (services: Services) => ({
  create: os.exporting.create.handler(async ({ input, signal }) => {
    const request = {
      runId: input.runId,
      format: input.format,
      asFolder: input.asFolder ?? false,
      version: services.about().version,
      report: null,
    };
    const written = await exportRun(services.store, request, services.exportsFolder, signalOf(signal));
    return { ...written, file: services.grants.grantPath(written.path) };
  }),
});
