import { Button } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import type { FilePreview } from '../../../src-main/domain/import.ts';
import { AddFolder } from '../../components/AddFolder.tsx';
import { EmptyState } from '../../components/EmptyState.tsx';
import { Note } from '../../components/ErrorNote.tsx';
import { formatBytes } from '../../lib/format.ts';
import { kindLabel } from '../../lib/kinds.ts';
import { OtherKinds } from './ImportPage.tsx';
import classes from './ImportForm.module.css';

/** What is dropped and is no dataset: a model, a folder, or nothing that can be used; one sentence, and what to do. */
export function NotADataset({
  preview,
  onKind,
}: {
  readonly preview: FilePreview;
  readonly onKind: (kind: string) => void;
}) {
  if (preview.kind === 'folder') return <Folder preview={preview} />;
  if (preview.kind === 'gguf') {
    return (
      <EmptyState title={`${preview.name} is a model`} actions={<AddFolder />}>
        <p>{preview.problem ?? preview.why}</p>
        <p>Add the folder that it lies in: Assize finds the models there and leaves them where they are.</p>
      </EmptyState>
    );
  }
  return (
    <>
      <Note tone="error">{preview.problem ?? preview.why}</Note>
      <OtherKinds kinds={preview.otherKinds} onKind={onKind} />
    </>
  );
}

function Folder({ preview }: { readonly preview: FilePreview }) {
  return (
    <EmptyState title={`${preview.name} is a folder`} actions={<AddFolder />}>
      <p>{preview.problem ?? preview.why}</p>
      {preview.files.length === 0 ? null : (
        <ul className={classes['files']}>
          {preview.files.map(({ file, name, kind, bytes }) => (
            <li key={file}>
              <span className="az-clip">{name}</span>
              <span className="az-dim">
                {kindLabel(kind)}, {formatBytes(bytes)}
              </span>
              <Button
                variant="default"
                renderRoot={(props) => <Link to="/datasets/import" search={{ file }} {...props} />}
              >
                Import
              </Button>
            </li>
          ))}
        </ul>
      )}
    </EmptyState>
  );
}
