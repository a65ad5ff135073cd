import { Button, Select, TextInput } from '@mantine/core';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import type { ColumnMapping } from '../../../src-main/domain/dataset.ts';
import type { FilePreview } from '../../../src-main/domain/import.ts';
import { Note } from '../../components/ErrorNote.tsx';
import { Section } from '../../components/PageHead.tsx';
import { TaskLine } from '../../components/TaskLine.tsx';
import { formatBytes, formatPlural } from '../../lib/format.ts';
import { kindLabel } from '../../lib/kinds.ts';
import { importDataset, importTaskId } from '../../queries/datasets.ts';
import { useTask } from '../../queries/tasks.ts';
import { AnswerColumnsEditor } from './AnswerColumnsEditor.tsx';
import { MappingEditor } from './MappingEditor.tsx';
import { ColumnsTable, PreviewTable } from './PreviewTable.tsx';
import { type ReadChoices, ReadChoicesFields } from './ReadChoicesFields.tsx';
import classes from './ImportForm.module.css';

export interface ImportFormProps {
  readonly preview: FilePreview;
  readonly kind: string | null;
  readonly mapping: ColumnMapping | null;
  /** The user changed the guess. */
  readonly changed: boolean;
  /** The rows shown are still those of the mapping before. */
  readonly settling: boolean;
  readonly choices: ReadChoices;
  readonly onChoices: (choices: ReadChoices) => void;
  readonly onMapping: (mapping: ColumnMapping) => void;
  readonly onReset: () => void;
  readonly onKind: (kind: string) => void;
}

/** What the file was taken for, its columns, its first rows under the mapping as it is now, and the button. */
export function ImportForm(props: ImportFormProps) {
  const { preview, mapping, settling, onMapping } = props;
  const columns = preview.columns.map(({ name }) => name);
  return (
    <>
      <Summary {...props} />
      {preview.notices.map((notice) => (
        <Note key={notice} tone="warning">
          {notice}
        </Note>
      ))}
      {mapping === null ? null : (
        <Section
          title="Columns"
          note="guessed from names and values; the rows below follow every change"
          actions={
            props.changed ? (
              <Button variant="subtle" color="gray" onClick={props.onReset}>
                Back to the guess
              </Button>
            ) : null
          }
        >
          <MappingEditor mapping={mapping} columns={preview.columns} onMapping={onMapping} />
          <AnswerColumnsEditor mapping={mapping} columns={columns} onMapping={onMapping} />
        </Section>
      )}
      {mapping !== null && mapping.question === null ? (
        <Section title="Columns of the file" note="with their first values">
          <ColumnsTable columns={preview.columns} />
        </Section>
      ) : (
        <Section title="First rows" note={settling ? 'reading them again…' : 'as they would be imported'}>
          <PreviewTable rows={preview.rows} settling={settling} />
        </Section>
      )}
    </>
  );
}

const withoutEnding = (name: string): string =>
  name.replace(/(\.(csv|tsv|jsonl?|ndjson|parquet|eval|zip))?(\.(gz|zst))?$/i, '');

function Summary({ preview, kind, mapping, changed, choices, onChoices, onKind }: ImportFormProps) {
  const [name, setName] = useState(withoutEnding(preview.name));
  const start = useImport(preview, { kind, mapping, changed, name, choices });
  const kinds = [...new Set([preview.kind ?? '', ...preview.otherKinds])].filter((option) => option !== '');
  const ready = mapping === null || mapping.question !== null;
  return (
    <div className={classes['summary']}>
      <div className={classes['what']}>
        <strong className="az-clip">{preview.name}</strong>
        <span className="az-dim">
          {formatBytes(preview.bytes)}
          {preview.encoding === null ? '' : ` · ${preview.encoding}`} · {preview.why}
        </span>
      </div>
      <div className={classes['fields']}>
        <TextInput
          label="Name"
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
          w={260}
        />
        <Select
          label="Read as"
          data={kinds.map((value) => ({ value, label: kindLabel(value) }))}
          value={preview.kind}
          onChange={(value) => {
            if (value !== null) onKind(value);
          }}
          allowDeselect={false}
          w={220}
        />
        <ReadChoicesFields filters={preview.filters ?? []} choices={choices} onChoices={onChoices} />
        <Button disabled={!ready || start.running} loading={start.running} onClick={start.run}>
          Import
        </Button>
        {ready ? null : (
          <span className={classes['missing']}>Choose the column that holds the question.</span>
        )}
      </div>
      {start.running && start.rows > 0 ? (
        <p className="az-dim">
          {formatPlural(start.rows, 'question')} so far
          {start.problems > 0 ? `, ${formatPlural(start.problems, 'record')} left out` : ''}
        </p>
      ) : null}
      <TaskLine
        id={importTaskId(preview.file)}
        unit="bytes"
        failed="The dataset was not imported, and nothing of it was kept."
        cancelled="Nothing of it was kept."
        onRetry={start.run}
      />
    </div>
  );
}

interface ImportChoice {
  readonly kind: string | null;
  readonly mapping: ColumnMapping | null;
  readonly changed: boolean;
  readonly name: string;
  readonly choices: ReadChoices;
}

/** Starts the import and goes to the dataset when it is there. */
function useImport(preview: FilePreview, { kind, mapping, changed, name, choices }: ImportChoice) {
  const navigate = useNavigate();
  const running = useTask(importTaskId(preview.file))?.status === 'running';
  const [counts, setCounts] = useState({ rows: 0, problems: 0 });
  const run = (): void => {
    setCounts({ rows: 0, problems: 0 });
    importDataset(
      // An unchanged guess is left to core, which may know more of the shape than a mapping can say.
      {
        file: preview.file,
        kind,
        mapping: changed ? mapping : null,
        ...choices,
        name: name.trim() === '' ? null : name.trim(),
      },
      `Importing ${preview.name}`,
      {
        onProgress: ({ rows, problems }) => setCounts({ rows, problems }),
        onDone: ({ id }) => void navigate({ to: '/datasets', search: { dataset: id } }),
      },
    );
  };
  return { running, run, ...counts };
}
