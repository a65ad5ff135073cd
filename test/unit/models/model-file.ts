import type { ModelFile } from '../../../src-main/domain/model.ts';

/** A model of which nothing is known but where it lies. */
export function modelFile(more: Partial<ModelFile> = {}): ModelFile {
  return {
    id: 'm',
    path: '/m.gguf',
    parts: ['/m.gguf'],
    name: 'M',
    source: 'folder',
    fileBytes: 1,
    modifiedAt: 0,
    sha256: null,
    facts: null,
    problem: null,
    ...more,
  };
}
