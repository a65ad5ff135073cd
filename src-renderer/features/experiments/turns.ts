import type { JudgeChoice } from '../../../src-main/domain/experiment.ts';
import type { RunPhase } from '../../../src-main/domain/run.ts';

interface Judged {
  readonly experiment: { readonly judges: readonly Pick<JudgeChoice, 'swap' | 'labelOrder'>[] };
  readonly phases: readonly Pick<RunPhase, 'role' | 'seq'>[];
}

/** Of the phases of a judge that is asked in both orders, by seq, which order each is: nothing else tells them apart. */
export function swappedOrders({ experiment, phases }: Judged): ReadonlyMap<number, 'AB' | 'BA'> {
  const turns = experiment.judges.flatMap(({ swap, labelOrder }) =>
    swap === true ? [labelOrder, labelOrder === 'AB' ? ('BA' as const) : ('AB' as const)] : [null],
  );
  const judging = phases.filter(({ role }) => role === 'judge');
  return new Map(
    judging.flatMap(({ seq }, index) => {
      const order = turns[index] ?? null;
      return order === null ? [] : [[seq, order] as const];
    }),
  );
}

/** As people count phases, and tables name them. */
export const phaseNumber = ({ seq }: Pick<RunPhase, 'seq'>): number => seq + 1;
