import { ensurePerson } from '../judging/person.ts';
import { Problem } from '../problem.ts';
import { os } from './implementer.ts';
import type { Services } from './services.ts';

/** Beyond this many matches a count says "more than": counting on would make a filter slow. */
const COUNT_CAP = 10_000;

export const answersRouter = (services: Services) => ({
  page: os.answers.page.handler(({ input }) => services.store.call('answers.page', input)),
  count: os.answers.count.handler(({ input }) =>
    services.store.call('answers.count', { query: input, cap: COUNT_CAP }),
  ),
  get: os.answers.get.handler(async ({ input }) => {
    const answer = await services.store.call('answers.get', input);
    if (answer !== null) return answer;
    const run = await services.store.call('runs.get', { runId: input.runId });
    throw new Problem(
      'NOT_FOUND',
      run === null
        ? `There is no run ${input.runId}; it may have been removed.`
        : `Run ${input.runId} has no answer ${input.position + 1}: its answers are numbered from 1 to ${run.total}.`,
    );
  }),
  label: os.answers.label.handler(async ({ input }) => {
    const { author } = services.settings.get();
    const judgeId = await ensurePerson(services.store, author);
    return services.store.call('judgments.addHuman', { ...input, judgeId });
  }),
});
