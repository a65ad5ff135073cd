import type { ModelFile } from '../../domain/model.ts';
import type { Engine } from '../../engine/engine.ts';
import type { PhaseWork } from './phase.ts';
import type { RunContext } from './types.ts';

/** Everything another person needs to make the same rows again, kept with the phase. */
export async function provenanceOf(
  context: RunContext,
  work: PhaseWork,
  file: ModelFile,
  engine: Engine,
): Promise<Record<string, unknown>> {
  const { model } = engine;
  return {
    model: {
      file: file.name,
      sha256: work.model.sha256,
      bytes: file.fileBytes,
      parts: file.parts.length,
      ...file.facts,
    },
    engine: { ...model.versions, loop: model.loop, shape: model.shape, instruct: model.instruct },
    backend: model.backend,
    devices: model.deviceNames,
    settings: model.settings,
    tuned: model.tuned,
    notes: model.notes,
    totalLayers: model.totalLayers,
    chatTemplateSha256: model.chatTemplateSha256,
    decoding: context.run.experiment.decoding,
    seed: context.run.experiment.seed,
    ...work.extraProvenance(),
    machine: await machineFacts(context),
  };
}

/** The machine that a run is made on. */
export async function machineFacts(context: RunContext): Promise<Record<string, unknown>> {
  const machine = await context.deps.machine(context.signal);
  return {
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
  };
}
