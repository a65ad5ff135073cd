import type { Command } from 'commander';
import type { ModelFit } from '../domain/fit.ts';
import { formatMiB } from '../domain/units.ts';
import { print, printJson, table } from './output.ts';
import { scannedModels } from './models.ts';
import { type CliContext, withSession } from './session.ts';
import { positiveInt } from './arguments.ts';
import { EXIT, ExitWith } from './exit-codes.ts';

export function fitCommand(program: Command, context: CliContext): void {
  program
    .command('fit')
    .argument('[models...]', 'file, path or name; all that were found when left out')
    .description('which models fit this machine now, with how many layers on the GPU, and why not')
    .option('--ctx <tokens>', 'context of one sequence', positiveInt)
    .action((names: string[], options: { readonly ctx?: number }, command: Command) =>
      withSession(context, command, async (session) => {
        const list = await scannedModels(session);
        const modelIds = await Promise.all(names.map((name) => session.core.resolveModel(name)));
        const ids = names.length === 0 ? null : modelIds.map((model) => model.id);
        const fits = await session.client.models.fit({ modelIds: ids, context: options.ctx ?? null });
        if (session.json) return printJson(fits);
        if (fits.length === 0) {
          throw new ExitWith(EXIT.error, 'No models found. Add a folder with `assize models --add FOLDER`.');
        }
        const nameOf = (fit: ModelFit): string =>
          (
            list.models.find((model) => model.id === fit.modelId) ??
            modelIds.find((model) => model.id === fit.modelId)
          )?.name ?? fit.modelId;
        return print(fitText(fits, nameOf));
      }),
    );
}

export function fitText(fits: readonly ModelFit[], nameOf: (fit: ModelFit) => string): string {
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
