import type { PlannedRun } from '../../../src-main/contract/runs.ts';
import type { ModelChoice } from '../../../src-main/domain/experiment.ts';
import type { PlanPhase } from '../../../src-main/domain/plan.ts';
import type { PlanChange } from '../../../src-main/domain/planning/changes.ts';
import { compact } from '../../lib/search-params.ts';

/** A model of this machine with its phase; of a judge that is asked in both orders the first. */
interface Local {
  readonly role: PlanPhase['role'];
  readonly choice: ModelChoice;
  readonly phase: PlanPhase;
}

/** The same models, with what was chosen of their loads, on the page that knows ways out, schedules and other machines. */
export function inPlanner(planned: Pick<PlannedRun, 'plan' | 'experiment'>) {
  const { experiment } = planned;
  const models = localModels(planned);
  const judges = models.filter(({ role }) => role === 'judge');
  const generator = models.find(({ role }) => role === 'generate');
  const changes = models.flatMap(changesOf);
  return compact({
    generator: generator?.phase.modelId,
    judgeOnly: generator === undefined ? (true as const) : undefined,
    judge: judges.length === 0 ? undefined : judges.map(({ phase }) => phase.modelId),
    dataset: experiment.dataset,
    schedule: experiment.schedule === 'together' ? ('together' as const) : undefined,
    changes: changes.length === 0 ? undefined : changes,
  });
}

function localModels({ experiment, plan }: Pick<PlannedRun, 'plan' | 'experiment'>): Local[] {
  const phases = [...plan.phases];
  const { generator, judges } = experiment;
  const participants = [
    ...(generator === null ? [] : [{ role: 'generate' as const, choice: generator, turns: 1 }]),
    ...judges.map((choice) => ({ role: 'judge' as const, choice, turns: choice.swap === true ? 2 : 1 })),
  ];
  return participants.flatMap(({ role, choice, turns }): Local[] => {
    if (choice.api !== undefined) return [];
    const [phase] = phases.splice(0, turns);
    return phase === undefined ? [] : [{ role, choice, phase }];
  });
}

/** The planner calls its models so, in the order of phases. */
function changesOf({ role, choice, phase }: Local, index: number): PlanChange[] {
  const modelId = role === 'generate' ? 'generator' : `judge-${index}`;
  const { kvType = 'f16', context, sequences, batch, gpuLayers, devices } = choice;
  const cards = phase.devices.map(({ deviceId }) => deviceId).filter((id) => id !== 'host');
  return [
    ...(kvType === 'f16' ? [] : [{ kind: 'kv-type' as const, modelId, kvType }]),
    ...(context === 'auto' ? [] : [{ kind: 'context' as const, modelId, contextPerSequence: context }]),
    ...(sequences === 'auto' ? [] : [{ kind: 'sequences' as const, modelId, sequences }]),
    ...(batch === undefined ? [] : [{ kind: 'batch' as const, modelId, batch }]),
    ...(gpuLayers === 'auto' ? [] : [{ kind: 'offload' as const, modelId, gpuLayers }]),
    // The form may call cards by name, the planner knows them by id; one without any is on the CPU.
    ...(devices === 'auto' || cards.length === 0
      ? []
      : [{ kind: 'devices' as const, modelId, devices: cards }]),
  ];
}
