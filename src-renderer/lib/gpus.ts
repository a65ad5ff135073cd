import type { Gpu } from '../../src-main/domain/hardware.ts';

type Named = Pick<Gpu, 'id' | 'name'>;

/** How a card is written in an experiment: by name where that is enough, so that the file can travel. */
export function gpuRef({ id, name }: Named, gpus: readonly Named[]): string {
  return gpus.filter((gpu) => gpu.name === name).length > 1 ? id : name;
}
