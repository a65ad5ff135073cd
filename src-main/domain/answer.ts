import type { JudgeInfo } from './run.ts';
import type { LabelOrder, Verdict, VerdictMode } from './verdict.ts';

/** A judgment as the table shows it: one narrow cell. */
export interface VerdictCell {
  readonly judgeId: number;
  readonly verdict: Verdict;
  readonly pCorrect: number | null;
  readonly labelMass: number | null;
}

/** One row of the answers table. Texts are cut to `textLimit` characters there; the detail has them whole. */
export interface AnswerListItem {
  readonly answerId: number | null;
  readonly rowId: number;
  readonly position: number;
  readonly sampleIndex: number;
  readonly externalId: string | null;
  readonly question: string;
  readonly gold: readonly string[];
  readonly answer: string | null;
  readonly system: string | null;
  readonly finishReason: string | null;
  readonly tokens: number | null;
  readonly nllSum: number | null;
  readonly nllMean: number | null;
  readonly exactMatch: boolean | null;
  readonly f1: number | null;
  readonly contains: boolean | null;
  readonly verdicts: readonly VerdictCell[];
  /** The failure that kept the answer from being made, where there was one. */
  readonly failure: string | null;
}

export type AnswerSort = 'position' | 'nllMean' | 'nllSum' | 'tokens' | 'f1' | 'pCorrect';

/** What the answers table asks for. Everything here is a search parameter of the page. */
export interface AnswerQuery {
  readonly runId: number;
  /** All of them must hold. A verdict of "missing" is an answer that the judge has not seen. */
  readonly verdicts: readonly { readonly judgeId: number; readonly verdict: Verdict | 'missing' }[];
  /** Only rows on which at least two judges with a scored verdict differ. */
  readonly disagreement: boolean;
  /** Words to find in question, gold or answer; each word is a prefix. */
  readonly text: string | null;
  readonly finishReason: string | null;
  readonly sort: AnswerSort;
  /** For sort pCorrect. */
  readonly sortJudgeId: number | null;
  readonly descending: boolean;
  /** Opaque, from the last page; or in the run's own order `@N`: from position N on. */
  readonly cursor: string | null;
  readonly limit: number;
}

export interface AnswerPage {
  readonly items: readonly AnswerListItem[];
  readonly nextCursor: string | null;
}

export interface Judgment {
  readonly id: number;
  readonly judge: JudgeInfo;
  readonly verdict: Verdict;
  readonly pCorrect: number | null;
  readonly labelMass: number | null;
  readonly raw: string | null;
  readonly reason: string | null;
  readonly note: string | null;
  readonly renderedPrompt: string | null;
  readonly labelOrder: LabelOrder | null;
  readonly mode: VerdictMode;
  readonly repeat: number;
  readonly at: number;
  readonly durationMs: number | null;
  readonly error: string | null;
}

/** One answer in full: the detail pane. */
export interface AnswerDetail extends AnswerListItem {
  readonly datasetId: number;
  readonly rowSha256: string;
  readonly context: string | null;
  readonly choices: readonly string[] | null;
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly reasoning: string | null;
  readonly renderedPrompt: string | null;
  readonly promptSha256: string | null;
  readonly modelSha256: string | null;
  readonly decodingSha256: string | null;
  readonly seed: number | null;
  readonly promptTokens: number | null;
  readonly reasoningTokens: number | null;
  readonly eogLogprob: number | null;
  readonly at: number | null;
  readonly durationMs: number | null;
  readonly tokenIds: readonly number[] | null;
  readonly logprobs: readonly number[] | null;
  /** Texts of tokenIds, joined they give reasoning and answer; null where they were not kept. */
  readonly tokenTexts: readonly string[] | null;
  readonly judgments: readonly Judgment[];
}
