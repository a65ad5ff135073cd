import { implement } from '@orpc/server';
import { contract } from '../../../../src-main/contract/index.ts';
import type { ModelList } from '../../../../src-main/contract/models.ts';
import { Problem } from '../../../../src-main/core/problem.ts';
import type { ModelFile } from '../../../../src-main/domain/model.ts';
import { fitOf, MODELS } from '../models.ts';
import type { State } from '../state.ts';
import { digest, wait } from '../text.ts';

const os = implement(contract);

function listModels(state: State): ModelList {
  const found = (source: string): number => state.models.filter((model) => model.source === source).length;
  const places = [
    { path: '/home/ada/.lmstudio/models', source: 'lm-studio' },
    { path: '/home/ada/.cache/huggingface/hub', source: 'hugging-face' },
    { path: '/usr/share/ollama/.ollama/models', source: 'ollama' },
    { path: '/home/ada/.cache/llama.cpp', source: 'llama.cpp' },
  ];
  return {
    models: state.models,
    folders: [
      ...state.settings.modelFolders.map((path) => ({
        path,
        source: 'folder',
        found: found('folder'),
        note: null,
      })),
      ...places.map(({ path, source }) => ({
        path,
        source,
        found: found(source),
        note: found(source) > 0 ? null : 'This folder does not exist.',
      })),
    ],
    scannedAt: Date.now() - 5000,
  };
}

const small = (): ModelFile | undefined => MODELS.find(({ source }) => source === 'default');

export const modelsOf = (state: State) => ({
  list: os.models.list.handler(() => listModels(state)),
  rescan: os.models.rescan.handler(async function* ({ signal }) {
    for (let done = 1; done <= 6; done += 1) {
      yield { step: 'Reading model files', done, total: 6, etaSeconds: null };
      await wait(200, signal);
    }
  }),
  fit: os.models.fit.handler(({ input }) =>
    state.models
      .filter(({ id }) => input.modelIds?.includes(id) ?? true)
      .map((model) => fitOf(model, input.context)),
  ),
  addFolder: os.models.addFolder.handler(({ input }) => {
    if (!input.path.startsWith('/mnt'))
      throw new Problem(
        'NOT_FOUND',
        `There is no folder ${input.path}. Check the spelling; it is a path on the machine that runs Assize.`,
      );
    state.settings = { ...state.settings, modelFolders: [...state.settings.modelFolders, input.path] };
    if (state.models.length === 0) state.models.push(...MODELS);
    return listModels(state);
  }),
  addFile: os.models.addFile.handler(() => {
    const [model] = MODELS;
    if (model === undefined) throw new Problem('REFUSED', 'This stand-in has no models.');
    if (!state.models.some(({ id }) => id === model.id)) state.models.push(model);
    return model;
  }),
  removeFolder: os.models.removeFolder.handler(({ input }) => {
    state.settings = {
      ...state.settings,
      modelFolders: state.settings.modelFolders.filter((path) => path !== input.path),
    };
    return listModels(state);
  }),
  download: os.models.download.handler(async function* ({ signal }) {
    const total = 105_454_432;
    for (let done = 0; done < total; done += total / 20) {
      yield {
        step: 'Fetching SmolLM2-135M-Instruct Q4_K_M',
        done: Math.round(done),
        total,
        etaSeconds: ((total - done) / total) * 5,
      };
      await wait(250, signal);
      if (signal?.aborted) return;
    }
    const model = small();
    if (model !== undefined && !state.models.includes(model)) state.models.push(model);
  }),
  hash: os.models.hash.handler(async function* ({ input, signal }) {
    const at = state.models.findIndex(({ id }) => id === input.modelId);
    const model = state.models[at];
    if (model === undefined) throw new Problem('NOT_FOUND', 'That model is not in the list any more.');
    for (let part = 0; part <= 10; part += 1) {
      yield {
        step: 'Hashing',
        done: (model.fileBytes * part) / 10,
        total: model.fileBytes,
        etaSeconds: (10 - part) / 5,
      };
      await wait(200, signal);
    }
    state.models[at] = { ...model, sha256: digest(model.path) };
  }),
});
