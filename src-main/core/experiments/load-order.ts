import type { Launch } from '../../contract/runs.ts';
import type { JudgeChoice } from '../../domain/experiment.ts';
import { wishOf } from './shared-load.ts';

/**
 * The experiment with its judges in an order in which those that ask one file with the same wishes come one after the other,
 * as such share a load. Otherwise they stay as they are; one that decides between others comes after them. Said before a run
 * is created: its phases are its judges in this order.
 */
export function inLoadOrder(experiment: Launch['experiment']): Launch['experiment'] {
  const { judges, panel } = experiment;
  const order = orderOf(judges);
  const at = (judge: number): number => order.indexOf(judge);
  return {
    ...experiment,
    judges: order.flatMap((index) => {
      const judge = judges[index];
      if (judge?.cascadeOf === undefined) return judge ?? [];
      return { ...judge, cascadeOf: judge.cascadeOf.map(at).toSorted((a, b) => a - b) };
    }),
    ...(panel === undefined
      ? {}
      : {
          panel: {
            ...panel,
            weights: panel.weights === null ? null : order.map((i) => panel.weights?.[i] ?? 1),
          },
        }),
  };
}

/** Positions in the list of judges, in the order in which they are asked. */
function orderOf(judges: readonly JudgeChoice[]): number[] {
  // Whoever is behind a server has no load to share.
  const wishes = judges.map((choice, index) => (choice.api === undefined ? wishOf(choice) : `${index}`));
  const order: number[] = [];
  while (order.length < judges.length) {
    const left = wishes.flatMap((_, index) => (order.includes(index) ? [] : [index]));
    const waits = (index: number): boolean =>
      judges[index]?.cascadeOf?.some((other) => left.includes(other)) ?? false;
    const ready = left.filter((index) => !waits(index));
    const last = wishes[order.at(-1) ?? -1];
    const next =
      ready.find((index) => wishes[index] === last) ??
      // A file that one who waits will ask too comes last, so that it is still loaded then.
      ready.find((index) => !left.some((other) => waits(other) && wishes[other] === wishes[index])) ??
      ready[0];
    // Judges that wait for each other are refused where an experiment is read.
    if (next === undefined) return judges.map((_, index) => index);
    order.push(next);
  }
  return order;
}
