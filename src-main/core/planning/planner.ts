import type { ModelChoice } from '../../domain/experiment.ts';
import type { Gpu, Machine } from '../../domain/hardware.ts';
import type { GgufHeader, ModelFile } from '../../domain/model.ts';
import type { PlanPhase } from '../../domain/plan.ts';
import { chooseDevices } from '../../domain/planning/devices.ts';
import { fits, planModel, wishesFor, type ModelWishes } from '../../domain/planning/plan-model.ts';
import type { Settings } from '../../domain/settings.ts';
import type { PhaseNeed, RunPlanner } from '../experiments/types.ts';
import { Problem } from '../problem.ts';
import type { LoadLedger } from './ledger.ts';

export interface PlannerDeps {
  readonly machine: (signal: AbortSignal) => Promise<Machine>;
  readonly header: (model: ModelFile) => Promise<GgufHeader>;
  readonly settings: () => Settings;
  /** Overheads as past loads on this machine have them. */
  readonly ledger: Pick<LoadLedger, 'calibration'>;
}

/** llama.cpp pads a sequence's cells to this many. */
const CONTEXT_STEP = 256;
/** A judge reads one token a verdict: with its prefix kept, two sequences reach the limit of a GPU, and more cost its memory. */
const JUDGE_SEQUENCES = 2;
/** A judge that may write more than this gives reasons: it generates like any other model. */
const LABEL_TOKENS = 64;
/** On a CPU memory is cheap, and steps of a constant shape let the engine measure how many threads this machine can spare. */
const JUDGE_SEQUENCES_CPU = 8;

export interface Planner extends RunPlanner {
  /** One model on a machine as it was read, with wishes beyond the settings' reserves. */
  model(
    model: ModelFile,
    machine: Machine,
    wishes: Partial<ModelWishes> & Pick<ModelWishes, 'role'>,
  ): Promise<PlanPhase>;
}

/** Plans single models on this machine's free memory, less the user's reserves. */
export function createPlanner(deps: PlannerDeps): Planner {
  const model: Planner['model'] = async (file, machine, wishes) => {
    const { vramReserveBytes, ramReserveBytes } = deps.settings();
    const header = await deps.header(file);
    const { backend } = chooseDevices(machine, wishes.backend ?? 'auto', wishes.devices ?? 'auto');
    const calibration = await deps.ledger.calibration(backend, machine);
    return planModel(
      header,
      machine,
      wishesFor({
        modelId: file.id,
        modelName: file.name,
        reserveBytes: vramReserveBytes,
        hostReserveBytes: ramReserveBytes,
        calibration,
        ...wishes,
      }),
    );
  };
  return {
    model,
    async phase({ role, model: file, choice, need, signal, maxGpuLayers }) {
      const machine = await deps.machine(signal);
      const devices = devicesOf(choice, machine);
      const wishes = {
        role,
        devices,
        contextPerSequence: contextOf(choice, need, file),
        sequences: sequencesOf(choice, need, role),
      } as const;
      const phase = await model(file, machine, { ...wishes, gpuLayers: choice.gpuLayers });
      if (role === 'judge' && choice.sequences === 'auto' && phase.settings.backend === 'cpu') {
        const wider = await model(file, machine, { ...wishes, sequences: JUDGE_SEQUENCES_CPU, gpuLayers: 0 });
        return fits(wider) ? wider : phase;
      }
      if (maxGpuLayers === undefined || phase.settings.gpuLayers <= maxGpuLayers) return phase;
      return model(file, machine, { ...wishes, gpuLayers: maxGpuLayers });
    },
  };
}

function contextOf(choice: ModelChoice, need: PhaseNeed, file: ModelFile): number {
  if (choice.context !== 'auto') return Math.max(CONTEXT_STEP, choice.context);
  const wanted = Math.ceil((need.promptTokens + need.newTokens + 8) / CONTEXT_STEP) * CONTEXT_STEP;
  return Math.max(CONTEXT_STEP, Math.min(wanted, file.facts?.contextTrained ?? wanted));
}

function sequencesOf(choice: ModelChoice, need: PhaseNeed, role: 'generate' | 'judge'): number | 'auto' {
  if (choice.sequences !== 'auto') return Math.max(1, choice.sequences);
  if (role === 'judge' && need.newTokens <= LABEL_TOKENS)
    return Math.min(JUDGE_SEQUENCES, Math.max(1, need.items));
  return 'auto';
}

/** Throws Problem REFUSED for a GPU that is not there. */
function devicesOf(choice: ModelChoice, machine: Machine): readonly string[] | 'auto' {
  if (choice.devices === 'auto') return 'auto';
  const same = (gpu: Gpu, wanted: string): boolean =>
    gpu.id === wanted || gpu.name.toLowerCase() === wanted.toLowerCase();
  return choice.devices.map((wanted) => {
    const gpu = machine.gpus.find((candidate) => same(candidate, wanted));
    if (gpu !== undefined) return gpu.id;
    const there = machine.gpus.map((candidate) => `${candidate.name} (${candidate.id})`).join(', ') || 'none';
    throw new Problem('REFUSED', `There is no GPU "${wanted}" on this machine. There are: ${there}.`);
  });
}
