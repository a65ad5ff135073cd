import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { useState } from 'react';
import { AddFolder } from '../../components/AddFolder.tsx';
import { DropZone } from '../../components/ChooseFile.tsx';
import { EmptyState } from '../../components/EmptyState.tsx';
import { ErrorNote } from '../../components/ErrorNote.tsx';
import { DEFAULT_MODEL_TASK, GetDefaultModel, fetchDefaultModel } from '../../components/GetDefaultModel.tsx';
import { Page, PageHead } from '../../components/PageHead.tsx';
import { TaskLine } from '../../components/TaskLine.tsx';
import { datasetsQuery } from '../../queries/datasets.ts';
import { fitQuery, modelsQuery } from '../../queries/models.ts';
import { runQuery } from '../../queries/runs.ts';
import { LaunchForm } from './LaunchForm.tsx';
import { proposedDraft } from './draft.ts';
import { useKeptDraft } from './kept-draft.ts';
import { BuiltInDataset } from './BuiltInDataset.tsx';

const route = getRouteApi('/runs/new');

/** A new run: everything already chosen as well as the workbench can, the plan drawn, one button. */
export function LaunchPage() {
  const search = route.useSearch();
  const [viaServer, setViaServer] = useState(false);
  const [kept] = useKeptDraft(JSON.stringify(search));
  const datasets = useQuery(datasetsQuery());
  const models = useQuery(modelsQuery());
  const fits = useQuery(fitQuery());
  const answersOf = search.answersOf ?? null;
  const run = useQuery({ ...runQuery(answersOf ?? 0), enabled: answersOf !== null });
  const judging = answersOf !== null || search.stored === true;
  const head = <PageHead title={judging ? 'Judge stored answers' : 'New run'} />;
  const error = datasets.error ?? models.error ?? run.error;
  if (error !== null) {
    const retry = (): void => {
      void datasets.refetch();
      void models.refetch();
      if (answersOf !== null) void run.refetch();
    };
    return (
      <Page head={head}>
        <ErrorNote error={error} what="The new run could not be prepared." onRetry={retry} />
      </Page>
    );
  }
  // With one model there is nothing to choose by its fit.
  const oneModel = (models.data?.models.filter(({ problem }) => problem === null).length ?? 0) < 2;
  const ready =
    datasets.data !== undefined &&
    models.data !== undefined &&
    (fits.data !== undefined || fits.isError || oneModel) &&
    (answersOf === null || run.data !== undefined);
  if (!ready) {
    return (
      <Page head={head}>
        <p className="az-dim">Looking at datasets, models and free memory…</p>
      </Page>
    );
  }
  const usable = models.data.models.filter(({ problem }) => problem === null);
  const needsModel = usable.length === 0 && !viaServer && kept === null;
  if (needsModel || datasets.data.length === 0) {
    return (
      <Page head={head}>
        {needsModel ? <NeedsModel onServer={() => setViaServer(true)} /> : null}
        {datasets.data.length === 0 ? <NeedsDataset /> : null}
      </Page>
    );
  }
  const basis = {
    search,
    datasets: datasets.data,
    models: models.data.models,
    fits: fits.data ?? new Map<string, never>(),
    run: run.data ?? null,
  };
  return (
    <LaunchForm
      key={JSON.stringify(search)}
      draftKey={JSON.stringify(search)}
      proposed={proposedDraft(basis)}
      datasets={basis.datasets}
      models={basis.models}
      fits={basis.fits}
    />
  );
}

function NeedsModel({ onServer }: { readonly onServer: () => void }) {
  return (
    <EmptyState
      title="A run needs a model"
      actions={
        <>
          <GetDefaultModel primary />
          <AddFolder />
          <Button variant="default" onClick={onServer}>
            Use a model behind a server
          </Button>
          <Button variant="default" renderRoot={(props) => <Link to="/machine" {...props} />}>
            Where was looked
          </Button>
        </>
      }
    >
      <p>No usable GGUF file was found on this machine.</p>
      <TaskLine
        id={DEFAULT_MODEL_TASK}
        unit="bytes"
        failed="The model was not downloaded."
        cancelled="What was fetched is kept; the next download goes on from there."
        onRetry={fetchDefaultModel}
      />
    </EmptyState>
  );
}

function NeedsDataset() {
  return (
    <EmptyState title="A run needs questions" actions={<BuiltInDataset />}>
      <DropZone />
    </EmptyState>
  );
}
