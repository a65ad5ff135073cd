import { ActionIcon, Button } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { X } from 'lucide-react';
import { useState } from 'react';
import type { ColumnMapping, DatasetInfo } from '../../../src-main/domain/dataset.ts';
import { CopyButton } from '../../components/CopyButton.tsx';
import { ErrorNote, Note } from '../../components/ErrorNote.tsx';
import { Facts, type Fact } from '../../components/Facts.tsx';
import { Pane, PaneSection } from '../../components/Pane.tsx';
import { formatCount, formatDateTime, formatPlural } from '../../lib/format.ts';
import { kindLabel } from '../../lib/kinds.ts';
import { removeDatasetMutation } from '../../queries/datasets.ts';
import { Problems } from './Problems.tsx';

interface DatasetPaneProps {
  readonly dataset: DatasetInfo;
  readonly onClose: () => void;
}

/** One dataset: what came in, what did not, and what can be done with it. */
export function DatasetPane({ dataset, onClose }: DatasetPaneProps) {
  const lost = dataset.problems.filter(({ kept }) => kept !== true);
  const remarks = dataset.problems.filter(({ kept }) => kept === true);
  const actions = (
    <>
      <Button
        variant="default"
        renderRoot={(props) => (
          <Link to="/datasets/$datasetId" params={{ datasetId: dataset.id }} {...props} />
        )}
      >
        Browse
      </Button>
      <Button renderRoot={(props) => <Link to="/runs/new" search={{ dataset: dataset.id }} {...props} />}>
        New run
      </Button>
      <ActionIcon onClick={onClose} aria-label="Close the dataset">
        <X size={15} aria-hidden />
      </ActionIcon>
    </>
  );
  return (
    <Pane title={dataset.name} actions={actions}>
      <PaneSection title="What is in it">
        <Facts facts={contentFacts(dataset)} />
      </PaneSection>
      {dataset.problemCount > 0 ? (
        <PaneSection
          title="Problems"
          note={`${formatPlural(dataset.problemCount, 'record')} could not be read and ${dataset.problemCount === 1 ? 'was' : 'were'} left out`}
        >
          <Problems problems={lost} total={dataset.problemCount} />
        </PaneSection>
      ) : null}
      {remarks.length > 0 ? (
        <PaneSection title="Remarks" note="about records that were imported all the same">
          <Problems problems={remarks} total={remarks.length} />
        </PaneSection>
      ) : null}
      {dataset.mapping === null ? null : (
        <PaneSection title="Columns">
          <Facts facts={mappingFacts(dataset.mapping)} />
        </PaneSection>
      )}
      <PaneSection title="Where it comes from">
        <Facts facts={sourceFacts(dataset)} />
      </PaneSection>
      <Remove dataset={dataset} onRemoved={onClose} />
    </Pane>
  );
}

function contentFacts(dataset: DatasetInfo): Fact[] {
  return [
    { name: 'Questions', value: formatCount(dataset.rows) },
    {
      name: 'Without gold',
      value:
        dataset.withoutGold === 0
          ? 'none'
          : `${formatCount(dataset.withoutGold)}: a judge has nothing to compare with there`,
    },
    {
      name: 'Stored answers',
      value:
        dataset.systems.length === 0
          ? 'none'
          : `of ${formatPlural(dataset.systems.length, 'system')}: ${dataset.systems.join(', ')}`,
    },
  ];
}

function mappingFacts(mapping: ColumnMapping): Fact[] {
  const form = { text: 'as written', 'after-hashes': 'after ####', number: 'as a number' }[mapping.goldForm];
  const split = mapping.goldSeparator === null ? '' : `, split at “${mapping.goldSeparator}”`;
  const facts: Fact[] = [
    { name: 'Question', value: mapping.question ?? '–' },
    { name: 'Gold answers', value: mapping.gold === null ? '–' : `${mapping.gold}, ${form}${split}` },
    { name: 'Context', value: mapping.context ?? '–' },
    { name: 'Choices', value: mapping.choices ?? '–' },
    { name: 'Id', value: mapping.id ?? '–' },
  ];
  return facts.filter(({ value }) => value !== '–');
}

function sourceFacts(dataset: DatasetInfo): Fact[] {
  return [
    { name: 'File', value: dataset.sourceName },
    { name: 'Read as', value: kindLabel(dataset.kind) },
    { name: 'Imported', value: formatDateTime(dataset.importedAt) },
    {
      name: 'File’s SHA-256',
      value: <HashText value={dataset.fileSha256} label="Copy the file’s SHA-256" />,
    },
    {
      name: 'Dataset’s SHA-256',
      value: <HashText value={dataset.sha256} label="Copy the dataset’s SHA-256" />,
    },
  ];
}

function HashText({ value, label }: { readonly value: string; readonly label: string }) {
  return (
    <>
      <code>{value.slice(0, 16)}…</code> <CopyButton value={value} label={label} />
    </>
  );
}

/** Asked twice, in place: what goes is said before it goes. */
function Remove({ dataset, onRemoved }: { readonly dataset: DatasetInfo; readonly onRemoved: () => void }) {
  const [asking, setAsking] = useState(false);
  const remove = useMutation(removeDatasetMutation());
  if (remove.isError) {
    return (
      <ErrorNote error={remove.error} what="The dataset was not removed." onDismiss={() => remove.reset()} />
    );
  }
  if (!asking) {
    return (
      <div>
        <Button variant="subtle" color="red" ml={-12} onClick={() => setAsking(true)}>
          Remove…
        </Button>
      </div>
    );
  }
  return (
    <Note
      tone="warning"
      actions={
        <>
          <Button variant="default" onClick={() => setAsking(false)}>
            Keep it
          </Button>
          <Button
            color="red"
            loading={remove.isPending}
            onClick={() => remove.mutate({ datasetId: dataset.id }, { onSuccess: onRemoved })}
          >
            Remove
          </Button>
        </>
      }
    >
      Removes {formatPlural(dataset.rows, 'question')} from the database. The file stays where it is; a
      dataset with runs is kept.
    </Note>
  );
}
