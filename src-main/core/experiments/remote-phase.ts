import type { ApiChoice } from '../../domain/experiment.ts';
import type { RunPhase } from '../../domain/run.ts';
import type { RemoteReport } from '../../engine/remote/report.ts';
import type { RemoteEngine } from '../../engine/remote/start-remote.ts';
import { meterOf, stopwatch } from './attempt.ts';
import { createHand } from './hand.ts';
import { judgeTurns } from './judge-turns.ts';
import type { Patch } from './load.ts';
import { apiKeyOf } from './phase-model.ts';
import type { PhaseWork } from './phase.ts';
import { machineFacts } from './provenance.ts';
import type { RunContext } from './types.ts';

/** What a killed run may not know of its cost: the requests of this long, and those under way. */
const RECORD_MS = 2000;

/**
 * A phase whose model is behind a server: nothing to plan, load or measure. What it cost and what the server said it was
 * are written down as it goes. Throws EngineError or Problem; what was answered before is kept.
 */
export async function workRemotely(
  context: RunContext,
  phase: RunPhase,
  work: PhaseWork,
  api: ApiChoice,
  patch: Patch,
): Promise<void> {
  context.step(`Asking ${work.model.name}`);
  await patch({
    state: 'loading',
    error: null,
    ...(phase.startedAt === null ? { startedAt: Date.now() } : {}),
  });
  const spent = await spentBefore(context, phase);
  const machine = await machineFacts(context);
  const engine = await connect(context, api, spent.all);
  // Nothing of it is loaded here: who is to be loaded beside it may begin.
  context.place.loaded();
  const hand = createHand(new Set(), new Set());
  const record = (): Promise<void> =>
    patch({ provenance: { ...provenance(context, work, api, engine.report(), spent), machine } });
  await record();
  await patch({ state: 'running', loadMs: engine.model.loadMs });
  for (const note of engine.model.notes) context.event('info', note);
  context.step(work.role === 'generate' ? 'Generating answers' : 'Judging answers');
  context.showMeter(meterOf(work, engine, hand));
  const recording = everySoOften(record);
  const worked = stopwatch(work);
  try {
    await work.work(engine, hand, context.signal);
  } finally {
    context.showMeter(null);
    await recording.stop();
    await engine.stop();
    await record();
    const sentence = summary(engine.report(), spent);
    await patch({
      measured: { devices: [], exit: sentence },
      addTokens: hand.finishedTokens,
      addWorked: hand.finishedItems,
      addBusyMs: worked(),
    });
    context.event('info', `${work.model.name}: ${sentence}`);
  }
}

async function connect(context: RunContext, api: ApiChoice, spentUsd: number): Promise<RemoteEngine> {
  const apiKey = await apiKeyOf(context.deps, api);
  const { inputUsdPerMillion, outputUsdPerMillion } = api;
  return context.deps.startRemote({
    servers: [api.baseUrl, ...api.alsoAt].map((baseUrl) => ({ baseUrl, apiKey })),
    model: api.model,
    style: api.style,
    concurrency: api.concurrency,
    timeoutMs: api.timeoutSeconds * 1000,
    tries: api.tries,
    prices:
      inputUsdPerMillion === null || outputUsdPerMillion === null
        ? null
        : { inputUsdPerMillion, outputUsdPerMillion },
    maxCostUsd: api.maxCostUsd,
    spentUsd,
    signal: context.signal,
    log: (line) => context.deps.log.info('engine', { run: context.run.id, line }),
  });
}

interface Spent {
  /** USD by this phase, before a resume. */
  readonly here: number;
  /** And by the other order of the same judge: one cap holds for both. */
  readonly all: number;
}

async function spentBefore(context: RunContext, phase: RunPhase): Promise<Spent> {
  const run = await context.deps.store.call('runs.get', { runId: context.run.id });
  const phases = run?.phases ?? [];
  const here = usdOf(phases.find((other) => other.seq === phase.seq));
  if (phase.role === 'generate') return { here, all: here };
  const judges = phases.filter((other) => other.role === 'judge');
  const turns = judgeTurns(context.run.experiment.judges);
  const own = turns[judges.findIndex((other) => other.seq === phase.seq)]?.index;
  const all = judges.filter((_, index) => turns[index]?.index === own).map(usdOf);
  return { here, all: all.reduce((sum, usd) => sum + usd, 0) };
}

function usdOf(phase: RunPhase | undefined): number {
  const cost = phase?.provenance?.['cost'];
  const usd = typeof cost === 'object' && cost !== null && 'usd' in cost ? cost.usd : null;
  return typeof usd === 'number' ? usd : 0;
}

/** USD of this phase alone, over all its sessions. */
function phaseUsd(report: RemoteReport, spent: Spent): number | null {
  return report.cost.usd === null ? null : spent.here + report.cost.usd - spent.all;
}

function provenance(
  context: RunContext,
  work: PhaseWork,
  api: ApiChoice,
  report: RemoteReport,
  spent: Spent,
): Record<string, unknown> {
  const { cost, dialect, ...server } = report;
  return {
    model: { name: work.model.name, sha256: work.model.sha256 },
    // Everything but the key, which is known by the name of its variable.
    api,
    server,
    logprobs:
      dialect.topLogprobs > 0 ? `the server's, of the ${dialect.topLogprobs} most probable tokens` : null,
    honoursTemperature: dialect.temperature,
    honoursSeed: dialect.seed,
    cost: { ...cost, usd: phaseUsd(report, spent) },
    decoding: context.run.experiment.decoding,
    seed: context.run.experiment.seed,
    ...work.extraProvenance(),
  };
}

function summary(report: RemoteReport, spent: Spent): string {
  const { requests, promptTokens, writtenTokens, estimated } = report.cost;
  const usd = phaseUsd(report, spent);
  const count = (value: number): string => value.toLocaleString('en');
  const paid = usd === null ? '' : `, $${usd.toFixed(4)}${estimated ? ' (estimated)' : ''}`;
  return `${count(requests)} requests, ${count(promptTokens)} tokens read and ${count(writtenTokens)} written${paid}.`;
}

/** Calls on a timer, never twice at once. A call that fails ends the calling, never the run. */
function everySoOften(call: () => Promise<void>): { stop(): Promise<void> } {
  let running: Promise<void> = Promise.resolve();
  const timer = setInterval(() => {
    running = running.then(call).catch(() => clearInterval(timer));
  }, RECORD_MS);
  return {
    async stop() {
      clearInterval(timer);
      await running;
    },
  };
}
