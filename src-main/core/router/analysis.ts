import { analyseRun, breakdownOf } from '../analysis/analyse.ts';
import { openStoredAnswers } from '../analysis/stored-answers.ts';
import { os } from './implementer.ts';
import type { Services } from './services.ts';

export const analysisRouter = ({ analysis, store, runs }: Services) => ({
  stored: os.analysis.stored.handler(({ input }) => openStoredAnswers(store, runs, input)),
  run: os.analysis.run.handler(async ({ input }) => analyseRun(await analysis.table(input))),
  breakdown: os.analysis.breakdown.handler(async ({ input: { column, ...options } }) =>
    breakdownOf(await analysis.table(options), column),
  ),
});
