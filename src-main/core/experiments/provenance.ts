import type { Engine } from '../../engine/engine.ts';
import type { PhaseWork } from './phase.ts';
import type { RunContext } from './types.ts';

/** Everything another person needs to make the same rows again, kept with the phase. */
export async function provenanceOf(
  context: RunContext,
  work: PhaseWork,
  engine: Engine,
): Promise<Record<string, unknown>> {
  const machine = await context.deps.machine(context.signal);
  const { model } = engine;
  return {
    model: {
      file: work.model.name,
      sha256: work.modelSha256,
      bytes: work.model.fileBytes,
      parts: work.model.parts.length,
      ...work.model.facts,
    },
    engine: { ...model.versions, loop: model.loop, shape: model.shape, instruct: model.instruct },
    backend: model.backend,
    devices: model.deviceNames,
    settings: model.settings,
    totalLayers: model.totalLayers,
    chatTemplateSha256: model.chatTemplateSha256,
    decoding: context.run.experiment.decoding,
    seed: context.run.experiment.seed,
    ...work.extraProvenance,
    machine: {
      os: machine.os,
      arch: machine.arch,
      cpu: machine.cpu.model,
      cores: machine.cpu.physicalCores,
      memoryBytes: machine.memory.totalBytes,
      gpus: machine.gpus.map((gpu) => ({
        name: gpu.name,
        totalBytes: gpu.vramTotalBytes,
        driver: gpu.driver,
      })),
    },
  };
}
