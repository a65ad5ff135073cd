import type { JudgeInfo } from '../run.ts';

/**
 * A judge within an analysis: "judge:7" is a stored one, "lexical:contains" a rule kept with every answer, "humans" the
 * people together (the verdict most of them gave), "panel:majority(judge:1,judge:2,judge:3)" several judges as one.
 */
export type JudgeKey = string;

export interface JudgeRef {
  readonly key: JudgeKey;
  /** Null for those that are worked out here. */
  readonly judgeId: number | null;
  readonly name: string;
  readonly kind: JudgeInfo['kind'];
}

/** Only answers whose column has this value; "system" and "finish" are columns too. */
export interface Where {
  readonly column: string;
  readonly value: string;
}

/** Several judges as one, worked out from their verdicts. A cascade asks its last member only where the others disagree. */
export interface PanelSpec {
  readonly kind: 'majority' | 'weighted' | 'cascade';
  readonly members: readonly JudgeKey[];
  /** For weighted, one a member; left out: each member's κ against the humans, where there is one, else 1. */
  readonly weights: readonly number[] | null;
  /** Of a cascade: how many members at the end are asked only where those before them disagree; 1 unless given. */
  readonly asked?: number;
}

/** What an analysis was asked for; kept with every result so that it can be repeated. */
export interface AnalysisOptions {
  readonly runId: number;
  /** All must hold. */
  readonly where: readonly Where[];
  readonly panels: readonly PanelSpec[];
  /** Confidence level of every interval. */
  readonly level: number;
  /** Of every bootstrap. */
  readonly seed: number;
  readonly resamples: number;
}

/** The key of a panel; the same panel always has the same. */
export function panelKey({ kind, members, weights, asked = 1 }: PanelSpec): JudgeKey {
  const weighed = weights === null ? '' : `;${weights.join(',')}`;
  const deciders = asked === 1 ? '' : `;${asked} asked`;
  return `panel:${kind}(${members.join(',')}${weighed}${deciders})`;
}
