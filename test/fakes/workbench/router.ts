import { join, resolve } from 'node:path';
import { implement } from '@orpc/server';
import { contract } from '../../../src-main/contract/index.ts';
import type { ModelList } from '../../../src-main/contract/models.ts';
import type { Grants } from '../../../src-main/core/grants.ts';
import { createPromptLibrary, type PromptLibrary } from '../../../src-main/core/judging/prompt-library.ts';
import { Problem } from '../../../src-main/core/problem.ts';
import { asProblem } from '../../../src-main/core/router/implementer.ts';
import type { Judgment } from '../../../src-main/domain/answer.ts';
import type { DatasetInfo, DatasetRow } from '../../../src-main/domain/dataset.ts';
import type { ApiChoice } from '../../../src-main/domain/experiment.ts';
import type { ModelFile } from '../../../src-main/domain/model.ts';
import type { Run } from '../../../src-main/domain/run.ts';
import { DEFAULT_SETTINGS, type Settings } from '../../../src-main/domain/settings.ts';
import { fakeAnalysis, type FakeRuns } from './analysis.ts';
import * as answers from './answers.ts';
import * as datasets from './datasets.ts';
import { createFakeLabels, fakeLabelling } from './labelling.ts';
import { readMachine } from './machine.ts';
import { fitOf, MODELS } from './models.ts';
import { planningOf } from './planning.ts';
import { doneRun, JUDGES, planOf, startedRun } from './runs.ts';
import { digest, wait } from './text.ts';

export type Scenario = 'full' | 'empty';

const GIB = 1024 ** 3;
/** Answers of the first run that somebody has labelled already. */
const LABELLED = 60;
const os = implement(contract);

interface Held {
  readonly info: DatasetInfo;
  readonly rows: readonly DatasetRow[];
}

/** The contract answered from memory: real shapes, made-up numbers. For pages in a browser while nothing heavier is wanted. */
export function createFakeRouter(scenario: Scenario, grants: Grants, dataDir: string) {
  const state = createState(scenario);
  const held = heldRuns(state);
  const labels = createFakeLabels(held, scenario === 'full' ? LABELLED : 0);
  return {
    analysis: fakeAnalysis(held, labels, grants, join(dataDir, 'exports')),
    labelling: fakeLabelling(held, labels, () => state.settings),
    hardware: hardwareOf(scenario),
    models: modelsOf(state),
    datasets: datasetsOf(state, grants),
    runs: runsOf(state),
    answers: answersOf(state),
    judging: judgingOf(createPromptLibrary(resolve('resources', 'prompts'), join(dataDir, 'prompts'))),
    servers: serversOf(),
    planning: planningOf({
      scenario,
      models: () => state.models,
      dataset: (wanted) => heldDataset(state, wanted).info,
    }),
    exporting: exportingOf(),
    settings: settingsOf(state),
  };
}

function createState(scenario: Scenario) {
  const rows = datasets.madeRows(3610);
  const held = new Map<number, Held>();
  const live = new Map<number, ReturnType<typeof startedRun>>();
  const done = new Map<number, Run>();
  if (scenario === 'full') {
    held.set(1, { info: datasets.datasetInfo(1, 'nq-open', rows), rows });
    held.set(2, {
      info: datasets.datasetInfo(2, 'evouna-tq', rows.slice(0, 2000), {
        kind: 'evouna',
        sourceName: 'TQ.json',
        systems: ['fid', 'gpt35', 'chatgpt', 'gpt4', 'newbing'],
        problems: [{ line: 118, problem: 'This record has no question.' }],
        problemCount: 1,
      }),
      rows: rows.slice(0, 2000),
    });
    done.set(1, doneRun(1, 300));
  }
  return {
    held,
    live,
    done,
    labels: new Map<number, Judgment[]>(),
    models: scenario === 'full' ? [...MODELS] : [],
    settings: { ...DEFAULT_SETTINGS, modelFolders: scenario === 'full' ? ['/mnt/models'] : [] } as Settings,
    nextId: 10,
  };
}

type State = ReturnType<typeof createState>;

