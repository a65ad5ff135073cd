import { resolve } from 'node:path';
import { implement } from '@orpc/server';
import { contract } from '../../../src-main/contract/index.ts';
import type { MatrixRequest, PlannerTables, PromptCounts } from '../../../src-main/contract/planning.ts';
import { createModelSource, type ModelSource } from '../../../src-main/core/planning/model-source.ts';
import { type Catalogue, catalogueFiles } from '../../../src-main/core/planning/tables.ts';
import { Problem } from '../../../src-main/core/problem.ts';
import type { DatasetInfo } from '../../../src-main/domain/dataset.ts';
import type { Experiment } from '../../../src-main/domain/experiment.ts';
import { NO_CALIBRATION } from '../../../src-main/domain/memory/overhead.ts';
import type { ModelFile } from '../../../src-main/domain/model.ts';
import type { Price } from '../../../src-main/domain/planning/cost.ts';
import {
  ADVISED_BOXES,
  buildGuide,
  GUIDE_ASSUMPTIONS,
  GUIDE_BOXES,
  GUIDE_DATASET,
  GUIDE_RECIPES,
  guideModels,
  type GuideModel,
} from '../../../src-main/domain/planning/guide.ts';
import { fitCell } from '../../../src-main/domain/planning/matrix.ts';
import { namedBox, thisMachine } from '../../../src-main/domain/planning/named-box.ts';
import { wishesFor } from '../../../src-main/domain/planning/plan-model.ts';
import { ladder } from '../../../src-main/domain/planning/quantization.ts';
import { RECIPES, requantize } from '../../../src-main/domain/planning/requantize.ts';
import { UNCALIBRATED } from '../../../src-main/domain/planning/speed.ts';
import { headerOf } from './headers.ts';
import { madeLoads } from './loads.ts';
import { readMachine } from './machine.ts';

export interface PlanningFakeDeps {
  readonly scenario: 'full' | 'empty';
  readonly models: () => readonly ModelFile[];
  readonly dataset: (wanted: string) => DatasetInfo;
}

const os = implement(contract);
const ROOT = resolve(import.meta.dirname, '../../..');

/** Planning with the real arithmetic and the real tables over made-up files, a made-up machine and made-up loads. */
export function planningOf(deps: PlanningFakeDeps) {
  const { scenario } = deps;
  let prices: readonly Price[] | null = null;
  const files = catalogueFiles(resolve(ROOT, 'resources/catalogue'), resolve(ROOT, 'no-such-folder'));
  const catalogue = async (): Promise<Catalogue> => {
    const own = await files.read();
    const newest =
      prices
        ?.map(({ date }) => date)
        .toSorted()
        .at(-1) ?? own.pricesFrom.date;
    return prices === null
      ? own
      : {
          ...own,
          prices,
          pricesFrom: { date: newest, path: '/home/ada/.local/share/assize/catalogue/prices.json' },
        };
  };
  const source = sourceOf(deps, catalogue);
  const tables = async () => tablesOf(await catalogue());
  return {
    tables: os.planning.tables.handler(tables),
    models: os.planning.models.handler(({ input, signal }) => source.answer(input.choices, signalOf(signal))),
    files: os.planning.files.handler(async ({ input, signal }) =>
      source.sameModel(await source.find(input.choice, signalOf(signal)), signalOf(signal)),
    ),
    counts: os.planning.counts.handler(({ input }) => countsOf(input.experiment, deps)),
    matrix: os.planning.matrix.handler(async ({ input, signal }) =>
      matrixOf(input, scenario, source, await tables(), signalOf(signal)),
    ),
    guide: os.planning.guide.handler(async ({ input, signal }) =>
      guideOf(input.models, source, await catalogue(), signalOf(signal)),
    ),
    ledger: os.planning.ledger.handler(() => (scenario === 'empty' ? [] : madeLoads())),
    setPrices: os.planning.setPrices.handler(({ input }) => {
      ({ prices } = input);
      return tables();
    }),
  };
}

const signalOf = (signal: AbortSignal | undefined): AbortSignal => signal ?? new AbortController().signal;

function sourceOf({ models }: PlanningFakeDeps, catalogue: () => Promise<Catalogue>): ModelSource {
  return createModelSource({
    resolve: (choice) => {
      const file = models().find(({ id, name, path }) => [id, name, path].includes(choice));
      if (file === undefined)
        throw new Problem('NOT_FOUND', `There is no model "${choice}" on this machine.`);
      return Promise.resolve(file);
    },
    header: (model) => {
      const header = headerOf(model);
      if (header === null) throw new Problem('REFUSED', `The header of ${model.name} cannot be read.`);
      return Promise.resolve(header);
    },
    list: models,
    remoteHeader: (address) => {
      throw new Problem(
        'NOT_FOUND',
        `The header of ${address} could not be fetched: this stand-in has no network.`,
      );
    },
    shapes: async () => (await catalogue()).shapes,
  });
}

