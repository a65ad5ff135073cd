import type { Matrix, MatrixRequest, PlannerModel } from '../../contract/planning.ts';
import { NO_CALIBRATION } from '../../domain/memory/overhead.ts';
import { fitCell, type MatrixFile, type MatrixRow } from '../../domain/planning/matrix.ts';
import { wishesFor } from '../../domain/planning/plan-model.ts';
import { RECIPES, requantize } from '../../domain/planning/requantize.ts';
import { planningBox } from './box.ts';
import type { PlanGround, PlanningDeps } from './service.ts';

/** What a context is taken to be when no dataset says otherwise. */
const USUAL_CONTEXT = 4096;

/** Models × quantizations × boxes, whole on the cards of each. */
export async function makeMatrix(
  deps: PlanningDeps,
  input: MatrixRequest,
  { here, tables }: PlanGround,
  signal: AbortSignal,
): Promise<Matrix> {
  const boxes = input.boxes.map((box) => planningBox(box, input.ramBytes, here, tables.cards));
  const answers = await deps.source.answer(input.models, signal);
  const files = answers.flatMap(({ model }) => (model === null ? [] : filesFor(model, input.recipes)));
  const { vramReserveBytes, ramReserveBytes } = deps.settings();
  const contextPerSequence = input.context ?? USUAL_CONTEXT;
  const rows = files.map(({ modelName, recipe, header }): MatrixRow => {
    const wishes = wishesFor({
      role: 'generate',
      modelId: modelName,
      modelName,
      contextPerSequence,
      sequences: input.sequences,
      reserveBytes: input.reserveBytes ?? vramReserveBytes,
      hostReserveBytes: ramReserveBytes,
    });
    const cells = boxes.map(({ machine }, i) =>
      fitCell(header, machine, {
        ...wishes,
        calibration: input.boxes[i] === null ? tables.memory : NO_CALIBRATION,
      }),
    );
    return { modelName, recipe, fileBytes: header.fileBytes, cells };
  });
  return {
    boxes: boxes.map(({ name }) => name),
    rows,
    problems: answers.flatMap(({ problem }) => problem ?? []),
    contextPerSequence,
  };
}

/** The file itself, and the other quantizations by rule. */
function filesFor({ name, recipe, header }: PlannerModel, recipes: readonly string[]): MatrixFile[] {
  const others = RECIPES.filter((step) => step !== recipe && recipes.includes(step));
  return [
    { modelName: name, recipe, header },
    ...others.map((step) => ({ modelName: name, recipe: step, header: requantize(header, step) })),
  ];
}
