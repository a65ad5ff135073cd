import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { RefreshCw } from 'lucide-react';
import { useCallback, useEffect } from 'react';
import type { ModelList } from '../../../src-main/contract/models.ts';
import type { ModelFile } from '../../../src-main/domain/model.ts';
import { ErrorNote } from '../../components/ErrorNote.tsx';
import { Page, PageHead } from '../../components/PageHead.tsx';
import { SearchInput } from '../../components/SearchInput.tsx';
import { SplitPane } from '../../components/SplitPane.tsx';
import { useCommands } from '../../components/commands.ts';
import { formatClock } from '../../lib/format.ts';
import { compact, textParam } from '../../lib/search-params.ts';
import { machineQuery } from '../../queries/hardware.ts';
import { fitQuery, modelsQuery, rescanModels } from '../../queries/models.ts';
import { useTask } from '../../queries/tasks.ts';
import { Devices } from './Devices.tsx';
import { ModelPane } from './ModelPane.tsx';
import { ModelsTable } from './ModelsTable.tsx';
import { ModelTasks } from './ModelTasks.tsx';
import { NoModels } from './NoModels.tsx';

const route = getRouteApi('/machine');

/** What there is to work with: cards, memory, models, and which of them fit now. */
export function MachinePage() {
  const { q = '', model: selectedId = null } = route.useSearch();
  const navigate = route.useNavigate();
  const machine = useQuery(machineQuery());
  const list = useModelList();
  const select = (model: ModelFile | null): void =>
    void navigate({ search: (before) => compact({ ...before, model: model?.id }), replace: true });
  const onSearch = useCallback(
    (text: string) =>
      void navigate({ search: (before) => compact({ ...before, q: textParam(text) }), replace: true }),
    [navigate],
  );
  const some = (list.data?.models.length ?? 0) > 0;
  const facts =
    machine.data === undefined
      ? null
      : `${machine.data.hostname} · ${machine.data.os} · ${machine.data.arch} · read at ${formatClock(machine.data.at)}`;
  return (
    <Page
      head={
        <PageHead title="Machine" facts={facts} actions={<Actions some={some} q={q} onSearch={onSearch} />} />
      }
      flush
    >
      <Devices machine={machine.data ?? null} error={machine.error} />
      <ModelTasks />
      {list.isError ? (
        <ErrorNote
          error={list.error}
          what="The models could not be listed."
          onRetry={() => void list.refetch()}
        />
      ) : null}
      <Models list={list.data ?? null} q={q} selectedId={selectedId} onSelect={select} />
    </Page>
  );
}

/** The list of models; the first page that asks for it starts the first search. */
function useModelList() {
  const list = useQuery(modelsQuery());
  const neverLooked = list.data?.scannedAt === null;
  useEffect(() => {
    if (neverLooked) rescanModels();
  }, [neverLooked]);
  return list;
}

interface ActionsProps {
  /** There are models: a search and a run make sense. */
  readonly some: boolean;
  readonly q: string;
  readonly onSearch: (text: string) => void;
}

function Actions({ some, q, onSearch }: ActionsProps) {
  const scanning = useTask('rescan')?.status === 'running';
  return (
    <>
      {some ? <SearchInput label="Search models" value={q} onChange={onSearch} /> : null}
      <Button
        variant="default"
        loading={scanning}
        leftSection={<RefreshCw size={14} aria-hidden />}
        onClick={() => rescanModels()}
      >
        Look again
      </Button>
      {some ? <Button renderRoot={(props) => <Link to="/runs/new" {...props} />}>New run</Button> : null}
    </>
  );
}

interface ModelsProps {
  readonly list: ModelList | null;
  readonly q: string;
  readonly selectedId: string | null;
  readonly onSelect: (model: ModelFile | null) => void;
}

/** The models beside the one that is looked at, or what to do without any. */
function Models({ list, q, selectedId, onSelect }: ModelsProps) {
  const fits = useQuery(fitQuery());
  const scanning = useTask('rescan')?.status === 'running';
  const selected = list?.models.find(({ id }) => id === selectedId) ?? null;
  useCommands([
    {
      id: 'model.close',
      group: 'Models',
      label: 'Close the model',
      keys: ['Escape'],
      keyOnly: true,
      disabled: selected === null,
      run: () => onSelect(null),
    },
  ]);
  if (list?.models.length === 0) return <NoModels folders={list.folders} scanning={scanning} />;
  const table = (
    <ModelsTable
      list={list}
      fits={fits.data ?? null}
      fitError={fits.error}
      search={q}
      selectedId={selectedId}
      onSelect={onSelect}
    />
  );
  const pane =
    selected === null ? null : (
      <ModelPane model={selected} fit={fits.data?.get(selected.id) ?? null} onClose={() => onSelect(null)} />
    );
  return <SplitPane id="machine" handleLabel="Resize the model’s pane" main={table} side={pane} />;
}
