import { realpath, stat } from 'node:fs/promises';
import { Problem } from '../problem.ts';
import { mapped, os, signalOf } from './implementer.ts';
import type { Services } from './services.ts';

export const modelsRouter = (services: Services) => ({
  list: os.models.list.handler(() => services.models.list()),
  rescan: os.models.rescan.handler(({ signal }) => mapped(services.models.rescan(signalOf(signal)))),
  fit: os.models.fit.handler(({ input, signal }) =>
    services.fit(input.modelIds, input.context, signalOf(signal)),
  ),
  addFolder: os.models.addFolder.handler(async ({ input }) => {
    const folder = await folderAt(input.path);
    const { modelFolders } = services.settings.get();
    if (!modelFolders.includes(folder)) {
      await services.settings.set({ modelFolders: [...modelFolders, folder] });
    }
    return services.models.list();
  }),
  addFile: os.models.addFile.handler(async ({ input, signal }) => {
    const path = services.grants.resolve(input.file);
    if (path === null) throw new Problem('NOT_FOUND', 'That file is no longer there. Drop it again.');
    const model = await services.models.addFile(path, signalOf(signal));
    // A file named among the folders is looked for at every scan, so that it is there after a restart as well.
    const { modelFolders } = services.settings.get();
    if (!modelFolders.includes(model.path))
      await services.settings.set({ modelFolders: [...modelFolders, model.path] });
    return model;
  }),
  removeFolder: os.models.removeFolder.handler(async ({ input }) => {
    const { modelFolders } = services.settings.get();
    await services.settings.set({ modelFolders: modelFolders.filter((folder) => folder !== input.path) });
    return services.models.list();
  }),
  download: os.models.download.handler(({ input, signal }) =>
    mapped(services.models.download(input.uri, signalOf(signal))),
  ),
  hash: os.models.hash.handler(({ input, signal }) =>
    mapped(services.models.hash(input.modelId, signalOf(signal))),
  ),
});

async function folderAt(path: string): Promise<string> {
  const real = await realpath(path).catch(() => null);
  if (real === null)
    throw new Problem(
      'NOT_FOUND',
      `There is no folder ${path}. Check the spelling; it is a path on the machine that runs Assize.`,
    );
  if (!(await stat(real)).isDirectory())
    throw new Problem('REFUSED', `${path} is a file; give the folder that holds it.`);
  return real;
}
