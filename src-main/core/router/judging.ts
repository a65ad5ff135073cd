import { combinedAnswer, combinedVerdict } from '../analysis/combined.ts';
import { readJudgePrompt } from '../judging/read-prompt.ts';
import { runAlarms } from '../judging/run-alarms.ts';
import { os, signalOf } from './implementer.ts';
import type { Services } from './services.ts';

export const judgingRouter = ({ prompts, models, readPrompt, analysis, store }: Services) => ({
  prompts: os.judging.prompts.handler(() => prompts.list()),
  prompt: os.judging.prompt.handler(({ input }) => prompts.detail(input.ref)),
  savePrompt: os.judging.savePrompt.handler(({ input }) => prompts.save(input.prompt, input.base)),
  removePrompt: os.judging.removePrompt.handler(async ({ input }) => {
    await prompts.remove(input.id);
    return null;
  }),
  readPrompt: os.judging.readPrompt.handler(({ input, signal }) =>
    readJudgePrompt({ resolve: (model) => models.resolve(model), read: readPrompt }, input, signalOf(signal)),
  ),
  combined: os.judging.combined.handler(({ input }) => combinedVerdict(analysis, input.runId)),
  combinedAnswer: os.judging.combinedAnswer.handler(({ input }) => combinedAnswer(analysis, input)),
  alarms: os.judging.alarms.handler(({ input }) => runAlarms(store, input.runId)),
});
