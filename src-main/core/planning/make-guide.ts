import type { GuideRequest } from '../../contract/planning.ts';
import { experimentSchema } from '../../contract/experiment.ts';
import {
  ADVISED_BOXES,
  buildGuide,
  GUIDE_ASSUMPTIONS,
  GUIDE_BOXES,
  GUIDE_DATASET,
  GUIDE_RECIPES,
  guideModels,
  type Guide,
  type GuideDataset,
  type GuideModel,
} from '../../domain/planning/guide.ts';
import { ladder } from '../../domain/planning/quantization.ts';
import { UNCALIBRATED } from '../../domain/planning/speed.ts';
import { findDataset } from '../datasets/find-dataset.ts';
import { boxNamed } from './box.ts';
import { promptCounts, type CountedModel } from './prompt-counts.ts';
import type { PlanningDeps } from './service.ts';

/** Judges of the guide that this one replaces. */
const SEED_JUDGES = ['llama-3-8b', 'llama-3.1-70b', 'llama-2-70b'];

/**
 * The whole guide for the models, dataset and boxes that were chosen; with the models of the old guide, its claims are
 * checked too. Throws Problem with a sentence for a model, dataset or card that is not known.
 */
export async function makeGuide(
  deps: PlanningDeps,
  request: GuideRequest,
  signal: AbortSignal,
): Promise<Guide> {
  const catalogue = await deps.catalogue.read();
  const boxes = request.boxes ?? GUIDE_BOXES;
  for (const box of boxes) boxNamed(box, catalogue.cards, null, 0);
  const own = request.models;
  const models = own === null ? guideModels(catalogue.shapes, SEED_JUDGES) : await chosen(deps, own, signal);
  return buildGuide({
    at: Date.now(),
    models,
    dataset: request.dataset === null ? GUIDE_DATASET : await datasetOf(deps, request.dataset, own, signal),
    assumptions: {
      ...GUIDE_ASSUMPTIONS,
      contextPerSequence: request.context ?? GUIDE_ASSUMPTIONS.contextPerSequence,
      reserveBytes: request.reserveBytes ?? GUIDE_ASSUMPTIONS.reserveBytes,
      computer: {
        ...GUIDE_ASSUMPTIONS.computer,
        ramBytes: request.ramBytes ?? GUIDE_ASSUMPTIONS.computer.ramBytes,
      },
    },
    cards: catalogue.cards,
    prices: catalogue.prices,
    quality: catalogue.quality,
    calibration: UNCALIBRATED,
    recipes: GUIDE_RECIPES,
    boxes,
    advised: [...ADVISED_BOXES],
    claims: own === null ? catalogue.claims : [],
  });
}

async function chosen(
  { source }: PlanningDeps,
  choices: readonly string[],
  signal: AbortSignal,
): Promise<GuideModel[]> {
  return Promise.all(
    choices.map(async (choice): Promise<GuideModel> => {
      const found = await source.find(choice, signal);
      const same = await source.sameModel(found, signal);
      const { id, name } = found.model;
      const files = same.map((file) => ({
        recipe: file.recipe,
        modelId: id,
        modelName: file.name,
        header: file.header,
        atHand: file.source === 'disk',
      }));
      return { id, name, roles: ['generate', 'judge'], files: ladder(files) };
    }),
  );
}

/** Prompts of the dataset as the first of the models, or a usual one, would read them. */
async function datasetOf(
  deps: PlanningDeps,
  dataset: string,
  models: readonly string[] | null,
  signal: AbortSignal,
): Promise<GuideDataset> {
  const { name } = await findDataset(deps.store, dataset);
  const first = models?.[0] === undefined ? null : await deps.source.find(models[0], signal);
  const file = first?.file ?? null;
  const experiment = experimentSchema.parse({ dataset, generator: 'generator', judges: ['judge'] });
  const judge = experiment.judges[0] ?? null;
  const asked = (choice: CountedModel['choice']): CountedModel => ({ name, choice, file, instruct: true });
  const [questions, verdicts] = await promptCounts(deps, experiment, [asked(null), asked(judge)], signal);
  return {
    name,
    questions: questions?.counts ?? GUIDE_DATASET.questions,
    answerTokens: questions?.newTokens ?? GUIDE_DATASET.answerTokens,
    verdicts: verdicts?.counts ?? GUIDE_DATASET.verdicts,
    verdictTokens: verdicts?.newTokens ?? GUIDE_DATASET.verdictTokens,
  };
}
