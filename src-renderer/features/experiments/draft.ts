import type { LaunchInput } from '../../../src-main/contract/runs.ts';
import type { DatasetInfo } from '../../../src-main/domain/dataset.ts';
import { GREEDY } from '../../../src-main/domain/decoding.ts';
import type { ApiChoice, Experiment, JudgeChoice, ModelChoice } from '../../../src-main/domain/experiment.ts';
import type { ModelFit } from '../../../src-main/domain/fit.ts';
import type { ModelFile } from '../../../src-main/domain/model.ts';
import type { Run } from '../../../src-main/domain/run.ts';
import { problemsOfApi } from '../../../src-main/domain/servers.ts';
import { USUAL_LOAD, withLoad } from './load.ts';
import { weightsProblem } from './panel.ts';
import type { LaunchSearch } from './search.ts';

/** Where the answers come from. */
export type AnswerSource =
  | { readonly kind: 'generate' }
  | { readonly kind: 'run'; readonly runId: number }
  /** Null: of all systems. */
  | { readonly kind: 'imported'; readonly system: string | null };

/** The launch page's form: an experiment that may not be complete yet. */
export interface Draft {
  readonly experiment: Experiment;
  readonly source: AnswerSource;
  readonly again: boolean;
  /** The name follows the choices until it is typed. */
  readonly named: boolean;
}

const AUTO = { gpuLayers: 'auto', context: 'auto', sequences: 'auto', devices: 'auto' } as const;

export const modelChoice = (model: string): ModelChoice => ({ model, ...AUTO });

/** A server that is still to be named, asked as most of them like it. */
export const NEW_API: ApiChoice = {
  baseUrl: '',
  alsoAt: [],
  model: '',
  apiKeyEnv: null,
  style: 'chat',
  concurrency: 8,
  timeoutSeconds: 300,
  tries: 6,
  inputUsdPerMillion: null,
  outputUsdPerMillion: null,
  maxCostUsd: null,
};

/** The same choice of another model: how a file was to be loaded means nothing behind a server, and the reverse. */
export function withModel<T extends ModelChoice>(
  choice: T,
  { model, api }: Pick<ModelChoice, 'model' | 'api'>,
): T {
  const { api: _, ...rest } = api === undefined ? choice : withLoad(choice, USUAL_LOAD);
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- T without its optional `api`, and with it again
  return { ...rest, model, ...(api === undefined ? {} : { api }) } as T;
}

/** The model that a judge is, as a generator. */
export const asGenerator = (judge: JudgeChoice | undefined): ModelChoice =>
  withModel(modelChoice(''), {
    model: judge?.model ?? '',
    ...(judge?.api === undefined ? {} : { api: judge.api }),
  });

export const judgeChoice = (model: string): JudgeChoice => ({
  ...modelChoice(model),
  prompt: 'default',
  mode: 'next-token',
  labelOrder: 'AB',
});

/** Few enough to see a first result soon. */
const FIRST_QUESTIONS = 100;
/** What a base model needs to understand that it is asked. */
const BASE_FEW_SHOT = 5;

/** How a model is written in an experiment: by name where that is enough, so that the file can travel. */
export function modelRef(model: ModelFile, models: readonly ModelFile[]): string {
  return models.filter(({ name }) => name === model.name).length > 1 ? model.path : model.name;
}

export function findModel(ref: string, models: readonly ModelFile[]): ModelFile | null {
  return models.find(({ name, path, id }) => name === ref || path === ref || id === ref) ?? null;
}

const FIT_RANK = { yes: 3, tight: 2, unknown: 1, no: 0 } as const;

/** The best that fit first: what fits before what hardly does, then the most parameters. */
export function bestFirst(
  models: readonly ModelFile[],
  fits: ReadonlyMap<string, ModelFit>,
): readonly ModelFile[] {
  const rank = ({ id }: ModelFile): number => FIT_RANK[fits.get(id)?.verdict ?? 'unknown'];
  return models
    .filter(({ problem }) => problem === null)
    .toSorted((a, b) => rank(b) - rank(a) || (b.facts?.parameters ?? 0) - (a.facts?.parameters ?? 0));
}

export interface DraftBasis {
  readonly search: LaunchSearch;
  readonly datasets: readonly DatasetInfo[];
  readonly models: readonly ModelFile[];
  readonly fits: ReadonlyMap<string, ModelFit>;
  /** The run of search.answersOf. */
  readonly run: Run | null;
}

