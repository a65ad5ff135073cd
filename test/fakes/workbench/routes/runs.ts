import { implement } from '@orpc/server';
import { contract } from '../../../../src-main/contract/index.ts';
import type { Run } from '../../../../src-main/domain/run.ts';
import * as answers from '../answers.ts';
import { doneRun, planOf, startedRun } from '../runs.ts';
import { heldRuns, rowsOf, type State } from '../state.ts';
import { wait } from '../text.ts';

const os = implement(contract);
const GIB = 1024 ** 3;

export function runsOf(state: State) {
  const find = heldRuns(state).run;
  const every = (): Run[] =>
    [...[...state.live.values()].map((entry) => entry.run()), ...state.done.values()].toSorted(
      (a, b) => b.id - a.id,
    );
  return {
    list: os.runs.list.handler(({ input }) =>
      every()
        .filter(({ id }) => id < (input.before ?? Infinity))
        .slice(0, input.limit),
    ),
    get: os.runs.get.handler(({ input }) => find(input.runId)),
    watch: os.runs.watch.handler(async function* ({ input, signal }) {
      for (;;) {
        const run = find(input.runId);
        yield run;
        if (signal?.aborted === true || run.endedAt !== null) return;
        await wait(400, signal);
      }
    }),
    plan: os.runs.plan.handler(({ input }) => ({
      experiment: input.experiment,
      plan: planOf(input.experiment),
      warnings: input.experiment.judges.some(({ model }) => model === input.experiment.generator?.model)
        ? ['The judge is the generator: it will like its own answers more than others do.']
        : [],
      estimateSeconds: (input.experiment.limit ?? 300) * 0.4,
    })),
    start: os.runs.start.handler(({ input }) => {
      state.nextId += 1;
      const run = startedRun(state.nextId, input.experiment, input.experiment.limit ?? 300);
      state.live.set(state.nextId, run);
      const timer = setInterval(() => {
        run.tick();
        if (run.run().endedAt !== null) clearInterval(timer);
      }, 500);
      timer.unref();
      return { runId: state.nextId };
    }),
    cancel: os.runs.cancel.handler(({ input }) => (state.live.get(input.runId)?.cancel(), null)),
    resume: os.runs.resume.handler(() => null),
    remove: os.runs.remove.handler(({ input }) => {
      state.live.delete(input.runId);
      state.done.delete(input.runId);
      return null;
    }),
    counts: os.runs.counts.handler(({ input }) =>
      answers.counts(input.runId, rowsOf(state, find(input.runId))),
    ),
    events: os.runs.events.handler(({ input }) =>
      [
        {
          seq: 1,
          at: Date.now() - 390_000,
          level: 'info' as const,
          text: 'Loaded Llama 3.2 1B Q8_0 in 2.1 s: 17 of 17 layers on the RTX 4090.',
        },
        {
          seq: 2,
          at: Date.now() - 300_000,
          level: 'warning' as const,
          text: 'Two questions are longer than the context and were not asked.',
        },
        {
          seq: 3,
          at: Date.now() - 280_000,
          level: 'info' as const,
          text: 'The generator’s process has ended; 2,410 MiB came back.',
        },
      ].filter(({ seq }) => seq > input.afterSeq),
    ),
    memory: os.runs.memory.handler(() =>
      Array.from({ length: 120 }, (_, at) => ({
        at: Date.now() - 400_000 + at * 3000,
        phaseSeq: at < 50 ? 0 : 1,
        deviceId: 'GPU-00000000',
        processBytes: at % 50 < 3 ? 0 : (at < 50 ? 2.4 : 6.1) * GIB,
        deviceUsedBytes: (at % 50 < 3 ? 1.4 : at < 50 ? 3.8 : 7.5) * GIB,
      })),
    ),
    toYaml: os.runs.toYaml.handler(({ input }) => ({
      yaml: `name: ${input.experiment.name}\ndataset: ${input.experiment.dataset}\n`,
    })),
    fromYaml: os.runs.fromYaml.handler(() => ({ experiment: doneRun(1, 300).experiment })),
  };
}
