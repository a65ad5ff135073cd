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
    hint: 'Each counts with its P(correct) times its weight. Left empty, weights are each judge’s κ against the people who labelled, equal ones until somebody has.',
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
