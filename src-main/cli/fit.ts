import type { Command } from 'commander';
import type { Matrix } from '../contract/planning.ts';
import type { ModelFit } from '../domain/fit.ts';
import { cellText, type MatrixRow } from '../domain/planning/matrix.ts';
import { formatBytes, formatMiB } from '../domain/units.ts';
import { collect } from './arguments.ts';
import { addBoxOptions, type BoxFlags } from './box-options.ts';
import { EXIT, ExitWith } from './exit-codes.ts';
import { scannedModels } from './models.ts';
import { note, print, printJson, table } from './output.ts';
import { type CliContext, type Session, withSession } from './session.ts';

interface Options extends BoxFlags {
  readonly quant?: string[];
}

export function fitCommand(program: Command, context: CliContext): void {
  const command = program
    .command('fit')
    .argument(
      '[models...]',
      'file, path or name; "hf:user/repo:quant" or an https address, of which only the header is read; "Llama-3-8B:Q8_0"; all that were found when left out',
    )
    .description('which models fit this machine now, or any other, with how much to spare, and why not')
    .option('--quant <step>', 'also in this quantization: Q4_K_M; may be given several times', collect);
  addBoxOptions(command).action((names: string[], options: Options, command: Command) =>
    withSession(context, command, async (session) => {
      const elsewhere = options.gpu !== undefined || options.quant !== undefined || options.ram !== undefined;
      if (elsewhere || !(await allOnDisk(session, names))) await fitAnywhere(session, names, options);
      else await fitHere(session, names, options.ctx ?? null);
    }),
  );
}

async function allOnDisk(session: Session, names: readonly string[]): Promise<boolean> {
  const answers = await session.client.planning.models({ choices: [...names] }, { signal: session.signal });
  return answers.every(({ model }) => model === null || model.source === 'disk');
}

/** Models × boxes, whole on the cards of each. */
async function fitAnywhere(session: Session, names: string[], options: Options): Promise<void> {
  const models = names.length > 0 ? names : await everyModel(session);
  const matrix = await session.client.planning.matrix(
    {
      models,
      boxes: options.gpu ?? [null],
      ramBytes: options.ram ?? null,
      reserveBytes: options.reserve ?? null,
      context: options.ctx ?? null,
      recipes: options.quant ?? [],
    },
    { signal: session.signal },
  );
  if (session.json) printJson(matrix);
  else print(matrixText(matrix));
  const refused = matrix.rows.flatMap(({ cells }) => cells.flatMap(({ problem }) => problem ?? []));
  if (!session.json) for (const problem of new Set(refused)) note(problem);
  for (const problem of matrix.problems) note(problem);
  if (matrix.problems.length > 0) throw new ExitWith(EXIT.error);
}

async function everyModel(session: Session): Promise<string[]> {
  const { models } = await scannedModels(session);
  const usable = models.filter((model) => model.problem === null).map((model) => model.id);
  if (usable.length === 0) throw nothingFound();
  return usable;
}

function nothingFound(): ExitWith {
  return new ExitWith(EXIT.error, 'No models found. Add a folder with `assize models --add FOLDER`.');
}

function matrixText({ boxes, rows, contextPerSequence }: Matrix): string {
  const head = `Whole on the cards, one sequence of ${contextPerSequence.toLocaleString('en')} tokens; MiB spare on the fullest card.\n\n`;
  return (
    head +
    table<MatrixRow>(rows, [
      // The quantization has its own column: a file's other steps are not "Q4_K_M in Q8_0".
      { head: 'model', cell: (row) => row.modelName.replace(/[-. ](I?Q\d\w*|F16|BF16|F32)$/i, ''), max: 50 },
      { head: 'quant', cell: (row) => row.recipe },
      { head: 'file', cell: (row) => formatBytes(row.fileBytes), right: true },
      ...boxes.map((box, i) => ({
        head: box,
        cell: (row: MatrixRow) => {
          const cell = row.cells[i];
          return cell === undefined ? '' : cellText(cell);
        },
      })),
    ])
  );
}

async function fitHere(session: Session, names: readonly string[], context: number | null): Promise<void> {
  const list = await scannedModels(session);
  const modelIds = await Promise.all(names.map((name) => session.core.resolveModel(name)));
  const ids = names.length === 0 ? null : modelIds.map((model) => model.id);
  const fits = await session.client.models.fit({ modelIds: ids, context });
  if (session.json) return printJson(fits);
  if (fits.length === 0) throw nothingFound();
  const nameOf = (fit: ModelFit): string =>
    (
      list.models.find((model) => model.id === fit.modelId) ??
      modelIds.find((model) => model.id === fit.modelId)
    )?.name ?? fit.modelId;
  print(fitText(fits, nameOf));
  // The table cuts its sentences; what the engine refuses is told with what to do instead.
  for (const { phase } of fits)
    if (phase?.problem !== undefined) note(`${phase.modelName}: ${phase.problem}`);
}

function fitText(fits: readonly ModelFit[], nameOf: (fit: ModelFit) => string): string {
  const layers = ({ phase }: ModelFit): string =>
    phase === null ? '' : `${phase.settings.gpuLayers}/${phase.totalLayers}`;
  const margin = ({ phase }: ModelFit): string => {
    const margins = phase?.devices.map((device) => device.marginBytes) ?? [];
    return margins.length === 0 ? '' : formatMiB(Math.min(...margins));
  };
  return table<ModelFit>(fits, [
    { head: 'model', cell: nameOf, max: 50 },
    { head: 'fits', cell: (fit) => fit.verdict },
    { head: 'layers on GPU', cell: layers, right: true },
    {
      head: 'context',
      cell: ({ phase }) =>
        phase === null ? '' : `${phase.settings.sequences} × ${phase.settings.contextPerSequence}`,
      right: true,
    },
    { head: 'margin', cell: margin, right: true },
    { head: 'why', cell: (fit) => fit.reason, max: 100 },
  ]);
}
