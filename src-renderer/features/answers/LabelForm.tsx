import { Button, TextInput } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { Judgment } from '../../../src-main/domain/answer.ts';
import { ErrorNote } from '../../components/ErrorNote.tsx';
import { PaneSection } from '../../components/Pane.tsx';
import { useCommands } from '../../components/commands.ts';
import { labelMutation } from '../../queries/answers.ts';
import { settingsQuery } from '../../queries/settings.ts';
import classes from './AnswerPane.module.css';

const CHOICES = [
  { verdict: 'correct', mark: '✓', word: 'Correct', key: '1', color: 'green' },
  { verdict: 'incorrect', mark: '✗', word: 'Incorrect', key: '2', color: 'red' },
  { verdict: 'not_attempted', mark: '–', word: 'Not attempted', key: '3', color: 'gray' },
] as const;

/** A person's verdict. Each press adds a judgment; the last one counts and the others stay in the history. */
export function LabelForm({
  answerId,
  judgments,
}: {
  readonly answerId: number;
  readonly judgments: readonly Judgment[];
}) {
  const [note, setNote] = useState('');
  const label = useMutation(labelMutation());
  const author = useQuery(settingsQuery()).data?.author ?? null;
  const mine = judgments
    .filter(({ judge }) => judge.kind === 'human' && judge.name === author)
    .toSorted((a, b) => b.at - a.at || b.id - a.id)
    .at(0);
  const say = (verdict: (typeof CHOICES)[number]['verdict']): void => {
    if (label.isPending) return;
    label.mutate(
      { answerId, verdict, note: note.trim() === '' ? null : note.trim() },
      { onSuccess: () => setNote('') },
    );
  };
  useCommands(
    CHOICES.map(({ verdict, word, key }) => ({
      id: `label.${verdict}`,
      group: 'Answer',
      label: `My verdict: ${word.toLowerCase()}`,
      keys: [key],
      run: () => say(verdict),
    })),
  );
  return (
    <PaneSection
      title="Your verdict"
      note={author === null ? undefined : `as “${author}”, kept with the answer`}
    >
      <div className={classes['label']}>
        {CHOICES.map(({ verdict, mark, word, key, color }) => (
          <Button
            key={verdict}
            variant={mine?.verdict === verdict ? 'light' : 'default'}
            color={color}
            aria-pressed={mine?.verdict === verdict}
            disabled={label.isPending}
            onClick={() => say(verdict)}
            title={`Key ${key}`}
          >
            <span aria-hidden>{mark}&nbsp;</span>
            {word}
          </Button>
        ))}
        <TextInput
          className={classes['note'] ?? ''}
          value={note}
          onChange={(event) => setNote(event.currentTarget.value)}
          onKeyDown={(event) => {
            if (event.key !== 'Escape') return;
            // Leaves the field; a second Escape closes the answer.
            event.stopPropagation();
            event.currentTarget.blur();
          }}
          placeholder="Note, goes with the next verdict"
          aria-label="Note"
          maxLength={2000}
        />
      </div>
      {label.isError ? (
        <ErrorNote error={label.error} what="The verdict was not kept." onDismiss={() => label.reset()} />
      ) : null}
    </PaneSection>
  );
}
