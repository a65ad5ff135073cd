import { analyseRun, breakdownOf } from '../analysis/analyse.ts';
import { askEvents } from '../analysis/ask-model.ts';
import { reportCard } from '../analysis/card.ts';
import { compareSides } from '../analysis/compare.ts';
import { correctedAccuracy, transferredAccuracy } from '../analysis/corrected.ts';
import { judgeWorks } from '../analysis/judge-setup.ts';
import { loadScores } from '../analysis/load-scores.ts';
import { askMeanings } from '../analysis/meanings.ts';
import { askRelevance } from '../analysis/relevance.ts';
import { writeCard, writeReport } from '../analysis/report/write-report.ts';
import { openStoredAnswers } from '../analysis/stored-answers.ts';
import { tokensOf } from '../analysis/tokens.ts';
import { uncertaintyDetail } from '../analysis/uncertainty-detail.ts';
import { uncertaintyOf } from '../analysis/uncertainty.ts';
import { judgeByRules } from '../judging/rules.ts';
import { mapped, os, signalOf } from './implementer.ts';
import type { Services } from './services.ts';

/** What is worked out from answers and verdicts that are there. */
export const analysisNumbers = ({
  analysis,
  store,
  grants,
  about,
  exportsFolder,
}: Pick<Services, 'analysis' | 'store' | 'grants' | 'about' | 'exportsFolder'>) => ({
  run: os.analysis.run.handler(async ({ input }) => analyseRun(await analysis.table(input))),
  breakdown: os.analysis.breakdown.handler(async ({ input: { column, ...options } }) =>
    breakdownOf(await analysis.table(options), column),
  ),
  uncertainty: os.analysis.uncertainty.handler(async ({ input }) => {
    const table = await analysis.table(input);
    return uncertaintyOf(table, await loadScores(analysis, table));
  }),
  uncertaintyDetail: os.analysis.uncertaintyDetail.handler(
    async ({ input: { judge, score, ...options } }) => {
      const table = await analysis.table(options);
      return uncertaintyDetail(table, await loadScores(analysis, table), { judge, score });
    },
  ),
  tokens: os.analysis.tokens.handler(async ({ input: { judge, ...options } }) =>
    tokensOf(await analysis.table(options), await analysis.logprobs(options.runId), judge),
  ),
  corrected: os.analysis.corrected.handler(async ({ input: { judge, margin, ...options } }) =>
    correctedAccuracy(await analysis.table(options), judge, margin),
  ),
  transferred: os.analysis.transferred.handler(async ({ input: { judge, calibration, ...options } }) => {
    const there = { ...options, runId: calibration.runId, where: calibration.where };
    return transferredAccuracy(await analysis.table(options), judge, {
      table: await analysis.table(there),
      judge: calibration.judge ?? judge,
    });
  }),
  card: os.analysis.card.handler(async ({ input }) => {
    const table = await analysis.table(input);
    return reportCard(table, await judgeWorks(store, table));
  }),
  rules: os.analysis.rules.handler(({ input, signal }) =>
    judgeByRules(store, input.runId, input.rules, signalOf(signal)),
  ),
  cardFile: os.analysis.cardFile.handler(async ({ input: { format, ...options } }) => {
    const deps = { store, source: analysis, version: about().version, folder: exportsFolder };
    const written = await writeCard(deps, options, format);
    return { ...written, file: grants.grantPath(written.path) };
  }),
  report: os.analysis.report.handler(async ({ input }) => {
    const deps = { store, source: analysis, version: about().version, folder: exportsFolder };
    const written = await writeReport(deps, input);
    return { ...written, file: grants.grantPath(written.path) };
  }),
  compare: os.analysis.compare.handler(({ input }) => compareSides(analysis, store, input)),
});

export const analysisRouter = (services: Services) => ({
  ...analysisNumbers(services),
  stored: os.analysis.stored.handler(({ input }) => openStoredAnswers(services.store, services.runs, input)),
  meanings: os.analysis.meanings.handler(({ input, signal }) =>
    mapped(
      askEvents(signalOf(signal), (inner, report) => askMeanings(services.runner, input, inner, report)),
    ),
  ),
  relevance: os.analysis.relevance.handler(({ input, signal }) =>
    mapped(
      askEvents(signalOf(signal), (inner, report) => askRelevance(services.runner, input, inner, report)),
    ),
  ),
});
