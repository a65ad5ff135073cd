import { Button, Menu, Select } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { useState } from 'react';
import { Download } from 'lucide-react';
import type { ReportCard } from '../../../src-main/domain/analysis/report-card.ts';
import { AnalysisTabs } from '../../components/AnalysisTabs.tsx';
import { EmptyState } from '../../components/EmptyState.tsx';
import { ErrorNote, Note } from '../../components/ErrorNote.tsx';
import { Page, PageHead } from '../../components/PageHead.tsx';
import { RunSelect } from '../../components/RunSelect.tsx';
import { RunsFailed } from '../../components/RunsFailed.tsx';
import { formatCount, formatPlural } from '../../lib/format.ts';
import { compact } from '../../lib/search-params.ts';
import { cardFileMutation, cardQuery, storedMutation } from '../../queries/analysis.ts';
import { datasetsQuery } from '../../queries/datasets.ts';
import { runsQuery } from '../../queries/runs.ts';
import { CardEntryView } from './CardEntryView.tsx';
import { CardTable } from './CardTable.tsx';
import classes from './Analysis.module.css';

const route = getRouteApi('/analysis/card');

/** Every judge against the people who labelled the answers of a run. */
export function CardPage() {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const runs = useQuery(runsQuery());
  const runId = search.run ?? runs.data?.find(({ answered }) => answered > 0)?.id ?? null;
  const [added, setAdded] = useState<number | null>(null);
  const open = (run: number): void => void navigate({ search: { run } });
  return (
    <Page
      head={
        <PageHead
          title="Report card"
          facts="judges against people, on answers that people labelled"
          actions={
            <>
              <StoredAnswers
                onRun={(run, isNew) => {
                  setAdded(isNew ? run : null);
                  open(run);
                }}
              />
              {runId === null ? null : <SaveCard runId={runId} />}
              {runId === null ? null : <RunSelect runId={runId} width={240} onChange={open} />}
            </>
          }
        >
          <AnalysisTabs run={runId} />
        </PageHead>
      }
    >
      <RunsFailed />
      {added === null || added !== runId ? null : <AddedNote runId={added} />}
      {runId !== null ? (
        <Card key={runId} runId={runId} />
      ) : runs.data === undefined ? null : (
        <EmptyState
          title="No answers to judge judges by"
          actions={
            <Button renderRoot={(props) => <Link to="/datasets/import" {...props} />}>Import answers</Button>
          }
        >
          <p>
            A card needs answers with people’s labels: a file such as EVOUNA that brings both, or answers that
            were labelled here.
          </p>
        </EmptyState>
      )}
    </Page>
  );
}

const FORMATS = [
  { format: 'html', name: 'HTML, to read and to print' },
  { format: 'json', name: 'JSON, everything' },
  { format: 'csv', name: 'CSV, one line a judge' },
] as const;

/** The card as a file, the same as the terminal writes. */
function SaveCard({ runId }: { readonly runId: number }) {
  const save = useMutation(cardFileMutation());
  return (
    <>
      <Menu position="bottom-end">
        <Menu.Target>
          <Button variant="default" leftSection={<Download size={14} aria-hidden />} loading={save.isPending}>
            Save
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          {FORMATS.map(({ format, name }) => (
            <Menu.Item key={format} onClick={() => save.mutate({ runId, format })}>
              {name}
            </Menu.Item>
          ))}
        </Menu.Dropdown>
      </Menu>
      {save.isError ? (
        <div className={classes['failures']}>
          <ErrorNote error={save.error} what="The card was not saved." onDismiss={() => save.reset()} />
        </div>
      ) : null}
    </>
  );
}

/** A card is of a run: opening what came with a dataset makes one, and that is not done in silence. */
function AddedNote({ runId }: { readonly runId: number }) {
  return (
    <Note
      tone="info"
      actions={
        <Button
          variant="default"
          renderRoot={(props) => <Link to="/runs/$runId" params={{ runId }} {...props} />}
        >
          Look at run {runId}
        </Button>
      }
    >
      These answers are run {runId} now, in the list of runs. Nothing was generated or judged; opening them
      again opens the same run.
    </Note>
  );
}

/** Answers that came with a dataset are a run once they are opened. */
function StoredAnswers({ onRun }: { readonly onRun: (runId: number, added: boolean) => void }) {
  const datasets = useQuery(datasetsQuery());
  const stored = useMutation(storedMutation());
  const choices = (datasets.data ?? []).flatMap(({ id, name, systems }) =>
    systems.length === 0
      ? []
      : [
          { value: JSON.stringify([id, null]), label: `${name}, all of ${systems.length}` },
          ...systems.map((system) => ({ value: JSON.stringify([id, system]), label: `${name}, ${system}` })),
        ],
  );
  if (choices.length === 0) return null;
  return (
    <Select
      aria-label="Answers that came with a dataset"
      placeholder="Open stored answers…"
      title="Opens answers that came with a dataset as a run; the first time, it is added to the list of runs"
      data={choices}
      value={null}
      disabled={stored.isPending}
      error={stored.isError ? stored.error.message : undefined}
      onChange={(value) => {
        if (value === null) return;
        const chosen: unknown = JSON.parse(value);
        if (!Array.isArray(chosen)) return;
        const [dataset, system]: readonly unknown[] = chosen;
        if (typeof dataset !== 'number') return;
        stored.mutate(
          { dataset, system: typeof system === 'string' ? system : null },
          { onSuccess: ({ runId, added }) => onRun(runId, added) },
        );
      }}
      searchable
      w={220}
    />
  );
}

function Card({ runId }: { readonly runId: number }) {
  const card = useQuery(cardQuery({ runId }));
  if (card.isError) {
    return (
      <ErrorNote error={card.error} what="The card could not be made." onRetry={() => void card.refetch()} />
    );
  }
  if (card.data === undefined) return <p className="az-dim">Counting…</p>;
  return <Cards card={card.data} />;
}

function Cards({ card }: { readonly card: ReportCard }) {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const { humans, entries, notes, scope } = card;
  const entry = entries.find(({ judge }) => judge.key === search.judge) ?? entries[0] ?? null;
  return (
    <>
      <p>
        {formatPlural(scope.answers, 'answer')} of “{scope.runName}”
        {scope.runName.includes(scope.datasetName) ? '' : ` on ${scope.datasetName}`}
        {humans === null
          ? '; nobody has labelled one yet.'
          : `, ${formatCount(humans.labelled)} labelled by ${humans.people.map(({ name }) => name).join(', ')}.`}
      </p>
      {notes.map((note) => (
        <Note key={note} tone="info">
          {note}
        </Note>
      ))}
      {entries.length === 0 ? null : (
        <CardTable
          card={card}
          selected={entry?.judge.key ?? null}
          onSelect={(judge) =>
            void navigate({ search: (before) => compact({ ...before, judge }), replace: true })
          }
        />
      )}
      {entry === null ? null : <CardEntryView card={card} entry={entry} />}
    </>
  );
}
