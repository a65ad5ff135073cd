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
import { NO_CALIBRATION } from '../../domain/memory/overhead.ts';
import { chooseDevices } from '../../domain/planning/devices.ts';
import type { Price } from '../../domain/planning/cost.ts';
import { ADVISED_BOXES, type Guide } from '../../domain/planning/guide.ts';
import { RECIPES } from '../../domain/planning/requantize.ts';
import { UNCALIBRATED } from '../../domain/planning/speed.ts';
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
  readonly settings: () => Settings;
}

/** What a plan stands on besides its models. */
export interface PlanGround {
  /** Null where it is for other machines only: then it is not read. */
  readonly here: Machine | null;
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
  const tablesFor = async (machine: Machine | null): Promise<PlannerTables> => {
    const catalogue = await deps.catalogue.read();
    return {
      cards: catalogue.cards,
      prices: catalogue.prices,
      pricesFrom: catalogue.pricesFrom,
      quality: catalogue.quality,
      catalogue: catalogue.shapes.map(({ id, name }) => ({ id, name })),
      recipes: [...RECIPES],
      boxes: [...ADVISED_BOXES],
      ...(machine === null
        ? { memory: NO_CALIBRATION, speed: UNCALIBRATED }
        : await learntOf(deps, machine, catalogue.cards)),
      notes: catalogue.notes,
      ...(machine?.pending === true ? { pending: true } : {}),
    };
  };
  const tables = async (signal: AbortSignal): Promise<PlannerTables> =>
    tablesFor(await deps.machineNow(signal));
  /** For plans on this machine its cards have to be known, however long that takes; for others they do not matter. */
  const ground = async (wantsHere: boolean, signal: AbortSignal): Promise<PlanGround> => {
    const here = wantsHere ? await deps.machine(signal) : null;
    return { here, tables: await tablesFor(here) };
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

/** What this machine's own past says: of the backend that it would use now. */
async function learntOf(
  deps: PlanningDeps,
  machine: Machine,
  cards: PlannerTables['cards'],
): Promise<Pick<PlannerTables, 'memory' | 'speed'>> {
  const { backend } = chooseDevices(machine, 'auto', 'auto');
  const [memory, speed] = await Promise.all([
    deps.ledger.calibration(backend, machine),
    speedHistory(deps, machine, cards),
  ]);
  return { memory, speed };
}