/** What the page proposes: the given dataset or the newest, the best judge that fits, another good model as generator. */
export function proposedDraft(basis: DraftBasis): Draft {
  const { search, datasets, models, run } = basis;
  const ranked = bestFirst(models, basis.fits);
  const best = ranked.find(({ facts }) => facts?.hasChatTemplate === true) ?? ranked[0] ?? null;
  const judges = askedJudges(search, models) ?? (best === null ? [] : [judgeChoice(modelRef(best, models))]);
  const judge = judges.length === 0 ? null : findModel(judges[0]?.model ?? '', models);
  const asked = search.model === undefined ? null : findModel(search.model, models);
  const generator = asked ?? ranked.find((model) => model !== judge) ?? judge;
  const dataset =
    datasets.find(({ id }) => id === (run?.datasetId ?? search.dataset)) ??
    (search.dataset === undefined ? newest(datasets) : undefined);
  const source: AnswerSource =
    run !== null
      ? { kind: 'run', runId: run.id }
      : search.stored === true
        ? { kind: 'imported', system: search.system ?? null }
        : { kind: 'generate' };
  const base = generator?.facts?.hasChatTemplate === false;
  const experiment: Experiment = {
    name: '',
    dataset: dataset?.name ?? run?.datasetName ?? '',
    limit: source.kind !== 'generate' || (dataset?.rows ?? 0) <= FIRST_QUESTIONS ? null : FIRST_QUESTIONS,
    seed: 0,
    generator:
      source.kind !== 'generate'
        ? null
        : generator === null
          ? { ...modelChoice(''), api: NEW_API }
          : withLoad(modelChoice(modelRef(generator, models)), search.load ?? {}),
    prompt: { style: 'short', fewShot: base ? BASE_FEW_SHOT : 0, useContext: true, instruction: null },
    decoding: GREEDY,
    samples: 1,
    judges,
    ...(search.schedule !== undefined && source.kind === 'generate' && judges.length > 0
      ? { schedule: search.schedule }
      : {}),
  };
  return { experiment, source, again: false, named: false };
}

/** The judges of the address, each loaded as it says; null when it names none that is here. */
function askedJudges(search: LaunchSearch, models: readonly ModelFile[]): JudgeChoice[] | null {
  const found = (search.judge ?? []).flatMap((ref, index) => {
    const model = findModel(ref, models);
    const load = search.judgeLoad?.[index] ?? {};
    return model === null ? [] : [withLoad(judgeChoice(modelRef(model, models)), load)];
  });
  return found.length === 0 ? null : found;
}

const newest = (datasets: readonly DatasetInfo[]): DatasetInfo | undefined =>
  datasets.toSorted((a, b) => b.importedAt - a.importedAt).at(0);

const baseName = (ref: string): string => ref.replace(/^.*[/\\]/, '').replace(/\.gguf$/i, '');

/** "nq-open, Llama-3.2-1B" or "nq-open, run 3 judged by Llama-3-8B". */
export function autoName({ experiment, source }: Draft): string {
  const judges = experiment.judges.map(({ model }) => baseName(model)).join(', ');
  const of =
    source.kind === 'generate'
      ? baseName(experiment.generator?.model ?? '')
      : source.kind === 'run'
        ? `run ${source.runId} judged by ${judges}`
        : `${source.system ?? 'stored answers'} judged by ${judges}`;
  return [experiment.dataset, of.trim()]
    .filter((part) => part !== '')
    .join(', ')
    .slice(0, 200);
}

/** The draft as core takes it; null while something is missing. */
export function launchOf(draft: Draft, loadAnyway: boolean): LaunchInput | null {
  const { experiment, source, again } = draft;
  if (missingPart(draft) !== null) return null;
  return {
    experiment: {
      ...experiment,
      // An empty line of the form is no stop string.
      decoding: { ...experiment.decoding, stop: experiment.decoding.stop.filter((text) => text !== '') },
      generator: source.kind === 'generate' ? experiment.generator : null,
      name: draft.named && experiment.name.trim() !== '' ? experiment.name.trim() : autoName(draft),
    },
    answers:
      source.kind === 'generate'
        ? null
        : source.kind === 'run'
          ? { kind: 'run', runId: source.runId }
          : { kind: 'imported', system: source.system },
    again,
    loadAnyway,
  };
}

/** What still has to be chosen, as a sentence; null when the plan can be made. */
export function missingPart({ experiment, source }: Draft): string | null {
  const { dataset, generator, judges, panel, limit } = experiment;
  if (dataset === '') return 'Choose a dataset.';
  if (limit !== null && limit < 1)
    return source.kind === 'generate'
      ? 'Say how many questions are asked, or choose all.'
      : 'Say how many answers are judged, or choose all.';
  if (source.kind === 'generate') {
    const missing = missingModel(generator, 'Generator');
    if (missing !== null) return missing;
  } else if (judges.length === 0) return 'Choose a judge.';
  for (const [index, judge] of judges.entries()) {
    const missing = missingModel(judge, judges.length > 1 ? `Judge ${index + 1}` : 'Judge');
    if (missing !== null) return missing;
  }
  return weightsProblem(panel?.weights ?? null);
}

function missingModel(choice: ModelChoice | null, who: string): string | null {
  if (choice?.api !== undefined) {
    const [problem] = Object.values(problemsOfApi(choice.api));
    return problem === undefined ? null : `${who}: ${problem}`;
  }
  return choice === null || choice.model === '' ? `${who}: choose a model.` : null;
}
