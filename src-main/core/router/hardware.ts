import { mapped, os, signalOf } from './implementer.ts';
import type { Services } from './services.ts';

export const hardwareRouter = (services: Services) => ({
  read: os.hardware.read.handler(({ signal }) => services.planning.machine(signalOf(signal))),
  watch: os.hardware.watch.handler(({ signal }) => mapped(services.watchMachine(signalOf(signal)))),
});
