import { os } from './implementer.ts';
import type { Services } from './services.ts';

export const settingsRouter = (services: Services) => ({
  get: os.settings.get.handler(() => services.settings.get()),
  set: os.settings.set.handler(({ input }) => services.settings.set(input)),
  about: os.settings.about.handler(() => services.about()),
});
