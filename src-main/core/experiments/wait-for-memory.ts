import type { RunPhase } from '../../domain/run.ts';
import { judgeTurnOf } from './judge-turns.ts';
import type { Place } from './memory-queue.ts';
import type { RunContext, RunPlanner } from './types.ts';

/** Plans with what is free, less what runs before this one in the line are still going to take. */
export function inLine(planner: RunPlanner, place: Place): RunPlanner {
  return { phase: (asked) => planner.phase({ occupied: place.leaveToOthers(), ...asked }) };
}

/** Waits in line until the phase's model may be loaded as it was planned at the launch. Rejects when the run is stopped. */
export async function waitForMemory(context: RunContext, phase: RunPhase): Promise<void> {
  const { deps, place, run, signal } = context;
  const { generator } = run.experiment;
  const choice = phase.role === 'generate' ? generator : judgeTurnOf(run, phase).choice;
  // What runs behind a server takes nothing here.
  const wanted = choice === null || choice.api !== undefined ? null : phase.plan;
  await place.admit({
    wanted,
    signal,
    async plan() {
      if (choice === null || wanted === null) throw new Error('a plan of nothing');
      const { contextPerSequence, sequences } = wanted.settings;
      return deps.planner.phase({
        role: phase.role,
        model: await deps.models.resolve(choice.model),
        // As large as planned at the launch; the real prompts are measured once it is this run's turn.
        choice: { ...choice, context: contextPerSequence, sequences },
        need: { promptTokens: 0, newTokens: 0, items: 1 },
        signal,
      });
    },
    onWait(runIds) {
      const runs = runIds.map((id) => `run ${id}`).join(' and ');
      context.step(`Waiting for ${runs} to make room`);
      context.event('info', `${phase.modelName} waits for ${runs}: it is loaded once there is room for it.`);
    },
  });
}
