import { ActionIcon } from '@mantine/core';
import { X } from 'lucide-react';
import type { DatasetRow } from '../../../src-main/domain/dataset.ts';
import { CopyButton } from '../../components/CopyButton.tsx';
import { Facts } from '../../components/Facts.tsx';
import { Pane, PaneSection } from '../../components/Pane.tsx';
import { formatCount } from '../../lib/format.ts';
import classes from './DatasetsPage.module.css';

/** One question in full, with everything its record held. */
export function RowPane({ row, onClose }: { readonly row: DatasetRow; readonly onClose: () => void }) {
  const { question } = row;
  const metadata = Object.entries(question.metadata).map(([name, value]) => ({
    name,
    value: typeof value === 'string' ? value : JSON.stringify(value),
  }));
  return (
    <Pane
      title={`Question ${formatCount(row.position + 1)}`}
      actions={
        <ActionIcon onClick={onClose} aria-label="Close the question">
          <X size={15} aria-hidden />
        </ActionIcon>
      }
    >
      <PaneSection
        title="Question"
        actions={<CopyButton value={question.question} label="Copy the question" />}
      >
        <p className={classes['text']}>{question.question}</p>
      </PaneSection>
      <PaneSection title="Gold answers">
        {question.gold.length === 0 ? (
          <p className="az-dim">None: a judge has nothing to compare with.</p>
        ) : (
          <ul className={classes['gold']}>
            {question.gold.map((gold) => (
              <li key={gold}>{gold}</li>
            ))}
          </ul>
        )}
      </PaneSection>
      {question.choices === null ? null : (
        <PaneSection title="Choices">
          <ol type="A">
            {question.choices.map((choice) => (
              <li key={choice}>{choice}</li>
            ))}
          </ol>
        </PaneSection>
      )}
      {question.context === null ? null : (
        <PaneSection
          title="Context"
          actions={<CopyButton value={question.context} label="Copy the context" />}
        >
          <p className={classes['text']}>{question.context}</p>
        </PaneSection>
      )}
      <PaneSection title="Record">
        <Facts
          facts={[
            { name: 'Id', value: question.externalId ?? '–' },
            { name: 'SHA-256', value: <code>{row.rowSha256.slice(0, 16)}…</code> },
            { name: 'Occurrence', value: formatCount(row.occurrence) },
            ...metadata,
          ]}
        />
      </PaneSection>
    </Pane>
  );
}
