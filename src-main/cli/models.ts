import type { Command } from 'commander';
import type { ModelList } from '../contract/models.ts';
import type { ModelFile } from '../domain/model.ts';
import { formatBytes } from '../domain/units.ts';
import { note, print, printJson, progressLine, progressText, table } from './output.ts';
import { type CliContext, type Session, withSession } from './session.ts';

interface Options {
  readonly add?: string;
  readonly remove?: string;
  readonly fetch?: string;
}

export function modelsCommand(program: Command, context: CliContext): void {
  program
    .command('models')
    .description('models found in your folders and in the caches of other programs')
    .option('--add <folder>', 'look in this folder from now on')
    .option('--remove <folder>', 'do not look in this folder any more')
    .option('--fetch <uri>', 'fetch a model: hf:user/repo:quant, an https address, or "default"')
    .action((options: Options, command: Command) =>
      withSession(context, command, async (session) => {
        if (options.add !== undefined) await session.client.models.addFolder({ path: options.add });
        if (options.remove !== undefined) await session.client.models.removeFolder({ path: options.remove });
        if (options.fetch !== undefined) await fetchModel(session, options.fetch);
        const list = await scannedModels(session);
        if (session.json) printJson(list);
        else print(modelsText(list));
      }),
    );
}

export async function fetchModel(session: Session, uri: string): Promise<void> {
  const line = progressLine();
  for await (const progress of await session.client.models.download({ uri }, { signal: session.signal })) {
    line.show(progressText(progress, true));
  }
  line.end();
}

/** The list after a look in every folder. */
export async function scannedModels(session: Session): Promise<ModelList> {
  const line = progressLine();
  for await (const progress of await session.client.models.rescan(undefined, { signal: session.signal })) {
    line.show(progressText(progress, false));
  }
  line.end();
  return session.client.models.list();
}

function modelsText(list: ModelList): string {
  if (list.models.length === 0) {
    return [
      list.folders.length === 0
        ? 'No models found: there is no cache of another program, and no folder was added.'
        : 'No models found. Looked in:',
      ...list.folders.map((folder) => `  ${folder.path}${folder.note === null ? '' : ` (${folder.note})`}`),
      'Add a folder with `assize models --add FOLDER`, or fetch the small default model with `assize models --fetch default`.',
    ].join('\n');
  }
  for (const folder of list.folders) if (folder.note !== null) note(`Note: ${folder.note}`);
  return table<ModelFile>(list.models, [
    { head: 'model', cell: (model) => model.name, max: 60 },
    { head: 'quant', cell: (model) => model.facts?.quantization ?? '' },
    { head: 'size', cell: (model) => formatBytes(model.fileBytes), right: true },
    { head: 'arch', cell: (model) => model.facts?.architecture ?? '' },
    {
      head: 'context',
      cell: (model) => model.facts?.contextTrained?.toLocaleString('en') ?? '',
      right: true,
    },
    { head: 'from', cell: (model) => model.source },
    {
      head: 'note',
      cell: (model) => model.problem ?? (model.facts?.hasChatTemplate === false ? 'base model' : ''),
    },
  ]);
}
