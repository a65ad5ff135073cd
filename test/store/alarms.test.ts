import { expect, test } from 'vitest';

import { runAlarms } from '../../src-main/core/judging/run-alarms.ts';
import {
  addQuestions,
  answerAll,
  judge,
  judgePhase,
  judgment,
  open,
  sha,
  startRun,
  tempDir,
} from './helpers.ts';

// Catches: the warning shown by the run that made the answers, but not by the run in which the model judged them.
test('a run that judges the answers of another says when the judge wrote them', async () => {
  using dir = tempDir();
  await using store = await open(dir.file);
  const made = await startRun(store, await addQuestions(store, 3));
  const answers = await answerAll(store, made);
  const { datasetId } = (await store.call('runs.get', { runId: made.runId })) ?? { datasetId: 0 };
  const selection = { kind: 'answers-of-run', runId: made.runId, limit: null } as const;
  const own = judge('generator', { modelSha256: sha('generator') });
  const kindsOf = async (by: typeof own): Promise<string[]> => {
    const run = await startRun(store, datasetId, { phases: [judgePhase(by)], selection });
    const judgeId = await store.call('judges.ensure', by);
    const judgments = answers.map((answerId) => judgment(answerId, judgeId));
    await store.call('runs.putJudgments', { ...run, seq: 0, judgments });
    return (await runAlarms(store, run.runId))
      .filter((alarm) => alarm.judgeId === judgeId)
      .map(({ id }) => id);
  };
  // Nothing was left to generate: the generator was never loaded, and its phase knows nothing of the file.
  const again = await startRun(store, datasetId, {
    phases: [{ role: 'generate', modelName: 'generator', judge: null, plan: null }, judgePhase(own)],
  });
  expect(await kindsOf(own)).toContain('judge-is-generator');
  expect(await kindsOf(judge('somebody else'))).not.toContain('judge-is-generator');
  await answerAll(store, again);
  const reused = await runAlarms(store, again.runId);
  expect(reused.map(({ id }) => id)).toContain('judge-is-generator');
});
