import { Select } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import type { BreakdownView, RunAnalysis } from '../../../src-main/domain/analysis/run-analysis.ts';
import type { AnalysisInput } from '../../../src-main/contract/analysis.ts';
import { ErrorNote } from '../../components/ErrorNote.tsx';
import { formatCount, formatPercent } from '../../lib/format.ts';
import { judgeNames } from '../../lib/judge-names.ts';
import { breakdownQuery } from '../../queries/analysis.ts';
import { MatrixFigure, type MatrixCell } from './figures/MatrixFigure.tsx';
import { useAnalysisSearch } from './use-analysis.ts';
import classes from './Analysis.module.css';

/** More columns are not read but guessed at; all of them are in the CSV. */
const SHOWN_GROUPS = 16;
const ALL = 'all';

export const columnName = (name: string): string =>
  name === 'system' ? 'model' : name === 'finish' ? 'how the answer ended' : name;

function useColumn({ columns }: RunAnalysis) {
  const { search, set } = useAnalysisSearch();
  const found = columns.filter(({ groups }) => groups.length > 1);
  return {
    columns: found,
    column: found.find(({ name }) => name === search.column)?.name ?? found[0]?.name ?? null,
    choose: (column: string | null) => set({ column: column ?? undefined }),
  };
}

/** By which column the answers are grouped: models, or any other of the dataset's. */
export function BreakdownColumn({ analysis }: { readonly analysis: RunAnalysis }) {
  const { columns, column, choose } = useColumn(analysis);
  if (column === null) return null;
  return (
    <label className={classes['inline']}>
      <span className="az-dim">Accuracy by</span>
      <Select
        data={columns.map(({ name, groups }) => ({
          value: name,
          label: `${columnName(name)} (${formatCount(groups.length)})`,
        }))}
        value={column}
        onChange={choose}
        allowDeselect={false}
        w={200}
      />
    </label>
  );
}

/** Judges by models, or by any other column: where a judge is lenient with one model only, it shows here. */
export function BreakdownSection({
  input,
  analysis,
}: {
  readonly input: AnalysisInput;
  readonly analysis: RunAnalysis;
}) {
  const { column } = useColumn(analysis);
  const view = useQuery({
    ...breakdownQuery({ ...input, column: column ?? '' }),
    enabled: column !== null,
  });
  if (column === null) return null;
  return (
    <div className={classes['stack']}>
      {view.isError ? (
        <ErrorNote
          error={view.error}
          what="The groups could not be counted."
          onRetry={() => void view.refetch()}
        />
      ) : null}
      {view.data === undefined ? null : <HeatMap view={view.data} />}
    </div>
  );
}

function HeatMap({ view }: { readonly view: BreakdownView }) {
  const { rows, columns, cells, hidden, sizes } = useMemo(() => cellsOf(view), [view]);
  const names = judgeNames(view.judges.map(({ judge }) => judge));
  return (
    <MatrixFigure
      title={`Accuracy by judge and ${columnName(view.column)}`}
      summary={`${summaryOf(view, hidden)} Answers: ${sizes}.`}
      rows={rows}
      columns={columns}
      cells={cells}
      data={{
        columns: ['judge', view.column, 'accuracy', 'low', 'high', 'correct', 'scored', 'unscored'],
        rows: view.judges.flatMap(({ judge, breakdown }) =>
          breakdown.groups.map(({ group, accuracy: { accuracy, counts, scored, unscored } }) => [
            names.get(judge.key) ?? judge.name,
            group,
            accuracy?.value ?? null,
            accuracy?.low ?? null,
            accuracy?.high ?? null,
            counts.correct,
            scored,
            unscored,
          ]),
        ),
      }}
    />
  );
}

function cellsOf({ judges, column }: BreakdownView) {
  const names = judgeNames(judges.map(({ judge }) => judge));
  const sizes = new Map<string, number>();
  for (const { breakdown } of judges)
    for (const { group, accuracy } of breakdown.groups)
      sizes.set(group, Math.max(sizes.get(group) ?? 0, accuracy.total));
  const groups = [...sizes.keys()].toSorted((a, b) => (sizes.get(b) ?? 0) - (sizes.get(a) ?? 0));
  const shown = new Set(groups.slice(0, SHOWN_GROUPS));
  const label = (group: string): string => (group === '' ? '(none)' : group);
  const cells = judges.flatMap(({ judge, breakdown }): MatrixCell[] => {
    const row = names.get(judge.key) ?? judge.name;
    const cell = (group: string, accuracy: (typeof breakdown)['micro']): MatrixCell => ({
      row,
      column: group,
      strength: accuracy.accuracy?.value ?? 0,
      text: accuracy.accuracy === null ? '–' : (accuracy.accuracy.value * 100).toFixed(1),
      detail: `${row}, ${columnName(column)} ${group}: ${accuracy.accuracy === null ? 'nothing scored' : `${formatPercent(accuracy.accuracy.value)} [${formatPercent(accuracy.accuracy.low)}, ${formatPercent(accuracy.accuracy.high)}], ${formatCount(accuracy.counts.correct)} of ${formatCount(accuracy.scored)}`}`,
    });
    return [
      cell(ALL, breakdown.micro),
      ...breakdown.groups
        .filter(({ group }) => shown.has(group))
        .map(({ group, accuracy }) => cell(label(group), accuracy)),
    ];
  });
  return {
    sizes: groups
      .slice(0, SHOWN_GROUPS)
      .map((group) => `${label(group)} ${formatCount(sizes.get(group) ?? 0)}`)
      .join(', '),
    rows: judges.map(({ judge }) => names.get(judge.key) ?? judge.name),
    columns: [ALL, ...groups.slice(0, SHOWN_GROUPS).map((group) => label(group))],
    cells,
    hidden: groups.length - shown.size,
  };
}

function summaryOf({ judges, column }: BreakdownView, hidden: number): string {
  const [first] = judges;
  const macro = first?.breakdown.macro ?? null;
  const names = judgeNames(judges.map(({ judge }) => judge));
  const mean =
    first === undefined || macro === null
      ? ''
      : ` By ${names.get(first.judge.key) ?? first.judge.name}, the mean over the ${formatCount(first.breakdown.macroGroups)} groups, each counted alike, is ${formatPercent(macro.value)} [${formatPercent(macro.low)}, ${formatPercent(macro.high)}].`;
  const left =
    hidden > 0
      ? ` The ${formatCount(SHOWN_GROUPS)} largest groups; ${formatCount(hidden)} more are in the CSV.`
      : '';
  return `Percent correct of scored, for each ${columnName(column)}; “${ALL}” counts every answer alike.${mean}${left}`;
}
