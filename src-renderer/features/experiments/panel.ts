import type { Experiment, JudgeChoice, PanelChoice } from '../../../src-main/domain/experiment.ts';

/** How the verdicts of several judges are put together, as the launch page offers it. */
export type Together = 'apart' | PanelChoice['kind'];

export const TOGETHER: readonly {
  readonly value: Together;
  readonly label: string;
  readonly hint: string;
}[] = [
  { value: 'apart', label: 'Each for itself', hint: 'One accuracy a judge, and how far they agree.' },
  {
    value: 'majority',
    label: 'Majority',
    hint: 'What most of them say; a tie stays unparsed. It helps when their errors differ: three lenient judges are no better than one.',
  },
  {
    value: 'weighted',
    label: 'Weighted',
    hint: 'Each counts with its P(correct) times its weight, or with its whole weight where it gives no P(correct); more than half of all weight on “correct” is correct.',
  },
  {
    value: 'cascade',
    label: 'Cascade',
    hint: 'The last judge is asked only where the others do not agree; where they do, it costs nothing.',
  },
];

export function togetherOf(panel: PanelChoice | undefined, judges: readonly JudgeChoice[]): Together {
  if (panel !== undefined) return panel.kind;
  // A file may have a cascade without putting its verdicts together.
  return judges.some(({ cascadeOf }) => cascadeOf !== undefined) ? 'cascade' : 'apart';
}

/** A cascade takes two to disagree and one to decide. */
export const isPossible = (together: Together, judges: number): boolean =>
  together === 'apart' || judges >= (together === 'cascade' ? 3 : 2);

function withoutCascade({ cascadeOf: _cascadeOf, ...judge }: JudgeChoice): JudgeChoice {
  return judge;
}

/** Judges and panel that fit each other, after either was changed. */
export function arranged(
  judges: readonly JudgeChoice[],
  together: Together,
  weights: PanelChoice['weights'],
): { readonly judges: readonly JudgeChoice[]; readonly panel: PanelChoice | undefined } {
  const plain = judges.map(withoutCascade);
  const kind = isPossible(together, judges.length) ? together : 'apart';
  if (kind === 'apart') return { judges: plain, panel: undefined };
  if (kind !== 'cascade')
    return { judges: plain, panel: { kind, weights: kind === 'weighted' ? weights : null } };
  const members = plain.slice(0, -1).map((_, index) => index);
  return {
    judges: plain.map((judge, index) =>
      index === plain.length - 1 ? { ...judge, cascadeOf: members } : judge,
    ),
    panel: { kind, weights: null },
  };
}

export function withJudges(
  { panel: _panel, ...experiment }: Experiment,
  judges: readonly JudgeChoice[],
  panel: PanelChoice | undefined,
): Experiment {
  return { ...experiment, judges, ...(panel === undefined ? {} : { panel }) };
}

/** The highest weight that core takes. */
export const MOST_WEIGHT = 1_000_000;

/** What is wrong with typed weights, as a sentence; null when a panel can count with them, or nobody typed any. */
export function weightsProblem(weights: PanelChoice['weights']): string | null {
  return weights === null || weights.some((weight) => weight > 0)
    ? null
    : 'Weights: give at least one judge more than 0.';
}

/** Each judge's part of the whole weight, in [0, 1]; a judge that is swapped votes with both of its orders. */
export function shares(judges: readonly JudgeChoice[], weights: readonly number[]): number[] {
  const votes = judges.map(({ swap }, index) => (swap === true ? 2 : 1) * (weights[index] ?? 0));
  const all = votes.reduce((sum, weight) => sum + weight, 0);
  return votes.map((weight) => (all > 0 ? weight / all : 0));
}

/** "Of the whole, judge 1 is 67 % (both orders together), judge 2 is 33 %.", and what follows where one is more than half. */
export function sharesSentence(judges: readonly JudgeChoice[], weights: readonly number[]): string {
  const parts = shares(judges, weights);
  const told = parts.map(
    (part, index) =>
      `judge ${index + 1} is ${Math.round(100 * part)} %${judges[index]?.swap === true ? ' (both orders together)' : ''}`,
  );
  const most = parts.findIndex((part) => part > 0.5);
  const alone = most < 0 ? '' : ` Where judge ${most + 1} is sure, the others together cannot outvote it.`;
  return `Of the whole, ${told.join(', ')}.${alone}`;
}
