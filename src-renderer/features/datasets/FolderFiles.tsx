import { Button, Checkbox } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import type { FilePreview } from '../../../src-main/domain/import.ts';
import { AddFolder } from '../../components/AddFolder.tsx';
import { EmptyState } from '../../components/EmptyState.tsx';
import { Section } from '../../components/PageHead.tsx';
import { TaskLine } from '../../components/TaskLine.tsx';
import { formatBytes, formatPlural } from '../../lib/format.ts';
import { kindLabel } from '../../lib/kinds.ts';
import { datasetsQuery, importDataset, importTaskId } from '../../queries/datasets.ts';
import { useTaskList } from '../../queries/tasks.ts';
import classes from './ImportForm.module.css';

type FolderFile = FilePreview['files'][number];

const nameOf = (file: FolderFile): string => file.name.split(/[\\/]/).at(-1) ?? file.name;

/** The files of a folder that can be imported: each to be looked at, or some of them taken as they were guessed. */
export function FolderFiles({ preview }: { readonly preview: FilePreview }) {
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const { files } = preview;
  if (files.length === 0) {
    return (
      <EmptyState title={`${preview.name} is a folder`} actions={<AddFolder />}>
        <p>{preview.problem ?? preview.why}</p>
      </EmptyState>
    );
  }
  const toggle = (file: string): void => {
    const next = new Set(chosen);
    if (!next.delete(file)) next.add(file);
    setChosen(next);
  };
  const all = chosen.size === files.length;
  return (
    <Section title={preview.name} note={preview.problem ?? preview.why}>
      <FolderActions files={files.filter(({ file }) => chosen.has(file))}>
        <Checkbox
          label={<span className={classes['fileLabel']}>{formatPlural(files.length, 'file')}</span>}
          checked={all}
          indeterminate={chosen.size > 0 && !all}
          onChange={() => setChosen(all ? new Set() : new Set(files.map(({ file }) => file)))}
        />
      </FolderActions>
      <ul className={classes['files']}>
        {files.map((file) => (
          <FolderRow
            key={file.file}
            file={file}
            chosen={chosen.has(file.file)}
            onToggle={() => toggle(file.file)}
          />
        ))}
      </ul>
    </Section>
  );
}

function FolderActions({
  files,
  children,
}: {
  readonly files: readonly FolderFile[];
  readonly children: React.ReactNode;
}) {
  const running = useTaskList('import:').some(({ status }) => status === 'running');
  const importAll = (left: readonly FolderFile[]): void => {
    const [next, ...rest] = left;
    if (next === undefined) return;
    // One after the other: each has the disk to itself, and a failed one does not stop the others.
    importDataset({ file: next.file, kind: null, mapping: null, name: null }, `Importing ${nameOf(next)}`, {
      onProgress: () => undefined,
      onDone: () => undefined,
      onEnded: () => importAll(rest),
    });
  };
  return (
    <div className={classes['folderActions']}>
      {children}
      <Button disabled={files.length === 0 || running} loading={running} onClick={() => importAll(files)}>
        {files.length === 0 ? 'Import the chosen files' : `Import ${formatPlural(files.length, 'file')}`}
      </Button>
      <span className="az-dim">as they were guessed; look at a file to change that</span>
    </div>
  );
}

interface FolderRowProps {
  readonly file: FolderFile;
  readonly chosen: boolean;
  readonly onToggle: () => void;
}

function FolderRow({ file: { file, name, kind, bytes }, chosen, onToggle }: FolderRowProps) {
  const tasks = useTaskList(importTaskId(file));
  const done = tasks.some(({ status }) => status === 'done');
  const datasets = useQuery({ ...datasetsQuery(), enabled: done });
  const base = name.split(/[\\/]/).at(-1);
  const dataset = done ? datasets.data?.find(({ sourceName }) => sourceName === base) : undefined;
  return (
    <li>
      <Checkbox
        className={classes['fileName'] ?? ''}
        label={
          <span className={classes['fileLabel']} title={name}>
            {name}
          </span>
        }
        checked={chosen}
        onChange={onToggle}
      />
      <span className={classes['fileKind']}>{kindLabel(kind)}</span>
      <span className={classes['fileBytes']}>{formatBytes(bytes)}</span>
      {dataset === undefined ? (
        <Button
          variant="default"
          fullWidth
          renderRoot={(props) => <Link to="/datasets/import" search={{ file }} {...props} />}
        >
          Look at it
        </Button>
      ) : (
        <Button
          variant="default"
          fullWidth
          renderRoot={(props) => <Link to="/datasets" search={{ dataset: dataset.id }} {...props} />}
        >
          {formatPlural(dataset.rows, 'question')}
        </Button>
      )}
      <div className={classes['fileTask']}>
        <TaskLine
          id={importTaskId(file)}
          unit="bytes"
          failed={`${name} was not imported, and nothing of it was kept.`}
          cancelled="Nothing of it was kept."
        />
      </div>
    </li>
  );
}
