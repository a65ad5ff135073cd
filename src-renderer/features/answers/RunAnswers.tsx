import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useCallback, useMemo } from 'react';
import type { JudgeInfo, Run, RunCounts } from '../../../src-main/domain/run.ts';
import { EmptyState } from '../../components/EmptyState.tsx';
import { ErrorNote } from '../../components/ErrorNote.tsx';
import { Page } from '../../components/PageHead.tsx';
import { SplitPane } from '../../components/SplitPane.tsx';
import { useCommands } from '../../components/commands.ts';
import { DataTable } from '../../components/data-table/DataTable.tsx';
import type { TableLayout } from '../../components/data-table/columns.ts';
import { isLiveRun } from '../../lib/runs.ts';
import { compact } from '../../lib/search-params.ts';
import { useWhenEnded } from '../../lib/use-when-ended.ts';
import { refreshAnswers, type AnswerFilter } from '../../queries/answers.ts';
import { refreshRunNumbers, runCountsQuery, runLiveQuery } from '../../queries/runs.ts';
import { AnswerPane } from './AnswerPane.tsx';
import { AnswersHead } from './AnswersHead.tsx';
import { answerColumns } from './columns.tsx';
import { filterOf, isFiltered, keepsPlaces, sortOf } from './filter.ts';
import { EarlierRows } from './EarlierRows.tsx';
import { layoutOf, layoutSearch } from './layout-search.ts';
import type { ChangeSearch } from './search.ts';
import { useAnswerRows } from './use-answer-rows.ts';
import { useFirstRow } from './use-first-row.ts';
import { useRowMoves } from './use-row-moves.ts';
import classes from './Answers.module.css';

const route = getRouteApi('/answers');

/** Three lines of text a row. */
const TALL_ROW = 62;

function useSearchState() {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const change: ChangeSearch = useCallback(
    (part, replace = false) =>
      void navigate({ search: (before) => compact({ ...before, ...part }), replace }),
    [navigate],
  );
  return { search, change };
}

/** The answers of one run: the table, its filters, and one answer in full at the right. */
export function RunAnswers({ runId }: { readonly runId: number }) {
  const { search, change } = useSearchState();
  const run = useQuery(runLiveQuery(runId));
  const live = run.data === undefined ? false : isLiveRun(run.data);
  const counts = useQuery({ ...runCountsQuery(runId), refetchInterval: live ? 1500 : false });
  useWhenEnded(live, () => {
    void refreshAnswers();
    void refreshRunNumbers(runId);
  });
  const filter = useMemo(() => filterOf(runId, search), [runId, search]);
  const open = search.row === undefined ? null : search.row - 1;
  const total = run.data?.total ?? null;
  const first = useFirstRow(filter, open, total);
  const answers = useAnswerRows(filter, first.from, live);
  const columns = useColumns(runId, run.data ?? null);
  const layout = useMemo(() => layoutOf(search, columns), [search, columns]);
  const moves = useRowMoves({ filter, open, total, first, answers, change });
  useCommands([
    {
      id: 'row.close',
      group: 'Table',
      label: 'Close the answer',
      keys: ['Escape'],
      keyOnly: true,
      disabled: open === null,
      run: () => moves.show(null),
    },
    {
      id: 'answers.tall',
      group: 'Table',
      label: search.tall === true ? 'Rows of one line' : 'Rows of three lines',
      keys: ['t'],
      run: () => change({ tall: search.tall === true ? undefined : true }, true),
    },
  ]);
  const error = run.error ?? answers.error ?? counts.error;
  const failed = error !== null && error !== undefined;
  return (
    <Page
      flush
      head={
        <AnswersHead
          runId={runId}
          counts={counts.data ?? null}
          filter={filter}
          search={search}
          change={change}
        />
      }
    >
      {!failed ? null : (
        <div className={classes['bar']}>
          <ErrorNote error={error} what="The answers could not be read." onRetry={answers.retry} />
        </div>
      )}
      {answers.before === 0 ? null : <EarlierRows before={answers.before} onStart={first.toStart} />}
      <SplitPane
        id="answers"
        handleLabel="Resize the answer’s pane"
        main={
          <DataTable
            label={`Answers of run ${runId}`}
            columns={columns}
            rows={answers.rows}
            rowId={({ position }) => String(position)}
            rowHeight={search.tall === true ? TALL_ROW : 28}
            sort={sortOf(search)}
            onSort={(sort) =>
              change({ sort: sort?.id, desc: sort?.descending === true ? true : undefined }, true)
            }
            layout={layout}
            onLayout={(next: TableLayout) => change(layoutSearch(next, columns), true)}
            selectedId={String(open ?? moves.marked ?? '')}
            onSelect={({ position }) => moves.show(position)}
            onMove={({ position }) => moves.mark(position)}
            onOpen={({ position }) => moves.show(position)}
            onStart={answers.onStart}
            onEnd={answers.onEnd}
            onJump={moves.jump}
            rowsBefore={answers.before}
            contentKey={contentKey(filter, first.from)}
            onRange={answers.onRange}
            {...(run.data === undefined || isFiltered(filter) ? {} : { totalRows: run.data.total })}
            empty={
              failed ? null : answers.pending ? (
                <span className="az-dim">Reading…</span>
              ) : (
                <Nothing filter={filter} />
              )
            }
          />
        }
        side={
          open === null ? null : (
            <AnswerPane
              runId={runId}
              position={open}
              live={live}
              onClose={() => moves.show(null)}
              onPrevious={() => moves.step(-1)}
              onNext={() => moves.step(1)}
            />
          )
        }
      />
      {live && !keepsPlaces(filter) ? <NewAnswers /> : null}
    </Page>
  );
}

/** Everything that says which rows stand where. */
const contentKey = (filter: AnswerFilter, from: number): string => JSON.stringify({ ...filter, from });

const NO_JUDGES: readonly JudgeInfo[] = [];

const judgesOf = ({ judges }: RunCounts): readonly JudgeInfo[] => judges.map(({ judge }) => judge);

const hasTokens = ({ tokens }: RunCounts): boolean => tokens > 0;

/** The query shares what did not change, so the columns stay the same objects while only numbers do. */
function useColumns(runId: number, run: Run | null) {
  const judges = useQuery({ ...runCountsQuery(runId), select: judgesOf }).data ?? NO_JUDGES;
  const systems = run !== null && run.experiment.generator === null;
  const samples = run !== null && run.experiment.samples > 1;
  const measured = useQuery({ ...runCountsQuery(runId), select: hasTokens }).data ?? true;
  return useMemo(
    () => answerColumns(judges, { systems, samples, measured: measured || !systems }),
    [judges, systems, samples, measured],
  );
}

function Nothing({ filter }: { readonly filter: AnswerFilter }) {
  if (isFiltered(filter))
    return (
      <EmptyState title="No answer matches these filters">
        <p>Clear a filter, or search for the beginning of a word.</p>
      </EmptyState>
    );
  return <EmptyState title="This run has no answers yet" />;
}

function NewAnswers() {
  return (
    <div className={classes['bar']} role="status">
      The run goes on. Rows stay as they are in this order{' '}
      <Button variant="default" size="compact-xs" onClick={() => void refreshAnswers()}>
        Read again
      </Button>
    </div>
  );
}
