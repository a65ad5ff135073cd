import { implement } from '@orpc/server';
import { contract } from '../../../../src-main/contract/index.ts';
import type { PromptLibrary } from '../../../../src-main/core/judging/prompt-library.ts';
import { asProblem } from '../../../../src-main/core/router/implementer.ts';

const os = implement(contract);

const served = <T>(work: Promise<T>): Promise<T> =>
  work.catch((error: unknown) => {
    throw asProblem(error);
  });

/** Prompts are files and small: the real library, on a folder of its own. */
export const judgingOf = (prompts: PromptLibrary) => ({
  prompts: os.judging.prompts.handler(() => served(prompts.list())),
  prompt: os.judging.prompt.handler(({ input }) => served(prompts.detail(input.ref))),
  savePrompt: os.judging.savePrompt.handler(({ input }) => served(prompts.save(input.prompt, input.base))),
  removePrompt: os.judging.removePrompt.handler(async ({ input }) => {
    await served(prompts.remove(input.id));
    return null;
  }),
  readPrompt: os.judging.readPrompt.handler(({ input: { prompt, labels } }) => {
    const text = prompt.kind === 'text' ? prompt.text : `${prompt.system ?? ''}\n\n${prompt.user}`;
    return {
      text,
      tokens: Math.round(text.length / 4),
      labelTokens: labels.map((label) => label.trim().charCodeAt(0)),
      contextTrained: 8192,
      instruct: prompt.kind === 'chat',
    };
  }),
  combined: os.judging.combined.handler(() => null),
  combinedAnswer: os.judging.combinedAnswer.handler(() => null),
  alarms: os.judging.alarms.handler(() => [
    {
      id: 'truncated',
      severity: 'warning' as const,
      judgeId: null,
      text: '18 of 298 answers stopped at the longest length of 64 tokens. Raise it, or their verdicts are about halves.',
    },
  ]),
});
