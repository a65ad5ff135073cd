import type { JudgeKey, PanelSpec } from '../../domain/analysis/options.ts';
import { panelKey } from '../../domain/analysis/options.ts';
import { judgeTurns } from '../experiments/judge-turns.ts';
import type { AnalysisTable } from './table.ts';

/** The table with the panel of its run's own experiment among those asked for, where its judges have judged. */
export function withRunPanel(table: AnalysisTable): AnalysisTable {
  const spec = panelOfRun(table);
  const { options } = table.scope;
  if (spec === null || options.panels.some((panel) => panelKey(panel) === panelKey(spec))) return table;
  return { ...table, scope: { ...table.scope, options: { ...options, panels: [spec, ...options.panels] } } };
}

interface Voter {
  readonly key: JudgeKey;
  /** Position in the experiment's list. */
  readonly index: number;
  /** Only where the others disagree. */
  readonly asked: boolean;
}

/** The panel of the run's experiment, its judges named as its phases named them; null where it has none, or not yet. */
export function panelOfRun({ run, judges: judging }: AnalysisTable): PanelSpec | null {
  const { experiment, phases } = run;
  const { panel, judges } = experiment;
  const there = new Set(judging.map(({ ref }) => ref.key));
  if (panel === undefined) return null;
  const judged = phases.filter(({ role }) => role === 'judge');
  const turns = judgeTurns(judges).map(({ index, choice }, at): Voter => {
    const judgeId = judged[at]?.judgeId ?? null;
    return { key: judgeId === null ? '' : `judge:${judgeId}`, index, asked: choice.cascadeOf !== undefined };
  });
  // Equal judges are one judge: it has one verdict, and one vote.
  const voters = turns.filter(({ key }, at) => turns.findIndex((other) => other.key === key) === at);
  const firsts = voters.filter(({ asked }) => !asked);
  const deciders = voters.filter(({ key, asked }) => asked && there.has(key));
  if (firsts.length < 2 || firsts.some(({ key }) => !there.has(key))) return null;
  const members = [...firsts, ...deciders];
  const weights = panel.weights === null ? null : members.map(({ index }) => panel.weights?.[index] ?? 1);
  const spec = { kind: panel.kind, members: members.map(({ key }) => key), weights };
  if (panel.kind !== 'cascade') return spec;
  // Nobody had to be asked: where all agree, the majority says what they say.
  return deciders.length === 0 ? { ...spec, kind: 'majority' } : { ...spec, asked: deciders.length };
}
