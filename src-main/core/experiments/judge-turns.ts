import type { JudgeChoice } from '../../domain/experiment.ts';
import type { Run, RunPhase } from '../../domain/run.ts';

/** One judge phase of a run: a judge of the experiment, in one label order. */
export interface JudgeTurn {
  /** Position in the experiment's list. */
  readonly index: number;
  /** With the order of this turn. */
  readonly choice: JudgeChoice;
}

/** A run's judge phases, in order: a judge that is to be swapped has two, one after the other. */
export function judgeTurns(judges: readonly JudgeChoice[]): JudgeTurn[] {
  return judges.flatMap((choice, index) => {
    const turn = { index, choice };
    if (choice.swap !== true) return [turn];
    const labelOrder = choice.labelOrder === 'AB' ? 'BA' : 'AB';
    return [turn, { index, choice: { ...choice, labelOrder } }];
  });
}

/** The turn that a judge phase of a run is. */
export function judgeTurnOf(run: Run, phase: RunPhase): JudgeTurn {
  const before = run.phases.filter(({ role, seq }) => role === 'judge' && seq < phase.seq).length;
  const turn = judgeTurns(run.experiment.judges)[before];
  if (turn === undefined) throw new Error('a judge phase without a judge');
  return turn;
}

/**
 * Of each turn, whether it can begin before all answers are there when models are loaded together: not a cascade, which
 * needs the others' verdicts, nor the other order of a judge, which would load its model twice.
 */
export function turnsThatFollow(judges: readonly JudgeChoice[]): boolean[] {
  const turns = judgeTurns(judges);
  return turns.map(
    ({ index, choice }, at) =>
      choice.cascadeOf === undefined && turns.findIndex((t) => t.index === index) === at,
  );
}
