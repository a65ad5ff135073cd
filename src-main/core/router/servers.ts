import { apiChoice } from '../../contract/experiment.ts';
import { apiKeyOf } from '../experiments/phase-model.ts';
import { os, signalOf } from './implementer.ts';
import type { Services } from './services.ts';

export const serversRouter = ({ recentServers, runner, tryServers }: Services) => ({
  recent: os.servers.recent.handler(() => recentServers.list()),
  forget: os.servers.forget.handler(({ input }) => recentServers.forget(input)),
  try: os.servers.try.handler(async ({ input, signal }) => {
    const { baseUrl, alsoAt, model, style } = input;
    const apiKey = await apiKeyOf(runner, input);
    const trials = await tryServers({
      servers: [baseUrl, ...alsoAt].map((url) => ({ baseUrl: url, apiKey })),
      model,
      style,
      signal: signalOf(signal),
      log: (line) => runner.log.info('server tried', { line }),
    });
    if (model !== '' && trials.every(({ problem }) => problem === null)) {
      const known = (await recentServers.list()).some(
        (one) => one.baseUrl === baseUrl && one.model === model,
      );
      if (!known) await recentServers.remember([apiChoice.parse(input)]).catch(() => undefined);
    }
    return trials;
  }),
  keys: os.servers.keys.handler(({ input }) =>
    Promise.all(
      input.variables.map(async (variable) => ({
        variable,
        there: ((await runner.apiKey(variable))?.trim() ?? '') !== '',
      })),
    ),
  ),
});