const hardwareOf = (scenario: Scenario) => ({
  read: os.hardware.read.handler(() => readMachine(scenario, 0)),
  watch: os.hardware.watch.handler(async function* ({ signal }) {
    for (let turn = 0; ; turn += 1) {
      if (signal?.aborted === true) return;
      yield readMachine(scenario, turn);
      await wait(2000, signal);
    }
  }),
});

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

const modelsOf = (state: State) => ({
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

function holdDataset(
  state: State,
  name: string,
  rows: readonly DatasetRow[],
  more: Partial<DatasetInfo>,
): DatasetInfo {
  state.nextId += 1;
  const info = { ...datasets.datasetInfo(state.nextId, name, rows), importedAt: Date.now(), ...more };
  state.held.set(info.id, { info, rows });
  return info;
}

function heldDataset(state: State, wanted: number | string): Held {
  const found = [...state.held.values()].find(({ info }) => info.id === wanted || info.name === wanted);
  if (found === undefined) throw new Problem('NOT_FOUND', `There is no dataset "${wanted}".`);
  return found;
}

function datasetsOf(state: State, grants: Grants) {
  const pathOf = (file: string): string => {
    const path = grants.resolve(file);
    if (path === null) throw new Problem('NOT_FOUND', 'That file is no longer there. Drop it again.');
    return path;
  };
  return {
    list: os.datasets.list.handler(() => [...state.held.values()].map(({ info }) => info).toReversed()),
    get: os.datasets.get.handler(({ input }) => heldDataset(state, input.dataset).info),
    rows: os.datasets.rows.handler(({ input }) => {
      const { rows } = heldDataset(state, input.datasetId);
      const words = input.text?.toLowerCase() ?? '';
      return rows
        .filter(
          (row) => row.position > (input.after ?? -1) && row.question.question.toLowerCase().includes(words),
        )
        .slice(0, input.limit);
    }),
    inspect: os.datasets.inspect.handler(({ input }) =>
      datasets.preview(pathOf(input.file), input.file, input.mapping),
    ),
    import: os.datasets.import.handler(async function* ({ input, signal }) {
      const { rows, problems, mapping } = await datasets.importFile(pathOf(input.file), input.mapping);
      for (let part = 0; part <= 8; part += 1) {
        const progress = { step: 'Importing', done: part * 1000, total: 8000, etaSeconds: (8 - part) / 4 };
        yield {
          kind: 'progress' as const,
          progress,
          rows: Math.round((rows.length * part) / 8),
          problems: problems.length,
        };
        await wait(120, signal);
        if (signal?.aborted) return;
      }
      const made = rows.map(({ question }, position) => ({
        rowId: position + 1,
        position,
        rowSha256: digest(`${position}`),
        occurrence: 0,
        question,
      }));
      const more = {
        problems: problems.slice(0, 100),
        problemCount: problems.length,
        mapping,
        systems: mapping.answers.map(({ system }) => system),
      };
      yield {
        kind: 'done' as const,
        dataset: holdDataset(state, input.name ?? 'dropped', made, more),
        existed: false,
      };
    }),
    importBuiltIn: os.datasets.importBuiltIn.handler(() =>
      holdDataset(state, 'general-knowledge', datasets.madeRows(60), {}),
    ),
    removals: os.datasets.removals.handler(() => []),
    remove: os.datasets.remove.handler(({ input }) => {
      state.held.delete(input.datasetId);
      return null;
    }),
  };
}

function runsOf(state: State) {
  const find = heldRuns(state).run;
  const every = (): Run[] =>
    [...[...state.live.values()].map((entry) => entry.run()), ...state.done.values()].toSorted(
      (a, b) => b.id - a.id,
    );
  return {
    list: os.runs.list.handler(({ input }) =>
      every()
        .filter(({ id }) => id < (input.before ?? Infinity))
        .slice(0, input.limit),
    ),
    get: os.runs.get.handler(({ input }) => find(input.runId)),
    watch: os.runs.watch.handler(async function* ({ input, signal }) {
      for (;;) {
        const run = find(input.runId);
        yield run;
        if (signal?.aborted === true || run.endedAt !== null) return;
        await wait(400, signal);
      }
    }),
    plan: os.runs.plan.handler(({ input }) => ({
      experiment: input.experiment,
      plan: planOf(input.experiment),
      warnings: input.experiment.judges.some(({ model }) => model === input.experiment.generator?.model)
        ? ['The judge is the generator: it will like its own answers more than others do.']
        : [],
      estimateSeconds: (input.experiment.limit ?? 300) * 0.4,
    })),
    start: os.runs.start.handler(({ input }) => {
      state.nextId += 1;
      const run = startedRun(state.nextId, input.experiment, input.experiment.limit ?? 300);
      state.live.set(state.nextId, run);
      const timer = setInterval(() => {
        run.tick();
        if (run.run().endedAt !== null) clearInterval(timer);
      }, 500);
      timer.unref();
      return { runId: state.nextId };
    }),
    cancel: os.runs.cancel.handler(({ input }) => (state.live.get(input.runId)?.cancel(), null)),
    resume: os.runs.resume.handler(() => null),
    remove: os.runs.remove.handler(({ input }) => {
      state.live.delete(input.runId);
      state.done.delete(input.runId);
      return null;
    }),
    counts: os.runs.counts.handler(({ input }) =>
      answers.counts(input.runId, rowsOf(state, find(input.runId))),
    ),
    events: os.runs.events.handler(({ input }) =>
      [
        {
          seq: 1,
          at: Date.now() - 390_000,
          level: 'info' as const,
          text: 'Loaded Llama 3.2 1B Q8_0 in 2.1 s: 17 of 17 layers on the RTX 4090.',
        },
        {
          seq: 2,
          at: Date.now() - 300_000,
          level: 'warning' as const,
          text: 'Two questions are longer than the context and were not asked.',
        },
        {
          seq: 3,
          at: Date.now() - 280_000,
          level: 'info' as const,
          text: 'The generator’s process has ended; 2,410 MiB came back.',
        },
      ].filter(({ seq }) => seq > input.afterSeq),
    ),
    memory: os.runs.memory.handler(() =>
      Array.from({ length: 120 }, (_, at) => ({
        at: Date.now() - 400_000 + at * 3000,
        phaseSeq: at < 50 ? 0 : 1,
        deviceId: 'GPU-00000000',
        processBytes: at % 50 < 3 ? 0 : (at < 50 ? 2.4 : 6.1) * GIB,
        deviceUsedBytes: (at % 50 < 3 ? 1.4 : at < 50 ? 3.8 : 7.5) * GIB,
      })),
    ),
    toYaml: os.runs.toYaml.handler(({ input }) => ({
      yaml: `name: ${input.experiment.name}\ndataset: ${input.experiment.dataset}\n`,
    })),
    fromYaml: os.runs.fromYaml.handler(() => ({ experiment: doneRun(1, 300).experiment })),
  };
}

const heldRuns = (state: State): FakeRuns => {
  const run = (runId: number): Run => {
    const found = state.live.get(runId)?.run() ?? state.done.get(runId);
    if (found === undefined) throw new Problem('NOT_FOUND', `There is no run ${runId}.`);
    return found;
  };
  return {
    run,
    rows: (runId) => rowsOf(state, run(runId)),
    dataset: (id) => heldDataset(state, id).info,
  };
};

const rowsOf = (state: State, run: Run): readonly DatasetRow[] =>
  heldDataset(state, run.datasetId).rows.slice(0, run.answered + 2);

function answersOf(state: State) {
  const { rows } = heldRuns(state);
  return {
    page: os.answers.page.handler(({ input }) => answers.page(rows(input.runId), input)),
    count: os.answers.count.handler(({ input }) => ({
      count: answers.select(rows(input.runId), input).length,
      capped: false,
    })),
    get: os.answers.get.handler(({ input }) => {
      const row = rows(input.runId).find(({ position }) => position === input.position);
      if (row === undefined) throw new Problem('NOT_FOUND', 'There is no such answer in this run.');
      return answers.detail(row, state.labels.get(row.rowId) ?? []);
    }),
    label: os.answers.label.handler(({ input }) => {
      const [, , judge] = JUDGES;
      if (judge === undefined) throw new Problem('NOT_FOUND', 'There is no such answer.');
      const label: Judgment = {
        id: (state.nextId += 1),
        judge,
        verdict: input.verdict,
        pCorrect: null,
        labelMass: null,
        raw: null,
        reason: null,
        note: input.note,
        renderedPrompt: null,
        labelOrder: null,
        mode: 'human',
        repeat: 0,
        at: Date.now(),
        durationMs: null,
        error: null,
      };
      state.labels.set(input.answerId, [...(state.labels.get(input.answerId) ?? []), label]);
      return label;
    }),
  };
}

const served = <T>(work: Promise<T>): Promise<T> =>
  work.catch((error: unknown) => {
    throw asProblem(error);
  });

/** Prompts are files and small: the real library, on a folder of its own. */
const judgingOf = (prompts: PromptLibrary) => ({
  prompts: os.judging.prompts.handler(() => served(prompts.list())),
  prompt: os.judging.prompt.handler(({ input }) => served(prompts.detail(input.ref))),
  savePrompt: os.judging.savePrompt.handler(({ input }) => served(prompts.save(input.prompt, input.base))),
  removePrompt: os.judging.removePrompt.handler(async ({ input }) => {
    await served(prompts.remove(input.id));
    return null;
  }),
  readPrompt: os.judging.readPrompt.handler(({ input: { prompt, labels } }) => {
    const text = prompt.kind === 'text' ? prompt.text : `${prompt.system ?? ''}\n\n${prompt.user}`;
    return {
      text,
      tokens: Math.round(text.length / 4),
      labelTokens: labels.map((label) => label.trim().charCodeAt(0)),
      contextTrained: 8192,
      instruct: prompt.kind === 'chat',
    };
  }),
  combined: os.judging.combined.handler(() => null),
  combinedAnswer: os.judging.combinedAnswer.handler(() => null),
  alarms: os.judging.alarms.handler(() => [
    {
      id: 'truncated',
      severity: 'warning' as const,
      judgeId: null,
      text: '18 of 298 answers stopped at the longest length of 64 tokens. Raise it, or their verdicts are about halves.',
    },
  ]),
});

const serversOf = () => {
  let recent: ApiChoice[] = [
    {
      baseUrl: 'http://gpu-box:8000/v1',
      alsoAt: [],
      model: 'Qwen3-32B',
      apiKeyEnv: null,
      style: 'chat',
      concurrency: 32,
      timeoutSeconds: 300,
      tries: 6,
      inputUsdPerMillion: null,
      outputUsdPerMillion: null,
      maxCostUsd: null,
    },
  ];
  return {
    recent: os.servers.recent.handler(() => recent),
    forget: os.servers.forget.handler(({ input }) => {
      recent = recent.filter(({ baseUrl, model }) => baseUrl !== input.baseUrl || model !== input.model);
      return recent;
    }),
    try: os.servers.try.handler(({ input }) => [
      input.baseUrl.includes('nobody')
        ? {
            host: new URL(input.baseUrl).host,
            problem: 'nobody could not be reached (ECONNREFUSED). Is the server running?',
            models: null,
            reply: null,
          }
        : {
            host: new URL(input.baseUrl).host,
            problem: null,
            models: ['Qwen3-32B', 'Qwen3-8B'],
            reply:
              input.model === ''
                ? null
                : { text: 'ready', model: input.model, durationMs: 212, logprobs: true, notes: [] },
          },
    ]),
    keys: os.servers.keys.handler(({ input }) =>
      input.variables.map((variable) => ({ variable, there: variable === 'OPENAI_API_KEY' })),
    ),
  };
};

const exportingOf = () => ({
  create: os.exporting.create.handler(({ input }) => {
    throw new Problem('STORAGE', `This stand-in writes no files (run ${input.runId}).`);
  }),
});

const settingsOf = (state: State) => ({
  get: os.settings.get.handler(() => state.settings),
  set: os.settings.set.handler(({ input }) => {
    const given = Object.fromEntries(Object.entries(input).filter(([, value]) => value !== undefined));
    state.settings = { ...state.settings, ...given };
    return state.settings;
  }),
  about: os.settings.about.handler(() => ({
    version: '0.1.0',
    door: 'serve' as const,
    dataDir: '/home/ada/.local/share/assize',
    databasePath: '/home/ada/.local/share/assize/assize.db',
    node: process.versions.node,
    defaultModelPresent: state.models.some(({ source }) => source === 'default'),
  })),
});
