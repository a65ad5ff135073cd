import type { PlanPhase } from '../../domain/plan.ts';
import { fits, type Occupied } from '../../domain/planning/plan-model.ts';
import { addOccupied, type Ahead, bytesGone, type Claims, holdsNow, plansOf, stillToTake } from './claims.ts';

/**
 * The line in which this process's runs, and whoever else loads a model, wait for memory. A member keeps its place from start
 * to end; a later one may load its model beside it as soon as that takes nothing the earlier ones hold or are planned to
 * need. So the order of the line decides who waits, and none waits for one behind it but while that one has a model loaded.
 */
export interface MemoryQueue {
  /** Takes a place at the end of the line. @param name what others wait for: "run 7". */
  enter(name: string, ahead: readonly Ahead[]): Place;
  /** Bytes by device that this process's loaded models hold by their plans: free once they have gone. */
  held(): Occupied;
}

export interface Place {
  /**
   * Bytes by device that are to be left to others: to those before this one in the line beyond what they hold already, and
   * to anyone whose process died and comes back.
   */
  leaveToOthers(): Occupied;
  /**
   * Waits until there is room for phases of the run, then holds the door: nobody else plans or loads until `loaded` or
   * `release` is called, so that free memory means what it says. Without `room` there is nothing to wait for: their
   * models are behind a server, or loaded already. Rejects with the signal's reason.
   */
  admit(a: {
    /** More than one where models are loaded together. */
    readonly seqs: readonly number[];
    readonly room: Room | null;
    readonly signal: AbortSignal;
    /** Called once, when the phase does not begin at once, with the names of those that it waits for. */
    readonly onWait: (names: readonly string[]) => void;
  }): Promise<void>;
  /** What is loaded now, planned anew after it was admitted. */
  holds(plan: PlanPhase): void;
  /** What was admitted is loaded: others may plan. */
  loaded(): void;
  /** The process of a loaded phase has died: its memory is free, and is kept for the fresh one. */
  lost(seq: number, plan: PlanPhase): void;
  /** The door for a fresh process, before everyone who waits for room: there is room, it was kept. Rejects with the signal's reason. */
  comeBack(seq: number, signal: AbortSignal): Promise<void>;
  /** The fresh process has loaded its model: others may plan. */
  cameBack(seq: number): void;
  /** The phase is over and its model gone. */
  release(): void;
  /** Whether another one had a model loaded since this one was admitted: what a device holds is then not this run's alone. */
  hadCompany(): boolean;
  /** Whether one before it in the line waits for memory: a model that need not stay loaded is then in its way. */
  isInTheWay(): boolean;
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

interface Member extends Claims {
  readonly name: string;
  ahead: readonly Ahead[];
  holding: PlanPhase | null;
  readonly gone: Map<number, PlanPhase>;
  /** What it has the door for: phases of it that come back, and what was admitted. */
  readonly passes: Set<number>;
  company: boolean;
  waiting: Waiting | null;
}

interface Waiting extends Room {
  readonly admitted: () => void;
  readonly onWait: (names: readonly string[]) => void;
  told: boolean;
}

interface Returning {
  readonly member: Member;
  readonly seq: number;
  readonly admitted: () => void;
}

/** The pass of what was admitted; those of phases are their numbers. */
const ADMITTED = -1;

export function createMemoryQueue(): MemoryQueue {
  const line: Member[] = [];
  let returning: readonly Returning[] = [];
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
        const may = await mayLoad(member, waiting);
        // Its plan has not seen what happened meanwhile: a process that died and comes back, a door that was taken.
        if (again) break;
        if (may) admit(member, waiting);
        else tell(member, waiting);
      }
    } while (again);
    looking = false;
  };
  const openFor = (member: Member, pass: number): void => {
    door = member;
    member.passes.add(pass);
  };
  const admit = (member: Member, waiting: Waiting): void => {
    // It may have given up while its plan was made.
    if (member.waiting !== waiting) return;
    member.waiting = null;
    member.holding = waiting.wanted;
    member.company = false;
    for (const holder of holders(member)) holder.company = member.company = true;
    openFor(member, ADMITTED);
    waiting.admitted();
  };
  const tell = (member: Member, waiting: Waiting): void => {
    if (waiting.told || member.waiting !== waiting) return;
    waiting.told = true;
    const before = new Set([...earlier(member), ...holders(member)].map(({ name }) => name));
    waiting.onWait([...before]);
  };
  /** Those that come back have their room already: they only wait for the door. */
  const letBack = (): void => {
    const next = returning.find(({ member }) => door === null || door === member);
    if (next === undefined) return;
    returning = returning.filter((one) => one !== next);
    openFor(next.member, next.seq);
    next.admitted();
    letBack();
  };
  const changed = (): void => {
    letBack();
    void look();
  };
  const closePasses = (member: Member, passes: readonly number[]): void => {
    for (const pass of passes) member.passes.delete(pass);
    if (door === member && member.passes.size === 0) door = null;
    changed();
  };

  return {
    enter(name, ahead) {
      const member: Member = {
        name,
        ahead,
        holding: null,
        gone: new Map(),
        passes: new Set(),
        company: false,
        waiting: null,
      };
      line.push(member);
      const letGo = (): void => {
        member.holding = null;
        member.gone.clear();
        closePasses(member, [...member.passes]);
      };
      return {
        leaveToOthers() {
          const before = earlier(member);
          const behind = line.filter((other) => other !== member && !before.includes(other));
          return addOccupied([...before.map(stillToTake), ...behind.map(bytesGone)]);
        },
        async admit({ seqs, room, signal, onWait }) {
          signal.throwIfAborted();
          member.ahead = member.ahead.filter(({ seq }) => !seqs.includes(seq));
          if (room === null) return;
          await untilCalled(signal, (admitted) => {
            member.waiting = { ...room, admitted, onWait, told: false };
            changed();
            return () => {
              member.waiting = null;
              changed();
            };
          });
        },
        holds(plan) {
          if (member.holding !== null) member.holding = plan;
        },
        loaded: () => closePasses(member, [ADMITTED]),
        lost(seq, plan) {
          if (member.holding === null) return;
          member.gone.set(seq, plan);
          changed();
        },
        async comeBack(seq, signal) {
          signal.throwIfAborted();
          await untilCalled(signal, (admitted) => {
            const own = { member, seq, admitted };
            returning = [...returning, own];
            changed();
            return () => {
              returning = returning.filter((one) => one !== own);
            };
          });
        },
        cameBack(seq) {
          member.gone.delete(seq);
          closePasses(member, [seq]);
        },
        release: letGo,
        hadCompany: () => member.company,
        isInTheWay: () => earlier(member).some(({ waiting }) => waiting !== null),
        leave() {
          const index = line.indexOf(member);
          if (index >= 0) line.splice(index, 1);
          member.waiting = null;
          letGo();
        },
      };
    },
    held: () => addOccupied(line.map(holdsNow)),
  };
}

/** Waits until what `begin` is given is called; an abort before it calls what `begin` returned, and rejects with its reason. */
function untilCalled(signal: AbortSignal, begin: (call: () => void) => () => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const wait = { over: (): void => undefined };
    const giveUp = (): void => {
      wait.over();
      reject(signal.reason);
    };
    signal.addEventListener('abort', giveUp, { once: true });
    wait.over = begin(() => {
      signal.removeEventListener('abort', giveUp);
      resolve();
    });
  });
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
