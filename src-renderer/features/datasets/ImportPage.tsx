import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import type { ColumnMapping } from '../../../src-main/domain/dataset.ts';
import { ChooseFileButton, DropZone } from '../../components/ChooseFile.tsx';
import { ErrorNote, Note } from '../../components/ErrorNote.tsx';
import { Page, PageHead } from '../../components/PageHead.tsx';
import { ProgressLine } from '../../components/ProgressLine.tsx';
import { formatBytes } from '../../lib/format.ts';
import { compact } from '../../lib/search-params.ts';
import { previewQuery } from '../../queries/datasets.ts';
import { clearHandOver, useHandOver } from '../../queries/offered.ts';
import { ImportForm } from './ImportForm.tsx';
import type { ReadChoices } from './ReadChoicesFields.tsx';
import { NotADataset } from './NotADataset.tsx';

const route = getRouteApi('/datasets/import');

/** From a dropped file to a dataset: hand it over, look at it, choose the columns, import. */
export function ImportPage() {
  const { file, kind } = route.useSearch();
  const handOver = useHandOver();
  const navigate = route.useNavigate();
  useEffect(() => {
    if (handOver.state !== 'granted') return;
    void navigate({ search: { file: handOver.file }, replace: true }).then(clearHandOver);
  }, [handOver, navigate]);
  const chooseKind = (next: string): void =>
    void navigate({ search: (before) => compact({ ...before, kind: next }), replace: true });
  return (
    <Page
      head={
        <PageHead
          title="Import"
          actions={
            <ChooseFileButton variant="default">
              {file === undefined ? 'Choose a file…' : 'Choose another file…'}
            </ChooseFileButton>
          }
        />
      }
    >
      {handOver.state === 'refused' ? <Note tone="error">{handOver.sentence}</Note> : null}
      {handOver.state === 'failed' ? (
        <ErrorNote error={handOver.error} what="The file was not imported." onRetry={handOver.retry} />
      ) : null}
      {handOver.state === 'cancelled' ? <Note tone="info">Cancelled: nothing was imported.</Note> : null}
      {handOver.state === 'sending' ? (
        <ProgressLine
          label={`Sending ${handOver.name} to the workbench`}
          progress={handOver.progress}
          format={formatBytes}
          onCancel={handOver.cancel}
        />
      ) : null}
      {file !== undefined && handOver.state === 'idle' ? (
        <Preview key={`${file} ${kind ?? ''}`} file={file} kind={kind ?? null} onKind={chooseKind} />
      ) : null}
      {file === undefined && handOver.state !== 'sending' && handOver.state !== 'granted' ? (
        <DropZone />
      ) : null}
    </Page>
  );
}

interface PreviewProps {
  readonly file: string;
  readonly kind: string | null;
  readonly onKind: (kind: string) => void;
}

function Preview({ file, kind, onKind }: PreviewProps) {
  const [mapping, setMapping] = useState<ColumnMapping | null>(null);
  const [choices, setChoices] = useState<ReadChoices>({});
  const preview = useQuery(previewQuery({ file, kind, mapping, ...choices }));
  if (preview.isError) {
    return (
      <ErrorNote
        error={preview.error}
        what="The file could not be looked at."
        onRetry={() => void preview.refetch()}
      />
    );
  }
  const { data } = preview;
  if (data === undefined) return <p className="az-dim">Looking into the file…</p>;
  if (data.problem !== null || data.kind === null || data.kind === 'gguf' || data.kind === 'folder') {
    return <NotADataset preview={data} onKind={onKind} />;
  }
  return (
    <ImportForm
      preview={data}
      kind={kind}
      mapping={mapping ?? data.mapping}
      changed={mapping !== null}
      settling={preview.isPlaceholderData}
      choices={choices}
      onChoices={setChoices}
      onMapping={setMapping}
      onReset={() => setMapping(null)}
      onKind={onKind}
    />
  );
}
