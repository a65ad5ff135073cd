import type { Experiment } from '../../../src-main/domain/experiment.ts';
import type { Plan } from '../../../src-main/domain/plan.ts';
import type { JudgeInfo, Run, RunPhase } from '../../../src-main/domain/run.ts';
import { MODELS, phaseOf } from './models.ts';
import { digest } from './text.ts';

export const JUDGES: readonly JudgeInfo[] = [
  {
    id: 1,
    sha256: digest('judge 1'),
    kind: 'model',
    name: 'Meta Llama 3.1 8B Instruct Q4_K_M',
    modelSha256: digest('8b'),
    promptId: 'default',
    promptSha256: digest('p1'),
    labelOrder: 'AB',
    mode: 'next-token',
  },
  {
    id: 2,
    sha256: digest('judge 2'),
    kind: 'model',
    name: 'Gemma 3 12B It Q6_K',
    modelSha256: digest('12b'),
    promptId: 'strict',
    promptSha256: digest('p2'),
    labelOrder: 'AB',
    mode: 'next-token',
  },
  {
    id: 3,
    sha256: digest('judge 3'),
    kind: 'human',
    name: 'me',
    modelSha256: null,
    promptId: null,
    promptSha256: null,
    labelOrder: null,
    mode: 'human',
  },
];

const EXPERIMENT: Experiment = {
  name: 'nq-open, Llama 3.2 1B',
  dataset: 'nq-open',
  limit: 300,
  seed: 0,
  generator: {
    model: 'Llama-3.2-1B.Q8_0',
    gpuLayers: 'auto',
    context: 'auto',
    sequences: 'auto',
    devices: 'auto',
  },
  prompt: { style: 'short', fewShot: 5, useContext: true, instruction: null },
  decoding: { temperature: 0, topP: 1, maxTokens: 64, stop: [] },
  samples: 1,
  judges: [
    {
      model: 'Meta-Llama-3.1-8B-Instruct-Q4_K_M',
      gpuLayers: 'auto',
      context: 'auto',
      sequences: 'auto',
      devices: 'auto',
      prompt: 'default',
      mode: 'next-token',
      labelOrder: 'AB',
    },
  ],
};

export function planOf(experiment: Experiment): Plan {
  const named = (name: string) =>
    MODELS.find((model) => model.name === name || model.id === name || model.path === name) ?? MODELS[0];
  const generator = experiment.generator === null ? undefined : named(experiment.generator.model);
  const judges = experiment.judges.map(({ model }) => named(model));
  const phases = [
    ...(generator === undefined ? [] : [phaseOf(generator, 'generate', 1024)]),
    ...judges.filter((model) => model !== undefined).map((model) => phaseOf(model, 'judge', 2048)),
  ];
  const whole = Math.min(...phases.map(({ settings, totalLayers }) => settings.gpuLayers / totalLayers), 1);
  return {
    at: Date.now(),
    phases,
    // As fitOf has it for each model.
    verdict: whole === 1 ? 'yes' : whole > 0.7 ? 'tight' : 'no',
    reasons: whole < 1 ? ['Not all layers fit on the card; the rest runs on the CPU.'] : [],
  };
}