function tablesOf({ cards, prices, pricesFrom, quality, shapes, notes }: Catalogue): PlannerTables {
  return {
    cards,
    prices,
    pricesFrom,
    quality,
    catalogue: shapes.map(({ id, name }) => ({ id, name })),
    recipes: [...RECIPES],
    boxes: [...ADVISED_BOXES],
    memory: {
      driverContext: {
        cuda: {
          bytes: 352 << 20,
          low: 340 << 20,
          high: 371 << 20,
          basis: 'calibrated',
          source: '5 loads with driver 570.86.10',
        },
      },
      process: null,
    },
    speed: UNCALIBRATED,
    notes,
  };
}

/** Questions of a usual length; a judge reads the answer and its instructions too. A dataset without questions asks nothing. */
function countsOf({ dataset, generator, judges, limit }: Experiment, deps: PlanningFakeDeps): PromptCounts[] {
  const { rows } = deps.dataset(dataset);
  const count = Math.min(limit ?? rows, rows);
  const nameOf = (model: string): string => deps.models().find(({ id }) => id === model)?.name ?? model;
  const of = (role: PromptCounts['role'], model: string, p50: number, newTokens: number): PromptCounts => ({
    role,
    model: nameOf(model),
    counts: {
      count,
      p50: count === 0 ? 0 : p50,
      p99: count === 0 ? 0 : p50 * 3,
      max: count === 0 ? 0 : p50 * 9,
      total: count * p50,
    },
    newTokens,
    how: nameOf(model) === model ? 'estimate' : 'tokenizer',
    counted: Math.min(count, 4096),
    of: count,
  });
  return [
    ...(generator === null ? [] : [of('generate', generator.model, 118, 64)]),
    ...judges.map(({ model }) => of('judge', model, 262, 1)),
  ];
}

async function matrixOf(
  input: MatrixRequest,
  scenario: 'full' | 'empty',
  source: ModelSource,
  { cards, memory }: PlannerTables,
  signal: AbortSignal,
) {
  const here = readMachine(scenario, 0);
  const boxes = input.boxes.map((box) => {
    try {
      return box === null ? thisMachine(here, input.ramBytes) : namedBox(box, cards, input.ramBytes, here.at);
    } catch (error) {
      throw new Problem('REFUSED', error instanceof Error ? error.message : String(error));
    }
  });
  const answers = await source.answer(input.models, signal);
  const contextPerSequence = input.context ?? 4096;
  const rows = answers.flatMap(({ model }) => {
    if (model === null) return [];
    const { name: modelName, recipe: own, header } = model;
    const others = RECIPES.filter((recipe) => recipe !== own && input.recipes.includes(recipe));
    const all = [
      { recipe: own, header },
      ...others.map((recipe) => ({ recipe, header: requantize(header, recipe) })),
    ];
    const wishes = wishesFor({
      role: 'generate',
      modelId: model.id,
      modelName,
      contextPerSequence,
      sequences: 1,
    });
    return all.map(({ recipe, header: file }) => ({
      modelName,
      recipe,
      fileBytes: file.fileBytes,
      cells: boxes.map(({ machine }, i) =>
        fitCell(file, machine, { ...wishes, calibration: input.boxes[i] === null ? memory : NO_CALIBRATION }),
      ),
    }));
  });
  return {
    boxes: boxes.map(({ name }) => name),
    rows,
    problems: answers.flatMap(({ problem }) => problem ?? []),
    contextPerSequence,
  };
}

async function guideOf(
  choices: readonly string[] | null,
  source: ModelSource,
  { shapes, claims, cards, prices, quality }: Catalogue,
  signal: AbortSignal,
) {
  const chosen = async (choice: string): Promise<GuideModel> => {
    const { model } = await source.find(choice, signal);
    const { id, name, recipe, header } = model;
    const files = ladder([{ recipe, modelId: id, modelName: name, header, atHand: model.source === 'disk' }]);
    return { id, name, roles: ['generate', 'judge'], files };
  };
  const judges = ['llama-3-8b', 'llama-3.1-70b', 'llama-2-70b'];
  return buildGuide({
    at: Date.now(),
    models: choices === null ? guideModels(shapes, judges) : await Promise.all(choices.map(chosen)),
    dataset: GUIDE_DATASET,
    assumptions: GUIDE_ASSUMPTIONS,
    cards,
    prices,
    quality,
    calibration: UNCALIBRATED,
    recipes: GUIDE_RECIPES,
    boxes: GUIDE_BOXES,
    advised: ADVISED_BOXES,
    claims: choices === null ? claims : [],
  });
}
