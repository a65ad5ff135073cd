import type { FitVerdict } from '../../plan.ts';
import type { CheckedClaim, ClaimVerdict } from './result.ts';

/** What a table's cell says, and what a reader may colour it by. */
export interface GuideCell {
  readonly text: string;
  readonly verdict?: FitVerdict | ClaimVerdict;
  /** The number behind the text, for those who compute with it: bytes, seconds or dollars. */
  readonly value?: number;
}

export interface GuideTable {
  readonly id: string;
  readonly caption: string;
  readonly columns: readonly string[];
  /** The first cell of a row names it. */
  readonly rows: readonly (readonly GuideCell[])[];
}

export interface GuideSection {
  readonly id: string;
  readonly title: string;
  readonly paragraphs: readonly string[];
  readonly tables: readonly GuideTable[];
}

/** The whole guide as a value: what Markdown, HTML, JSON and the workbench are made of. */
export interface Guide {
  readonly title: string;
  /** Epoch ms. */
  readonly at: number;
  /** Sentences on what was taken for granted. */
  readonly assumptions: readonly string[];
  readonly sections: readonly GuideSection[];
  /** Claims of the guide that this one replaces; empty for other models than its own. */
  readonly claims: readonly CheckedClaim[];
  readonly counts: Readonly<Record<ClaimVerdict, number>>;
}

/** A cell with nothing but text. */
export function text(value: string): GuideCell {
  return { text: value };
}
