import type { PlanPhase } from '../../domain/plan.ts';
import { bytesByDevice } from '../../domain/planning/join-phases.ts';
import { fits, type Occupied } from '../../domain/planning/plan-model.ts';

/**
 * The line in which this process's runs wait for memory. A run keeps its place from start to end; a later one may load
 * its model beside it as soon as that takes nothing the earlier ones hold or are planned to need. So the order of the
 * line decides who waits, and none waits for a run behind it but while that one has a model loaded.
 */
export interface MemoryQueue {
  /** Takes a place at the end of the line. */
  enter(runId: number, ahead: readonly Ahead[]): Place;
  /** Bytes by device that this process's loaded models hold by their plans: free once they have gone. */
  held(): Occupied;
}

/** A phase that has not begun, with what it was planned to take. */
export interface Ahead {
  readonly seq: number;
  readonly plan: PlanPhase;
}

export interface Place {
  /** Bytes by device that are to be left to runs before this one in the line, beyond what they hold already. */
  leaveToOthers(): Occupied;
  /**
   * Waits until there is room for phases of the run, then holds the door: nobody else plans or loads until `loaded` or
   * `release` is called, so that free memory means what it says. Without `room` there is nothing to wait for: their
   * models are behind a server. Rejects with the signal's reason.
   */
  admit(a: {
    /** More than one where models are loaded together. */
    readonly seqs: readonly number[];
    readonly room: Room | null;
    readonly signal: AbortSignal;
    /** Called once, when the phase does not begin at once, with the runs that it waits for. */
    readonly onWait: (runIds: readonly number[]) => void;
  }): Promise<void>;
  /** What is loaded now, planned anew after it was admitted. */
  holds(plan: PlanPhase): void;
  /** The model is loaded: others may plan. */
  loaded(): void;
  /** The phase is over and its model gone. */
  release(): void;
  /** Whether another run had a model loaded since this one was admitted: what a device holds is then not this run's alone. */
  hadCompany(): boolean;
  /** The run is over. */
  leave(): void;
}

/** What a load needs. */
export interface Room {
  /** As planned at the launch: what to wait for. */
  readonly wanted: PlanPhase;
  /** The same on what is free now; asked whenever the line has changed. One that fails is no reason to wait. */
  readonly plan: () => Promise<PlanPhase>;
}

interface Member {
  readonly runId: number;
  /** Phases that have not begun. */
  ahead: readonly Ahead[];
  holding: PlanPhase | null;
  company: boolean;
  waiting: Waiting | null;
}

interface Waiting extends Room {
  readonly admitted: () => void;
  readonly onWait: (runIds: readonly number[]) => void;
  told: boolean;
}

export function createMemoryQueue(): MemoryQueue {
  const line: Member[] = [];
  let door: Member | null = null;
  let looking = false;
  let again = false;

  const earlier = (member: Member): Member[] => line.slice(0, Math.max(0, line.indexOf(member)));
  const holders = (but: Member): Member[] => line.filter((m) => m !== but && m.holding !== null);

  const mayLoad = async (member: Member, { wanted, plan }: Waiting): Promise<boolean> => {
    const others = [...new Set([...earlier(member), ...holders(member)])];
    if (others.length === 0) return true;
    if (usesCpu(wanted) && others.some((other) => plansOf(other).some(usesCpu))) return false;
    const now = await plan().catch(() => null);
    return now === null || isAsGood(now, wanted);
  };
  /** Lets in the first of the line that may load. One look at a time; a change meanwhile makes it look again. */
  const look = async (): Promise<void> => {
    if (looking) {
      again = true;
      return;
    }
    looking = true;
    do {
      again = false;
      for (const member of line) {
        if (door !== null) break;
        const { waiting } = member;
        if (waiting === null) continue;
        if (await mayLoad(member, waiting)) admit(member, waiting);
        else tell(member, waiting);
      }
    } while (again);
    looking = false;
  };
  const admit = (member: Member, waiting: Waiting): void => {
    // It may have given up while its plan was made.
    if (member.waiting !== waiting) return;
    member.waiting = null;
    member.holding = waiting.wanted;
    member.company = false;
    for (const holder of holders(member)) holder.company = member.company = true;
    door = member;
    waiting.admitted();
  };
  const tell = (member: Member, waiting: Waiting): void => {
    if (waiting.told || member.waiting !== waiting) return;
    waiting.told = true;
    const before = new Set([...earlier(member), ...holders(member)].map(({ runId }) => runId));
    waiting.onWait([...before]);
  };
  const changed = (): void => void look();

  return {
    enter(runId, ahead) {
      const member: Member = { runId, ahead, holding: null, company: false, waiting: null };
      line.push(member);
      const openDoor = (): void => {
        if (door === member) door = null;
        changed();
      };
      return {
        leaveToOthers: () => addOccupied(earlier(member).map(stillToTake)),
        async admit({ seqs, room, signal, onWait }) {
          signal.throwIfAborted();
          member.ahead = member.ahead.filter(({ seq }) => !seqs.includes(seq));
          if (room === null) return;
          await new Promise<void>((resolve, reject) => {
            const giveUp = (): void => {
              member.waiting = null;
              reject(signal.reason);
              changed();
            };
            signal.addEventListener('abort', giveUp, { once: true });
            const admitted = (): void => {
              signal.removeEventListener('abort', giveUp);
              resolve();
            };
            member.waiting = { ...room, admitted, onWait, told: false };
            changed();
          });
        },
        holds(plan) {
          if (member.holding !== null) member.holding = plan;
        },
        loaded: openDoor,
        release() {
          member.holding = null;
          openDoor();
        },
        hadCompany: () => member.company,
        leave() {
          const index = line.indexOf(member);
          if (index >= 0) line.splice(index, 1);
          member.waiting = null;
          member.holding = null;
          openDoor();
        },
      };
    },
    held: () => bytesByDevice(line.flatMap(({ holding }) => holding ?? [])),
  };
}

function plansOf(member: Member): PlanPhase[] {
  const now = [member.holding, member.waiting?.wanted].flatMap((plan) => plan ?? []);
  return [...now, ...member.ahead.map(({ plan }) => plan)];
}

/** What a run is still going to take at its largest, beyond what it holds: its phases come one after the other. */
function stillToTake(member: Member): Occupied {
  const most: Record<string, number> = {};
  for (const plan of plansOf(member)) {
    for (const [id, bytes] of Object.entries(bytesByDevice([plan])))
      most[id] = Math.max(most[id] ?? 0, bytes);
  }
  const now = bytesByDevice(member.holding === null ? [] : [member.holding]);
  return Object.fromEntries(Object.entries(most).map(([id, bytes]) => [id, bytes - (now[id] ?? 0)]));
}

/** Bytes by device of all of them. */
export function addOccupied(all: readonly Occupied[]): Occupied {
  const bytes: Record<string, number> = {};
  for (const one of all) for (const [id, n] of Object.entries(one)) bytes[id] = (bytes[id] ?? 0) + n;
  return bytes;
}

/** Layers are computed on the CPU: two such at once wait for each other's threads and both take longer than in turn. */
function usesCpu(plan: PlanPhase): boolean {
  return plan.settings.gpuLayers < plan.totalLayers;
}

/** Whether waiting would bring nothing: as many layers on the GPU as planned at the launch, and room for them. */
function isAsGood(now: PlanPhase, wanted: PlanPhase): boolean {
  if (now.settings.gpuLayers < wanted.settings.gpuLayers) return false;
  return fits(now);
}
