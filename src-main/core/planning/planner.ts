import type { ModelChoice } from '../../domain/experiment.ts';
import type { Gpu, Machine } from '../../domain/hardware.ts';
import type { GgufHeader, ModelFile } from '../../domain/model.ts';
import type { PlanPhase } from '../../domain/plan.ts';
import { chooseDevices } from '../../domain/planning/devices.ts';
import { onFewestCards } from '../../domain/planning/fewest-cards.ts';
import { planModel, wishesFor, type ModelWishes } from '../../domain/planning/plan-model.ts';
import { planSequences } from '../../domain/planning/sequences.ts';
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
  const prepared = async (
    file: ModelFile,
    machine: Machine,
    wishes: Partial<ModelWishes> & Pick<ModelWishes, 'role'>,
  ): Promise<{ readonly header: GgufHeader; readonly wishes: ModelWishes }> => {
    const { vramReserveBytes, ramReserveBytes } = deps.settings();
    const header = await deps.header(file);
    const { backend } = chooseDevices(machine, wishes.backend ?? 'auto', wishes.devices ?? 'auto');
    const calibration = await deps.ledger.calibration(backend, machine);
    return {
      header,
      wishes: wishesFor({
        modelId: file.id,
        modelName: file.name,
        reserveBytes: vramReserveBytes,
        hostReserveBytes: ramReserveBytes,
        calibration,
        ...wishes,
      }),
    };
  };
  return {
    async model(file, machine, wishes) {
      const ready = await prepared(file, machine, wishes);
      return planModel(ready.header, machine, ready.wishes);
    },
    async phase({ role, model: file, choice, need, signal, maxGpuLayers, occupied = {} }) {
      const machine = await deps.machine(signal);
      const { header, wishes } = await prepared(file, machine, {
        role,
        devices: devicesOf(choice, machine),
        contextPerSequence: contextOf(choice, need, file),
        ...(choice.kvType === undefined ? {} : { kvType: choice.kvType }),
        ...(choice.batch === undefined ? {} : { batch: choice.batch }),
        occupied,
      });
      const at = (gpuLayers: ModelWishes['gpuLayers']): PlanPhase =>
        onFewestCards(machine, { ...wishes, gpuLayers }, (devices) => {
          const wished = { ...wishes, gpuLayers, devices };
          return choice.sequences === 'auto'
            ? planSequences(header, machine, wished, need)
            : planModel(header, machine, { ...wished, sequences: Math.max(1, choice.sequences) });
        });
      const phase = at(choice.gpuLayers);
      return maxGpuLayers === undefined || phase.settings.gpuLayers <= maxGpuLayers
        ? phase
        : at(maxGpuLayers);
    },
  };
}

function contextOf(choice: ModelChoice, need: PhaseNeed, file: ModelFile): number {
  if (choice.context !== 'auto') return Math.max(CONTEXT_STEP, choice.context);
  const wanted = Math.ceil((need.promptTokens + need.newTokens + 8) / CONTEXT_STEP) * CONTEXT_STEP;
  return Math.max(CONTEXT_STEP, Math.min(wanted, file.facts?.contextTrained ?? wanted));
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
