import { Select } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import type { AnalysisInput } from '../../../src-main/contract/analysis.ts';
import type { TransferredView } from '../../../src-main/domain/analysis/corrected-view.ts';
import { ErrorNote, Note } from '../../components/ErrorNote.tsx';
import { Facts } from '../../components/Facts.tsx';
import { IntervalBar } from '../../components/ScoreTable.tsx';
import { formatCount, formatPercent } from '../../lib/format.ts';
import { transferredQuery } from '../../queries/analysis.ts';
import { runsQuery } from '../../queries/runs.ts';
import { useAnalysisSearch } from './use-analysis.ts';
import classes from './Analysis.module.css';

/** The judge corrected by its errors on another run that people labelled: for runs that nobody can label. */
export function TransferredSection({
  input,
  judge,
}: {
  readonly input: AnalysisInput;
  readonly judge: string;
}) {
  const { search, set } = useAnalysisSearch();
  const runs = (useQuery(runsQuery()).data ?? []).filter(
    ({ id, answered }) => id !== input.runId && answered > 0,
  );
  if (runs.length === 0 && search.calibration === undefined) return null;
  return (
    <>
      <Select
        label="Or by its errors on another labelled run (Rogan–Gladen)"
        placeholder="None"
        data={runs.map(({ id, name, datasetName }) => ({
          value: String(id),
          label: `${id} · ${name} · ${datasetName}`,
        }))}
        value={search.calibration === undefined ? null : String(search.calibration)}
        onChange={(value) => set({ calibration: value === null ? undefined : Number(value) })}
        clearable
        searchable
        w={340}
      />
      {search.calibration === undefined ? null : (
        <Transferred input={input} judge={judge} calibration={search.calibration} />
      )}
    </>
  );
}

function Transferred({
  input,
  judge,
  calibration,
}: {
  readonly input: AnalysisInput;
  readonly judge: string;
  readonly calibration: number;
}) {
  const view = useQuery(transferredQuery({ ...input, judge, calibration: { runId: calibration } }));
  if (view.isError) {
    return (
      <ErrorNote
        error={view.error}
        what="The errors of that run could not be used."
        onRetry={() => void view.refetch()}
      />
    );
  }
  return view.data === undefined ? <p className="az-dim">Counting…</p> : <Result view={view.data} />;
}

function Result({ view }: { readonly view: TransferredView }) {
  const { result, raw, calibration, notes } = view;
  return (
    <div className={classes['stack']} data-testid="transferred">
      {result.ok ? (
        <Facts
          facts={[
            {
              name: 'Corrected',
              value: (
                <>
                  {formatPercent(result.estimate.value)}{' '}
                  <IntervalBar
                    label="Corrected by another run"
                    value={result.estimate.value}
                    low={result.estimate.low}
                    high={result.estimate.high}
                  />
                </>
              ),
            },
            {
              name: 'Judge alone',
              value: `${formatPercent(raw.accuracy?.value ?? null)}, ${formatCount(raw.counts.correct)} of ${formatCount(raw.scored)} scored`,
            },
            {
              name: 'Its errors there',
              value: `sensitivity ${formatPercent(result.sensitivity)} of ${formatCount(result.m1)}, specificity ${formatPercent(result.specificity)} of ${formatCount(result.m0)}; run ${calibration.runId}, ${calibration.runName}`,
            },
          ]}
        />
      ) : (
        <Note tone="warning">Refused: {result.reason}</Note>
      )}
      <ul className={classes['notes']}>
        {notes.map((note) => (
          <li key={note}>{note}</li>
        ))}
      </ul>
    </div>
  );
}