function phase(
  seq: number,
  judge: JudgeInfo | null,
  total: number,
  done: number,
  state: RunPhase['state'],
): RunPhase {
  const plan = planOf(EXPERIMENT).phases[judge === null ? 0 : 1] ?? null;
  return {
    seq,
    role: judge === null ? 'generate' : 'judge',
    modelName: judge?.name ?? 'Llama 3.2 1B Q8_0',
    judgeId: judge?.id ?? null,
    repeat: 0,
    state,
    total,
    done,
    failed: state === 'done' && judge === null ? 2 : 0,
    startedAt: state === 'waiting' ? null : Date.now() - 400_000 + seq * 130_000,
    endedAt: state === 'done' ? Date.now() - 280_000 + seq * 130_000 : null,
    tokens: done * (judge === null ? 21 : 180),
    busyMs: done * 120,
    worked: done,
    loadMs: state === 'waiting' ? null : 2140,
    plan,
    measured:
      state === 'done' && plan !== null
        ? {
            exit: 'ended by itself, code 0',
            devices: plan.devices.map(({ deviceId, name, components }) => ({
              deviceId,
              name,
              weightsBytes: components[0]?.bytes ?? 0,
              kvBytes: components[1]?.bytes ?? 0,
              computeBytes: components[2]?.bytes ?? 0,
              peakBytes: Math.round(components.reduce((sum, { bytes }) => sum + bytes, 0) * 1.02),
              beforeBytes: 310_000_000,
              afterBytes: 310_000_000,
            })),
          }
        : null,
    provenance:
      state === 'waiting'
        ? null
        : {
            engine: 'node-llama-cpp 3.22.1',
            llamaCpp: 'b6900',
            backend: 'cuda',
            gpuLayers: plan?.settings.gpuLayers,
            modelSha256: digest('m'),
          },
    error: null,
  };
}

export function doneRun(id: number, total: number): Run {
  const [first = null, second = null] = JUDGES;
  return {
    id,
    name: EXPERIMENT.name,
    createdAt: Date.now() - 500_000,
    startedAt: Date.now() - 400_000,
    endedAt: Date.now() - 20_000,
    status: 'done',
    datasetId: 1,
    datasetName: 'nq-open',
    total,
    answered: total - 2,
    phases: [
      phase(0, null, total, total, 'done'),
      phase(1, first, total, total, 'done'),
      phase(2, second, total, total, 'done'),
    ],
    live: null,
    owner: null,
    error: null,
    experiment: EXPERIMENT,
    plan: planOf(EXPERIMENT),
    judges: JUDGES,
  };
}

/** A run that goes on by itself: `tick` moves it one step; it ends after generating and judging. */
export function startedRun(
  id: number,
  experiment: Experiment,
  total: number,
): { run: () => Run; tick: () => void; cancel: () => void } {
  const [judge = null] = JUDGES;
  const judged = experiment.judges.length > 0;
  const state = { done: 0, judgedDone: 0, cancelled: false };
  const startedAt = Date.now();
  const ended = (): boolean =>
    state.cancelled || (state.done >= total && (!judged || state.judgedDone >= total));
  return {
    tick: () => {
      if (ended()) return;
      if (state.done < total) state.done = Math.min(total, state.done + 3);
      else state.judgedDone = Math.min(total, state.judgedDone + 5);
    },
    cancel: () => {
      state.cancelled = true;
    },
    run: () => {
      const generating = state.done < total;
      const stopped = state.cancelled ? 'cancelled' : null;
      const phases = [
        phase(0, null, total, state.done, generating ? (stopped ?? 'running') : 'done'),
        ...(judged
          ? [
              phase(
                1,
                judge,
                total,
                state.judgedDone,
                generating
                  ? (stopped ?? 'waiting')
                  : state.judgedDone >= total
                    ? 'done'
                    : (stopped ?? 'running'),
              ),
            ]
          : []),
      ];
      const live = ended()
        ? null
        : {
            tokensPerSecond: 48.2,
            itemsPerSecond: 3,
            etaSeconds: (total - state.done) / 3 + total / 5,
            activeSequences: 4,
            step: generating ? 'Generating with Llama 3.2 1B Q8_0' : 'Judging with Meta Llama 3.1 8B',
          };
      return {
        ...doneRun(id, total),
        name: experiment.name,
        createdAt: startedAt,
        startedAt,
        endedAt: ended() ? Date.now() : null,
        status: ended() ? (stopped ?? 'done') : 'running',
        answered: state.done,
        phases,
        live,
        owner: ended() ? null : { pid: 4242, startTime: '1', bootId: 'b', hostname: 'atlas', door: 'serve' },
        experiment,
        plan: planOf(experiment),
        judges: judged ? JUDGES.slice(0, 1) : [],
      };
    },
  };
}
