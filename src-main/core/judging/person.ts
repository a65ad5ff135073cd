import type { Store } from '../../store/api.ts';
import { sha256Of } from '../hash.ts';

/** The judge that a person is, by name; made when the name is new. */
export function ensurePerson(store: Store, name: string): Promise<number> {
  return store.call('judges.ensure', {
    sha256: sha256Of({ human: name }),
    kind: 'human',
    name,
    modelSha256: null,
    promptId: null,
    promptSha256: null,
    labelOrder: null,
    mode: 'human',
  });
}
