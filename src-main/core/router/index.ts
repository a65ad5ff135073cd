import { analysisRouter } from './analysis.ts';
import { answersRouter } from './answers.ts';
import { datasetsRouter } from './datasets.ts';
import { exportingRouter } from './exporting.ts';
import { hardwareRouter } from './hardware.ts';
import { os } from './implementer.ts';
import { judgingRouter } from './judging.ts';
import { labellingRouter } from './labelling.ts';
import { modelsRouter } from './models.ts';
import { planningRouter } from './planning.ts';
import { runsRouter } from './runs.ts';
import { serversRouter } from './servers.ts';
import type { Services } from './services.ts';
import { settingsRouter } from './settings.ts';

/** Every procedure of the contract, ready for any door. */
export function createRouter(services: Services) {
  return os.router({
    hardware: hardwareRouter(services),
    models: modelsRouter(services),
    planning: planningRouter(services),
    datasets: datasetsRouter(services),
    runs: runsRouter(services),
    answers: answersRouter(services),
    judging: judgingRouter(services),
    labelling: labellingRouter(services),
    analysis: analysisRouter(services),
    exporting: exportingRouter(services),
    servers: serversRouter(services),
    settings: settingsRouter(services),
  });
}

export type AppRouter = ReturnType<typeof createRouter>;
