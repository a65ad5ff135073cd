import { analysisOptions } from '../../contract/analysis.ts';
import { reportHtml } from '../analysis/report/report.ts';
import { reportContent } from '../analysis/report/write-report.ts';
import { exportRun } from '../exporting/export-run.ts';
import { Problem } from '../problem.ts';
import { os, signalOf } from './implementer.ts';
import type { Services } from './services.ts';

export const exportingRouter = (services: Services) => ({
  create: os.exporting.create.handler(async ({ input, signal }) => {
    const request = {
      runId: input.runId,
      format: input.format,
      asFolder: input.asFolder ?? false,
      version: services.about().version,
      report: () => reportOf(services, input.runId),
    };
    const written = await exportRun(services.store, request, services.exportsFolder, signalOf(signal));
    return { ...written, file: services.grants.grantPath(written.path) };
  }),
});

/** The report that goes into a bundle; null for a run of which none can be made. */
async function reportOf(services: Services, runId: number): Promise<string | null> {
  const { store, analysis: source, exportsFolder: folder } = services;
  try {
    const deps = { store, source, version: services.about().version, folder };
    return reportHtml(await reportContent(deps, analysisOptions.parse({ runId })));
  } catch (error) {
    if (error instanceof Problem) return null;
    throw error;
  }
}
