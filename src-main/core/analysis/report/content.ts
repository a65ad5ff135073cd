import type { Alarm } from '../../../domain/alarm.ts';
import type { DatasetInfo } from '../../../domain/dataset.ts';
import type { ReportCard } from '../../../domain/analysis/report-card.ts';
import type { RunAnalysis } from '../../../domain/analysis/run-analysis.ts';
import type {
  TokenView,
  UncertaintyDetail,
  UncertaintyView,
} from '../../../domain/analysis/uncertainty-view.ts';
import type { Run } from '../../../domain/run.ts';

/** What every file written here says of the run: how it was made, and what makes its numbers doubtful. */
export interface RunFacts {
  readonly run: Run;
  readonly dataset: DatasetInfo | null;
  readonly experimentYaml: string;
  readonly alarms: readonly Alarm[];
  readonly analysis: RunAnalysis;
  readonly version: string;
  /** Milliseconds since 1970, UTC. */
  readonly at: number;
}

/** What a report card's own file is written from. */
export interface CardContent extends RunFacts {
  readonly card: ReportCard;
}

/** Everything a report is written from; it is a value, so that writing it needs neither store nor clock. */
export interface ReportContent extends RunFacts {
  readonly uncertainty: UncertaintyView;
  /** Of the judge and score that the report shows in full; null without log-probabilities or without a judge. */
  readonly detail: UncertaintyDetail | null;
  readonly tokens: TokenView | null;
  /** Null while nobody has labelled. */
  readonly card: ReportCard | null;
}
