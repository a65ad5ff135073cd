import { join, resolve } from 'node:path';
import type { Grants } from '../../../src-main/core/grants.ts';
import { createPromptLibrary } from '../../../src-main/core/judging/prompt-library.ts';
import { fakeAnalysis } from './analysis.ts';
import { createFakeLabels, fakeLabelling } from './labelling.ts';
import { planningOf } from './planning.ts';
import { answersOf } from './routes/answers.ts';
import { datasetsOf } from './routes/datasets.ts';
import { exportingOf } from './routes/exporting.ts';
import { hardwareOf } from './routes/hardware.ts';
import { judgingOf } from './routes/judging.ts';
import { modelsOf } from './routes/models.ts';
import { runsOf } from './routes/runs.ts';
import { serversOf } from './routes/servers.ts';
import { settingsOf } from './routes/settings.ts';
import { createState, heldDataset, heldRuns, type Scenario } from './state.ts';

/** Answers of the first run that somebody has labelled already. */
const LABELLED = 60;

/** The contract answered from memory: real shapes, made-up numbers. For pages in a browser while nothing heavier is wanted. */
export function createFakeRouter(scenario: Scenario, grants: Grants, dataDir: string) {
  const state = createState(scenario);
  const held = heldRuns(state);
  const labels = createFakeLabels(held, scenario === 'full' ? LABELLED : 0);
  return {
    analysis: fakeAnalysis(held, labels, grants, join(dataDir, 'exports')),
    labelling: fakeLabelling(held, labels, () => state.settings),
    hardware: hardwareOf(scenario),
    models: modelsOf(state),
    datasets: datasetsOf(state, grants),
    runs: runsOf(state),
    answers: answersOf(state),
    judging: judgingOf(createPromptLibrary(resolve('resources', 'prompts'), join(dataDir, 'prompts'))),
    servers: serversOf(),
    planning: planningOf({
      scenario,
      models: () => state.models,
      dataset: (wanted) => heldDataset(state, wanted).info,
    }),
    exporting: exportingOf(),
    settings: settingsOf(state),
  };
}
