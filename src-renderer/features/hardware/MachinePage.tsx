import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { RefreshCw } from 'lucide-react';
import { useCallback, useEffect } from 'react';
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
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const machine = useQuery(machineQuery());
  const list = useQuery(modelsQuery());
  const fits = useQuery(fitQuery());
  const scanning = useTask('rescan')?.status === 'running';
  const neverLooked = list.data?.scannedAt === null;
  useEffect(() => {
    if (neverLooked) rescanModels();
  }, [neverLooked]);
  const models = list.data?.models ?? [];
  const selected = models.find(({ id }) => id === search.model) ?? null;

  const select = (model: ModelFile | null): void =>
    void navigate({ search: (before) => compact({ ...before, model: model?.id }), replace: true });
  const onSearch = useCallback(
    (q: string) =>
      void navigate({ search: (before) => compact({ ...before, q: textParam(q) }), replace: true }),
    [navigate],
  );
  useCommands([
    {
      id: 'model.close',
      group: 'Models',
      label: 'Close the model',
      keys: ['Escape'],
      keyOnly: true,
      disabled: selected === null,
      run: () => select(null),
    },
  ]);

  const head = (
    <PageHead
      title="Machine"
      facts={
        machine.data === undefined
          ? null
          : `${machine.data.hostname} · ${machine.data.os} · ${machine.data.arch} · read at ${formatClock(machine.data.at)}`
      }
      actions={
        <>
          {models.length > 0 ? (
            <SearchInput label="Search models" value={search.q ?? ''} onChange={onSearch} />
          ) : null}
          <Button
            variant="default"
            loading={scanning}
            leftSection={<RefreshCw size={14} aria-hidden />}
            onClick={() => rescanModels()}
          >
            Look again
          </Button>
          {models.length > 0 ? (
            <Button renderRoot={(props) => <Link to="/runs/new" {...props} />}>New run</Button>
          ) : null}
        </>
      }
    />
  );
  return (
    <Page head={head} flush>
      <Devices machine={machine.data ?? null} error={machine.error} />
      <ModelTasks />
      {list.isError ? (
        <ErrorNote
          error={list.error}
          what="The models could not be listed."
          onRetry={() => void list.refetch()}
        />
      ) : null}
      {list.data !== undefined && models.length === 0 ? (
        <NoModels folders={list.data.folders} scanning={scanning} />
      ) : (
        <SplitPane
          id="machine"
          handleLabel="Resize the model’s pane"
          main={
            <ModelsTable
              list={list.data ?? null}
              fits={fits.data ?? null}
              fitError={fits.error}
              search={search.q ?? ''}
              selectedId={search.model ?? null}
              onSelect={select}
            />
          }
          side={
            selected === null ? null : (
              <ModelPane
                model={selected}
                fit={fits.data?.get(selected.id) ?? null}
                onClose={() => select(null)}
              />
            )
          }
        />
      )}
    </Page>
  );
}
