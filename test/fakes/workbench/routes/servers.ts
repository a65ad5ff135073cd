import { implement } from '@orpc/server';
import { contract } from '../../../../src-main/contract/index.ts';
import type { ApiChoice } from '../../../../src-main/domain/experiment.ts';

const os = implement(contract);

export const serversOf = () => {
  let recent: ApiChoice[] = [
    {
      baseUrl: 'http://gpu-box:8000/v1',
      alsoAt: [],
      model: 'Qwen3-32B',
      apiKeyEnv: null,
      style: 'chat',
      concurrency: 32,
      timeoutSeconds: 300,
      tries: 6,
      inputUsdPerMillion: null,
      outputUsdPerMillion: null,
      maxCostUsd: null,
    },
  ];
  return {
    recent: os.servers.recent.handler(() => recent),
    forget: os.servers.forget.handler(({ input }) => {
      recent = recent.filter(({ baseUrl, model }) => baseUrl !== input.baseUrl || model !== input.model);
      return recent;
    }),
    try: os.servers.try.handler(({ input }) => [
      input.baseUrl.includes('nobody')
        ? {
            host: new URL(input.baseUrl).host,
            problem: 'nobody could not be reached (ECONNREFUSED). Is the server running?',
            models: null,
            reply: null,
          }
        : {
            host: new URL(input.baseUrl).host,
            problem: null,
            models: ['Qwen3-32B', 'Qwen3-8B'],
            reply:
              input.model === ''
                ? null
                : { text: 'ready', model: input.model, durationMs: 212, logprobs: true, notes: [] },
          },
    ]),
    keys: os.servers.keys.handler(({ input }) =>
      input.variables.map((variable) => ({ variable, there: variable === 'OPENAI_API_KEY' })),
    ),
  };
};
