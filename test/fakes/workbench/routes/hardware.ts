import { implement } from '@orpc/server';
import { contract } from '../../../../src-main/contract/index.ts';
import { readMachine } from '../machine.ts';
import type { Scenario } from '../state.ts';
import { wait } from '../text.ts';

const os = implement(contract);

export const hardwareOf = (scenario: Scenario) => ({
  read: os.hardware.read.handler(() => readMachine(scenario, 0)),
  watch: os.hardware.watch.handler(async function* ({ signal }) {
    for (let turn = 0; ; turn += 1) {
      if (signal?.aborted === true) return;
      yield readMachine(scenario, turn);
      await wait(2000, signal);
    }
  }),
});
