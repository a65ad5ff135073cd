import type { CombinedVerdict } from '../../domain/analysis/combined.ts';
import { analysisOptions } from '../../contract/analysis.ts';
import { accuracyOf } from '../../domain/statistics/accuracy.ts';
import { panelKey } from '../../domain/analysis/options.ts';
import { judgesOf } from './judges.ts';
import { panelOfRun } from './run-panel.ts';
import type { AnalysisSource } from './source.ts';

/** The verdict of a run's own panel, counted; null where its experiment has none, or its judges have not judged yet. */
export async function combinedVerdict(
  source: AnalysisSource,
  runId: number,
): Promise<CombinedVerdict | null> {
  const table = await source.table(analysisOptions.parse({ runId }));
  const spec = panelOfRun(table);
  if (spec === null) return null;
  const { list } = judgesOf(table);
  const series = list.find(({ ref }) => ref.key === panelKey(spec));
  const members = spec.members.flatMap((key) => list.find(({ ref }) => ref.key === key) ?? []);
  if (series === undefined) return null;
  const verdicts = series.verdicts.filter((verdict) => verdict !== null);
  const unanimous = series.verdicts.filter((verdict, row) => {
    if (verdict === null || verdict === 'unparsed') return false;
    const said = members.map((member) => member.verdicts[row] ?? null);
    return said.every((one) => one === verdict || one === null || one === 'unparsed' || one === 'error');
  });
  return {
    kind: table.run.experiment.panel?.kind ?? spec.kind,
    members: members.map(({ ref }) => ref.name),
    counts: accuracyOf(verdicts).counts,
    missing: series.verdicts.length - verdicts.length,
    unanimous: unanimous.length,
  };
}
