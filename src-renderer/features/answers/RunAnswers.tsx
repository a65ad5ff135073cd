import { ActionIcon, Button, Tooltip } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { Rows2, Rows3 } from 'lucide-react';
import { useCallback, useMemo, useState } from 'react';
import type { AnswerListItem } from '../../../src-main/domain/answer.ts';
import type { JudgeInfo, Run, RunCounts } from '../../../src-main/domain/run.ts';
import { EmptyState } from '../../components/EmptyState.tsx';
import { ErrorNote } from '../../components/ErrorNote.tsx';
import { Page, PageHead } from '../../components/PageHead.tsx';
import { RunSelect } from '../../components/RunSelect.tsx';
import { SearchInput } from '../../components/SearchInput.tsx';
import { SplitPane } from '../../components/SplitPane.tsx';
import { useCommands } from '../../components/commands.ts';
import { DataTable } from '../../components/data-table/DataTable.tsx';
import type { TableLayout } from '../../components/data-table/columns.ts';
import { formatCount } from '../../lib/format.ts';
import { isLiveRun } from '../../lib/runs.ts';
import { compact, textParam } from '../../lib/search-params.ts';
import { useWhenEnded } from '../../lib/use-when-ended.ts';
import { answersCountQuery, refreshAnswers, type AnswerFilter } from '../../queries/answers.ts';
import { refreshRunNumbers, runCountsQuery, runLiveQuery } from '../../queries/runs.ts';
import { AnswerPane } from './AnswerPane.tsx';
import { answerColumns } from './columns.tsx';
import { filterOf, isFiltered, keepsPlaces, sortOf } from './filter.ts';
import { EarlierRows } from './EarlierRows.tsx';
import { FilterBar } from './FilterBar.tsx';
import { HeadScores } from './HeadScores.tsx';
import { layoutOf, layoutSearch } from './layout-search.ts';
import type { AnswersSearch } from './search.ts';
import { useAnswerRows } from './use-answer-rows.ts';
import { useFirstRow } from './use-first-row.ts';
import classes from './Answers.module.css';

const route = getRouteApi('/answers');

/** Three lines of text a row. */
const TALL_ROW = 62;

type SearchPart = { [K in keyof AnswersSearch]?: AnswersSearch[K] | undefined };

function useSearchState() {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const change = useCallback(
    (part: SearchPart, replace = false) =>
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
  const open = search.row ?? null;
  const total = run.data?.total ?? null;
  const first = useFirstRow(filter, open, total);
  const answers = useAnswerRows(filter, first.from, live);
  const columns = useColumns(runId, run.data ?? null);
  const layout = useMemo(() => layoutOf(search, columns), [search, columns]);
  const [marked, setMarked] = useState<number | null>(null);
  const show = (position: number | null): void => {
    if (position !== null) setMarked(position);
    change({ row: position ?? undefined }, open !== null && position !== null);
  };
  const move = (row: AnswerListItem): void => {
    setMarked(row.position);
    if (open !== null) change({ row: row.position }, true);
  };
  const mark = (position: number): void => {
    setMarked(position);
    if (open !== null) change({ row: position }, true);
  };
  const jump = (to: 'start' | 'end' | 'before'): void => {
    const all = keepsPlaces(filter) && total !== null;
    if (to === 'before') {
      if (first.earlier === null) return;
      first.earlier();
      mark(first.from - 1);
    } else if (to === 'start') {
      first.toStart();
      const [row] = answers.rows;
      if (all) mark(0);
      else if (row !== undefined) mark(row.position);
    } else {
      if (all && answers.rows.at(-1)?.position !== total - 1) first.toEnd();
      const last = all ? total - 1 : answers.rows.at(-1)?.position;
      if (last !== undefined) mark(last);
    }
  };
  useCommands([
    {
      id: 'row.close',
      group: 'Table',
      label: 'Close the answer',
      keys: ['Escape'],
      keyOnly: true,
      disabled: open === null,
      run: () => show(null),
    },
    {
      id: 'answers.tall',
      group: 'Table',
      label: search.tall === true ? 'Rows of one line' : 'Rows of three lines',
      keys: ['t'],
      run: () => change({ tall: search.tall === true ? undefined : true }, true),
    },
  ]);
  const step = (by: number): void => {
    const at = answers.rows.findIndex(({ position }) => position === open);
    const next = at < 0 ? undefined : answers.rows[at + by];
    if (next !== undefined) show(next.position);
    else if (at === 0 && by < 0) jump('before');
  };
  const error = run.error ?? answers.error ?? counts.error;
  const failed = error !== null && error !== undefined;
  return (
    <Page
      flush
      head={
        <Head runId={runId} counts={counts.data ?? null} filter={filter} search={search} change={change} />
      }
    >
      {!failed ? null : (
        <div className={classes['bar']}>
          <ErrorNote error={error} what="The answers could not be read." onRetry={answers.retry} />
        </div>
      )}
      {first.earlier === null ? null : (
        <EarlierRows from={first.from} onEarlier={first.earlier} onStart={first.toStart} />
      )}
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
            selectedId={String(open ?? marked ?? '')}
            onSelect={({ position }) => show(position)}
            onMove={move}
            onOpen={({ position }) => show(position)}
            onEnd={answers.onEnd}
            onJump={jump}
            rowsBefore={first.from}
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
              onClose={() => show(null)}
              onPrevious={() => step(-1)}
              onNext={() => step(1)}
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

interface HeadProps {
  readonly runId: number;
  readonly counts: RunCounts | null;
  readonly filter: AnswerFilter;
  readonly search: AnswersSearch;
  readonly change: (part: SearchPart, replace?: boolean) => void;
}

function Head({ runId, counts, filter, search, change }: HeadProps) {
  const onSearch = useCallback((q: string) => change({ q: textParam(q) }, true), [change]);
  return (
    <PageHead
      title="Answers"
      facts={counts === null ? null : <HeadScores runId={runId} counts={counts} />}
      actions={
        <>
          <RunSelect
            runId={runId}
            width={220}
            onChange={(next) => change({ run: next, row: undefined, v: undefined, sort: undefined })}
          />
          <Button
            variant="default"
            renderRoot={(props) => <Link to="/runs/$runId" params={{ runId }} {...props} />}
          >
            The run
          </Button>
        </>
      }
    >
      <SearchInput
        label="Search question, gold, answer"
        value={search.q ?? ''}
        onChange={onSearch}
        width={230}
      />
      <FilterBar counts={counts} search={search} onChange={change} />
      <Count filter={filter} total={counts === null ? null : counts.answers} />
      <Tooltip label={search.tall === true ? 'Rows of one line (t)' : 'Rows of three lines (t)'}>
        <ActionIcon
          aria-label="Rows of three lines"
          aria-pressed={search.tall === true}
          variant={search.tall === true ? 'light' : 'subtle'}
          onClick={() => change({ tall: search.tall === true ? undefined : true }, true)}
        >
          {search.tall === true ? <Rows2 size={15} aria-hidden /> : <Rows3 size={15} aria-hidden />}
        </ActionIcon>
      </Tooltip>
    </PageHead>
  );
}

function Count({ filter, total }: { readonly filter: AnswerFilter; readonly total: number | null }) {
  const filtered = isFiltered(filter);
  const counted = useQuery({ ...answersCountQuery(filter), enabled: filtered });
  if (total === null) return null;
  const all = formatCount(total);
  const found = counted.data;
  return (
    <span className={classes['count']} role="status">
      {filtered && found !== undefined
        ? `${formatCount(found.count)}${found.capped ? '+' : ''} of ${all} answers`
        : `${all} answers`}
    </span>
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
