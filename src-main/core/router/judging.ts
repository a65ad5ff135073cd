import { runAlarms } from '../judging/run-alarms.ts';
import { os } from './implementer.ts';
import type { Services } from './services.ts';

export const judgingRouter = (services: Services) => ({
  prompts: os.judging.prompts.handler(() => services.prompts.list()),
  alarms: os.judging.alarms.handler(({ input }) => runAlarms(services.store, input.runId)),
});
