import type { ModelChoice } from '../../domain/experiment.ts';
import type { PlanPhase } from '../../domain/plan.ts';
import { bytesByDevice } from '../../domain/planning/join-phases.ts';
import type { Occupied } from '../../domain/planning/plan-model.ts';
import type { Run, RunPhase } from '../../domain/run.ts';
import { addOccupied } from './claims.ts';
import { judgeTurnOf } from './judge-turns.ts';
import type { Place, Room } from './memory-queue.ts';
import type { RunContext, RunPlanner } from './types.ts';

/** Plans with what is free, less what runs before this one in the line are still going to take. */
export function inLine(planner: RunPlanner, place: Place): RunPlanner {
  return {
    phase: ({ occupied = {}, ...asked }) =>
      planner.phase({ ...asked, occupied: addOccupied([place.leaveToOthers(), occupied]) }),
  };
}

/** What the phase was planned to take at the launch; null where its model is behind a server and takes nothing here. */
export function wantedOf({ run }: RunContext, phase: RunPhase): PlanPhase | null {
  return choiceOf(run, phase).api === undefined ? phase.plan : null;
}

/** The phase as large as it was planned at the launch, on what is free now less what `beside` will take. */
export async function planAsWanted(
  context: RunContext,
  phase: RunPhase,
  { settings }: PlanPhase,
  beside: readonly PlanPhase[] = [],
): Promise<PlanPhase> {
  const { deps, run, signal } = context;
  const choice = choiceOf(run, phase);
  const { contextPerSequence, sequences } = settings;
  const occupied: Occupied = bytesByDevice(beside);
  return deps.planner.phase({
    role: phase.role,
    model: await deps.models.resolve(choice.model),
    // The real prompts are measured once it is this run's turn.
    choice: { ...choice, context: contextPerSequence, sequences },
    need: { promptTokens: 0, newTokens: 0, items: 1 },
    signal,
    occupied,
  });
}

/** Waits in line until the phase's model may be loaded as it was planned at the launch. Rejects when the run is stopped. */
export async function waitForMemory(context: RunContext, phase: RunPhase): Promise<void> {
  const wanted = wantedOf(context, phase);
  await waitFor(
    context,
    [phase],
    wanted === null ? null : { wanted, plan: () => planAsWanted(context, phase, wanted) },
  );
}

/** The same for phases of one run whose models are loaded together. */
export async function waitFor(
  context: RunContext,
  phases: readonly RunPhase[],
  room: Room | null,
): Promise<void> {
  await context.place.admit({
    seqs: phases.map(({ seq }) => seq),
    room,
    signal: context.signal,
    onWait(others) {
      const runs = others.join(' and ');
      context.step(`Waiting for ${runs} to make room`);
      const names = [...new Set(phases.map(({ modelName }) => modelName))].join(' and ');
      context.event('info', `Waiting for ${runs}: ${names} will be loaded once there is room.`);
    },
  });
}

/** The model of a phase, as the experiment asks for it. */
export function choiceOf(run: Run, phase: RunPhase): ModelChoice {
  const choice = phase.role === 'generate' ? run.experiment.generator : judgeTurnOf(run, phase).choice;
  if (choice === null) throw new Error('a generate phase without a generator');
  return choice;
}
