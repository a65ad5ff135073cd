import type { ApiChoice, ModelChoice } from '../../domain/experiment.ts';
import type { ModelFile } from '../../domain/model.ts';
import { sha256Of } from '../hash.ts';
import { Problem } from '../problem.ts';
import type { RunContext, RunnerDeps } from './types.ts';

/** The model of a phase: a file on this machine, or a name behind a server. */
export interface PhaseModel {
  readonly name: string;
  /** Of the file; of address and name where there is no file to be read. */
  readonly sha256: string;
  /** Takes chat turns. */
  readonly instruct: boolean;
  readonly source:
    | { readonly kind: 'file'; readonly file: ModelFile }
    | { readonly kind: 'api'; readonly api: ApiChoice };
}

/** "gpt-4o at api.openai.com": what such a model is called in lists and with its answers. */
export function apiName(api: Pick<ApiChoice, 'baseUrl' | 'model'>): string {
  return `${api.model === '' ? 'The server' : api.model} at ${new URL(api.baseUrl).host}`;
}

/**
 * What answers and verdicts of such a model are shared under. The server may change what is behind the name: what it said
 * it was is in each phase's provenance.
 */
export function apiIdentity(api: ApiChoice): string {
  return sha256Of({ baseUrl: api.baseUrl, model: api.model });
}

/** A file that can be used. Throws Problem NOT_FOUND or REFUSED. */
export async function usableFile(deps: RunnerDeps, name: string): Promise<ModelFile> {
  const model = await deps.models.resolve(name);
  if (model.problem !== null) throw new Problem('REFUSED', `${model.name} cannot be used: ${model.problem}`);
  return model;
}

/** The key that an experiment's variable holds; null when it names none. Throws Problem REFUSED when it is not set. */
export async function apiKeyOf(
  deps: Pick<RunnerDeps, 'apiKey'>,
  api: Pick<ApiChoice, 'apiKeyEnv' | 'baseUrl' | 'model'>,
): Promise<string | null> {
  if (api.apiKeyEnv === null) return null;
  const key = (await deps.apiKey(api.apiKeyEnv))?.trim() ?? '';
  if (key !== '') return key;
  throw new Problem(
    'REFUSED',
    `${apiName(api)} needs a key, and ${api.apiKeyEnv} is not set. Set this environment variable where Assize is started; the desktop can keep a key under Settings, Servers.`,
  );
}

/** The model with its hash, which is computed now where it is not known yet. */
export async function phaseModel(context: RunContext, choice: ModelChoice): Promise<PhaseModel> {
  const { api } = choice;
  if (api !== undefined) {
    return {
      name: apiName(api),
      sha256: apiIdentity(api),
      instruct: api.style === 'chat',
      source: { kind: 'api', api },
    };
  }
  const file = await usableFile(context.deps, choice.model);
  const sha256 = await context.deps.models.sha256(file, context.signal, (done, total) => {
    context.step(`Hashing ${file.name}: ${Math.floor((100 * done) / Math.max(1, total))} %`);
  });
  return {
    name: file.name,
    sha256,
    instruct: file.facts?.hasChatTemplate ?? false,
    source: { kind: 'file', file },
  };
}
