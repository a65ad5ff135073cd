import { analysisOptions } from '../../contract/analysis.ts';
import type { CombinedAnswer, CombinedVerdict } from '../../domain/analysis/combined.ts';
import { type PanelSpec, panelKey } from '../../domain/analysis/options.ts';
import { accuracyOf } from '../../domain/statistics/accuracy.ts';
import type { Verdict } from '../../domain/verdict.ts';
import { judgesOf } from './judges.ts';
import { panelOfRun } from './run-panel.ts';
import type { AnalysisSource } from './source.ts';
import type { AnalysisTable, Series } from './table.ts';

interface Panel {
  readonly table: AnalysisTable;
  readonly kind: PanelSpec['kind'];
  readonly series: Series;
  readonly members: readonly Series[];
}

async function panelOf(source: AnalysisSource, runId: number): Promise<Panel | null> {
  const table = await source.table(analysisOptions.parse({ runId }));
  const spec = panelOfRun(table);
  if (spec === null) return null;
  const { list } = judgesOf(table);
  const series = list.find(({ ref }) => ref.key === panelKey(spec));
  const members = spec.members.flatMap((key) => list.find(({ ref }) => ref.key === key) ?? []);
  const kind = table.run.experiment.panel?.kind ?? spec.kind;
  return series === undefined ? null : { table, kind, series, members };
}

/** Verdicts that are a vote; a rule that skipped the answer, say, has none. */
const VOTES: ReadonlySet<Verdict> = new Set(['correct', 'incorrect', 'not_attempted']);

/** Whether every member that had a say on this answer said what the panel says. */
function isUnanimous({ series, members }: Panel, row: number): boolean {
  const verdict = series.verdicts[row] ?? null;
  if (verdict === null || verdict === 'unparsed') return false;
  const said = members.map((member) => member.verdicts[row] ?? null);
  return said.every((one) => one === verdict || one === null || !VOTES.has(one));
}

/** The verdict of a run's own panel, counted; null where its experiment has none, or its judges have not judged yet. */
export async function combinedVerdict(
  source: AnalysisSource,
  runId: number,
): Promise<CombinedVerdict | null> {
  const panel = await panelOf(source, runId);
  if (panel === null) return null;
  const { verdicts } = panel.series;
  const there = verdicts.filter((verdict) => verdict !== null);
  return {
    kind: panel.kind,
    members: panel.members.map(({ ref }) => ref.name),
    counts: accuracyOf(there).counts,
    missing: verdicts.length - there.length,
    unanimous: verdicts.filter((_, row) => isUnanimous(panel, row)).length,
  };
}

/** The same of one answer; null also where not all have judged it. */
export async function combinedAnswer(
  source: AnalysisSource,
  { runId, position }: { readonly runId: number; readonly position: number },
): Promise<CombinedAnswer | null> {
  const panel = await panelOf(source, runId);
  if (panel === null) return null;
  const { table, series, members, kind } = panel;
  const row = table.rows.findIndex((index) => table.matrix.positions[index] === position);
  const verdict = series.verdicts[row] ?? null;
  if (verdict === null) return null;
  const votes = members.map((member) => member.verdicts[row] ?? null);
  return {
    kind,
    verdict,
    pCorrect: series.pCorrect[row] ?? null,
    asked: votes.filter((vote) => vote !== null).length,
    agreeing: votes.filter((vote) => vote === verdict).length,
  };
}
