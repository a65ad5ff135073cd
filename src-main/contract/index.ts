import { analysis } from './analysis.ts';
import { answers } from './answers.ts';
import { datasets } from './datasets.ts';
import { exporting } from './exporting.ts';
import { hardware } from './hardware.ts';
import { judging } from './judging.ts';
import { labelling } from './labelling.ts';
import { models } from './models.ts';
import { planning } from './planning.ts';
import { runs } from './runs.ts';
import { servers } from './servers.ts';
import { settings } from './settings.ts';

/** Everything that may be asked of the workbench, whichever door it is asked through. */
export const contract = {
  hardware,
  models,
  planning,
  datasets,
  runs,
  answers,
  judging,
  labelling,
  analysis,
  exporting,
  servers,
  settings,
};
