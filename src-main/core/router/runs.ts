import { parseExperiment, writeExperiment } from '../experiments/experiment-file.ts';
import { planLaunch } from '../experiments/launch.ts';
import { watchRun } from '../experiments/watch-run.ts';
import { Problem } from '../problem.ts';
import { mapped, os, signalOf } from './implementer.ts';
import type { Services } from './services.ts';

export const runsRouter = (services: Services) => ({
  list: os.runs.list.handler(({ input }) => services.store.call('runs.list', input)),
  get: os.runs.get.handler(async ({ input }) => {
    const run = await services.store.call('runs.get', input);
    if (run === null) throw new Problem('NOT_FOUND', `There is no run ${input.runId}.`);
    return run;
  }),
  watch: os.runs.watch.handler(({ input, signal }) => mapped(watchRun(services.store, input.runId, signal))),
  plan: os.runs.plan.handler(async ({ input, signal }) => {
    const { newRun, plan, warnings, estimateSeconds } = await planLaunch(
      services.runner,
      input,
      signalOf(signal),
    );
    return { experiment: newRun.experiment, plan, warnings, estimateSeconds };
  }),
  start: os.runs.start.handler(async ({ input, signal }) => {
    const { newRun, plan } = await planLaunch(services.runner, input, signalOf(signal));
    if (plan.verdict === 'no' && !input.loadAnyway) {
      // What the engine refuses says itself what to do instead; less memory would not help.
      const refused = plan.phases.some(({ problem }) => problem !== undefined);
      const advice = [
        'Choose a smaller model or quantization.',
        'Ask for fewer sequences or a shorter context.',
        'Start with "load anyway".',
      ];
      throw new Problem(
        'REFUSED',
        `This is planned to fail. ${plan.reasons.join(' ')}`,
        refused ? [] : advice,
      );
    }
    const runId = await services.runs.start(newRun);
    const { generator, judges } = newRun.experiment;
    await services.recentServers
      .remember([...(generator === null ? [] : [generator]), ...judges].flatMap(({ api }) => api ?? []))
      .catch(() => undefined);
    return { runId };
  }),
  cancel: os.runs.cancel.handler(async ({ input }) => {
    await services.runs.cancel(input.runId);
    return null;
  }),
  resume: os.runs.resume.handler(async ({ input }) => {
    await services.runs.resume(input.runId);
    return null;
  }),
  remove: os.runs.remove.handler(async ({ input }) => {
    await services.store.call('runs.remove', input);
    return null;
  }),
  counts: os.runs.counts.handler(({ input }) => services.store.call('runs.counts', input)),
  events: os.runs.events.handler(({ input }) => services.store.call('runs.events', input)),
  memory: os.runs.memory.handler(({ input }) => services.store.call('runs.memory', input)),
  toYaml: os.runs.toYaml.handler(({ input }) => ({ yaml: writeExperiment(input.experiment) })),
  fromYaml: os.runs.fromYaml.handler(({ input }) => ({ experiment: parseExperiment(input.yaml) })),
});
