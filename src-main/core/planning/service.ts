import type {
  ExperimentPlanRequest,
  GuideRequest,
  Matrix,
  MatrixRequest,
  PlannedExperiment,
  PlannerModel,
  PlannerModelAnswer,
  PlannerTables,
  PromptCounts,
} from '../../contract/planning.ts';
import type { Experiment } from '../../domain/experiment.ts';
import type { Machine } from '../../domain/hardware.ts';
import type { LedgerEntry } from '../../domain/ledger.ts';
import { chooseDevices } from '../../domain/planning/devices.ts';
import type { Price } from '../../domain/planning/cost.ts';
import { ADVISED_BOXES, type Guide } from '../../domain/planning/guide.ts';
import { RECIPES } from '../../domain/planning/requantize.ts';
import type { Settings } from '../../domain/settings.ts';
import { countedModels } from './counted-models.ts';
import { makeGuide } from './make-guide.ts';
import type { LoadLedger } from './ledger.ts';
import { makeMatrix } from './make-matrix.ts';
import type { ModelSource } from './model-source.ts';
import { planWholeExperiment } from './plan-whole.ts';
import { promptCounts, type CountingDeps } from './prompt-counts.ts';
import { speedHistory, type SpeedHistoryDeps } from './speed-history.ts';
import type { CatalogueFiles } from './tables.ts';

export interface PlanningDeps extends CountingDeps, SpeedHistoryDeps {
  readonly catalogue: CatalogueFiles;
  readonly source: ModelSource;
  readonly ledger: Pick<LoadLedger, 'calibration'>;
  /** A whole reading, perhaps some seconds old. */
  readonly machine: (signal: AbortSignal) => Promise<Machine>;
  /** At once, perhaps `pending`. */
  readonly machineNow: (signal: AbortSignal) => Promise<Machine>;
  /** At once, without what only the engine knows of cards: for plans on other machines. */
  readonly machineWithoutEngine: (signal: AbortSignal) => Promise<Machine>;
  readonly settings: () => Settings;
}

/** What a plan stands on besides its models. */
export interface PlanGround {
  readonly machine: Machine;
  readonly tables: PlannerTables;
}

/** The planning room for the router: every plan that is not one of this machine's runs. */
export interface PlanningService {
  /** At once: `pending` where the engine has not said yet what it can use. */
  machine(signal: AbortSignal): Promise<Machine>;
  tables(signal: AbortSignal): Promise<PlannerTables>;
  models(choices: readonly string[], signal: AbortSignal): Promise<PlannerModelAnswer[]>;
  files(choice: string, signal: AbortSignal): Promise<PlannerModel[]>;
  counts(experiment: Experiment, signal: AbortSignal): Promise<PromptCounts[]>;
  experiment(input: ExperimentPlanRequest, signal: AbortSignal): Promise<PlannedExperiment>;
  matrix(input: MatrixRequest, signal: AbortSignal): Promise<Matrix>;
  guide(input: GuideRequest, signal: AbortSignal): Promise<Guide>;
  ledger(page: { readonly before: number | null; readonly limit: number }): Promise<LedgerEntry[]>;
  setPrices(prices: readonly Price[] | null, signal: AbortSignal): Promise<PlannerTables>;
}

export function createPlanning(deps: PlanningDeps): PlanningService {
  const tablesFor = async (machine: Machine): Promise<PlannerTables> => {
    const catalogue = await deps.catalogue.read();
    const { backend } = chooseDevices(machine, 'auto', 'auto');
    return {
      cards: catalogue.cards,
      prices: catalogue.prices,
      pricesFrom: catalogue.pricesFrom,
      quality: catalogue.quality,
      catalogue: catalogue.shapes.map(({ id, name }) => ({ id, name })),
      recipes: [...RECIPES],
      boxes: [...ADVISED_BOXES],
      memory: await deps.ledger.calibration(backend, machine),
      speed: await speedHistory(deps, machine, catalogue.cards),
      notes: catalogue.notes,
      ...(machine.pending === true ? { pending: true } : {}),
    };
  };
  const tables = async (signal: AbortSignal): Promise<PlannerTables> =>
    tablesFor(await deps.machineNow(signal));
  /** For plans on this machine its cards have to be known, however long that takes; for others they do not matter. */
  const ground = async (here: boolean, signal: AbortSignal): Promise<PlanGround> => {
    const machine = await (here ? deps.machine(signal) : deps.machineWithoutEngine(signal));
    return { machine, tables: await tablesFor(machine) };
  };
  return {
    machine: deps.machineNow,
    tables,
    models: (choices, signal) => deps.source.answer(choices, signal),
    async files(choice, signal) {
      return deps.source.sameModel(await deps.source.find(choice, signal), signal);
    },
    async counts(experiment, signal) {
      return promptCounts(deps, experiment, await countedModels(deps.source, experiment, signal), signal);
    },
    experiment: async (input, signal) =>
      planWholeExperiment(deps, input, await ground(input.box === null, signal), signal),
    matrix: async (input, signal) =>
      makeMatrix(deps, input, await ground(input.boxes.includes(null), signal), signal),
    guide: (input, signal) => makeGuide(deps, input, signal),
    ledger: (page) => deps.store.call('ledger.list', page),
    async setPrices(prices, signal) {
      await deps.catalogue.setPrices(prices);
      return tables(signal);
    },
  };
}
