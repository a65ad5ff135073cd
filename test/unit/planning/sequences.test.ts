import { expect, test } from 'vitest';
import { createPlanner } from '../../../src-main/core/planning/planner.ts';
import { experimentSchema } from '../../../src-main/contract/experiment.ts';
import type { Machine } from '../../../src-main/domain/hardware.ts';
import { NO_CALIBRATION } from '../../../src-main/domain/memory/overhead.ts';
import type { LoadSettings } from '../../../src-main/domain/plan.ts';
import { planExperiment } from '../../../src-main/domain/planning/plan-experiment.ts';
import { DEFAULT_SETTINGS } from '../../../src-main/domain/settings.ts';
import { box, header, prompts } from './worlds.ts';
import { modelFile } from '../models/model-file.ts';

const HEADER = header('Llama-3.2-1B', 'Q4_K_M');
const TOKENS = 240;

const FILE = modelFile({ fileBytes: HEADER.fileBytes });
const [CHOICE] = experimentSchema.parse({ dataset: 'd', generator: 'm', judges: ['m'] }).judges;

/** As a run plans it. */
async function ofRun(machine: Machine, role: 'generate' | 'judge', newTokens: number): Promise<LoadSettings> {
  if (CHOICE === undefined) throw new Error('there is no judge');
  const planner = createPlanner({
    machine: async () => machine,
    header: async () => HEADER,
    settings: () => DEFAULT_SETTINGS,
    ledger: { calibration: async () => NO_CALIBRATION },
  });
  const phase = await planner.phase({
    role,
    model: FILE,
    choice: CHOICE,
    need: { promptTokens: TOKENS, newTokens, items: 100 },
    signal: new AbortController().signal,
  });
  return phase.settings;
}

/** As a page plans it. */
function ofPage(machine: Machine, role: 'generate' | 'judge', newTokens: number): LoadSettings | undefined {
  const { vramReserveBytes, ramReserveBytes } = DEFAULT_SETTINGS;
  const model = {
    modelId: 'm',
    modelName: 'M',
    header: HEADER,
    prompts: prompts(100, TOKENS),
    newTokens,
    wishes: { reserveBytes: vramReserveBytes, hostReserveBytes: ramReserveBytes },
  };
  const plan = planExperiment({
    machine,
    generator: role === 'generate' ? model : null,
    judges: role === 'judge' ? [model] : [],
    schedule: 'auto',
  });
  return plan.phases[0]?.settings;
}

// Catches: a page that shows another plan than the one that runs.
test.each([
  ['cpu', 'judge', 1, 8],
  ['cpu', 'judge', 200, 16],
  ['cpu', 'generate', 64, 16],
  ['RTX 4090', 'judge', 1, 2],
  ['RTX 4090', 'judge', 200, 16],
  ['RTX 4090', 'generate', 64, 16],
] as const)(
  'on %s, to %s with %i new tokens: %i sequences in the run and on the page',
  async (name, role, newTokens, expected) => {
    const machine = box(name, 64);
    const run = await ofRun(machine, role, newTokens);
    expect(run.sequences).toBe(expected);
    expect(ofPage(machine, role, newTokens)).toEqual(run);
  },
);
