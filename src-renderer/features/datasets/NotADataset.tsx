import { Button } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import type { FilePreview } from '../../../src-main/domain/import.ts';
import { AddFolder } from '../../components/AddFolder.tsx';
import { EmptyState } from '../../components/EmptyState.tsx';
import { ErrorNote, Note } from '../../components/ErrorNote.tsx';
import { addFileMutation } from '../../queries/models.ts';
import { FolderFiles } from './FolderFiles.tsx';
import { OtherKinds } from './OtherKinds.tsx';

/** What is dropped and is no dataset: a model, a folder, or nothing that can be used; one sentence, and what to do. */
export function NotADataset({
  preview,
  onKind,
}: {
  readonly preview: FilePreview;
  readonly onKind: (kind: string) => void;
}) {
  if (preview.kind === 'folder') return <FolderFiles preview={preview} />;
  if (preview.kind === 'gguf') return <Model preview={preview} />;
  return (
    <>
      <Note tone="error">{preview.problem ?? preview.why}</Note>
      <OtherKinds kinds={preview.otherKinds} onKind={onKind} />
    </>
  );
}

/** A model joins the list as the one file it is, or with the folder it lies in. */
function Model({ preview }: { readonly preview: FilePreview }) {
  const add = useMutation(addFileMutation());
  const navigate = useNavigate();
  const added = (): void => void navigate({ to: '/machine', search: {} });
  return (
    <EmptyState
      title={`${preview.name} is a model`}
      actions={
        <>
          <Button
            loading={add.isPending}
            onClick={() => add.mutate({ file: preview.file }, { onSuccess: added })}
          >
            Add this model
          </Button>
          <AddFolder />
        </>
      }
    >
      <p>{preview.why}</p>
      <p>
        It stays where it is and joins the models; or add the folder that it lies in, and with it all models
        there.
      </p>
      {add.isError ? (
        <ErrorNote error={add.error} what="The model was not added." onDismiss={() => add.reset()} />
      ) : null}
    </EmptyState>
  );
}
