import { Button, Kbd, TextInput } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useRef, useState } from 'react';
import type { Label, LabelQueue, LabelTask } from '../../../src-main/domain/analysis/labelling.ts';
import { choiceLetter } from '../../../src-main/domain/prompts/choices.ts';
import { useCommands } from '../../components/commands.ts';
import { ErrorNote } from '../../components/ErrorNote.tsx';
import { stateWord } from '../../components/StateMark.tsx';
import { formatCount } from '../../lib/format.ts';
import { putLabelMutation, undoLabelMutation } from '../../queries/labelling.ts';
import classes from './Labelling.module.css';

const CHOICES: readonly {
  readonly verdict: Label;
  readonly mark: string;
  readonly word: string;
  readonly key: string;
  readonly color: string;
}[] = [
  { verdict: 'correct', mark: '✓', word: 'Correct', key: '1', color: 'green' },
  { verdict: 'incorrect', mark: '✗', word: 'Incorrect', key: '2', color: 'red' },
  { verdict: 'not_attempted', mark: '–', word: 'Not attempted', key: '3', color: 'gray' },
  { verdict: 'skipped', mark: '', word: 'Skip', key: 's', color: 'gray' },
];

/** One answer and the keys that label it. A key pressed while the next answer is not there yet does nothing: nothing unseen is labelled. */
export function LabelTaskView({ queue, task }: { readonly queue: LabelQueue; readonly task: LabelTask }) {
  const { takenBack } = task;
  const [note, setNote] = useState(takenBack?.note ?? '');
  const field = useRef<HTMLInputElement>(null);
  const put = useMutation(putLabelMutation());
  const undo = useMutation(undoLabelMutation());
  const busy = put.isPending || undo.isPending;
  const { queueId } = queue;
  const say = (verdict: Label): void => {
    if (busy) return;
    put.mutate({ queueId, answerId: task.answerId, verdict, note: note.trim() === '' ? null : note.trim() });
  };
  const nothingToUndo = queue.labelled === 0;
  const takeBack = (): void => {
    if (!busy) undo.mutate({ queueId });
  };
  const group = 'Label';
  useCommands([
    ...CHOICES.map(({ verdict, word, key }) => ({
      id: `label.${verdict}`,
      group,
      label: word,
      keys: [key],
      run: () => say(verdict),
    })),
    {
      id: 'label.undo',
      group,
      label: 'Take the last label back',
      keys: ['u'],
      disabled: nothingToUndo,
      run: takeBack,
    },
    { id: 'label.note', group, label: 'Write a note', keys: ['n'], run: () => field.current?.focus() },
  ]);
  return (
    <div className={classes['task']} data-testid="label-task" data-rank={task.rank}>
      <Texts task={task} />
      <div className={classes['keys']} role="group" aria-label="Your verdict">
        {CHOICES.map(({ verdict, mark, word, key, color }) => (
          <Button
            key={verdict}
            variant={verdict === 'skipped' ? 'subtle' : 'default'}
            color={color}
            disabled={busy}
            onClick={() => say(verdict)}
            rightSection={<Kbd size="xs">{key}</Kbd>}
          >
            {mark === '' ? null : <span aria-hidden>{mark}&nbsp;</span>}
            {word}
          </Button>
        ))}
        <Button
          variant="subtle"
          color="gray"
          disabled={busy || nothingToUndo}
          onClick={takeBack}
          rightSection={<Kbd size="xs">u</Kbd>}
        >
          Undo
        </Button>
      </div>
      <TextInput
        ref={field}
        value={note}
        onChange={(event) => setNote(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key !== 'Escape' && event.key !== 'Enter') return;
          // Back to the keys of the verdicts; the note goes with the next one.
          event.preventDefault();
          event.stopPropagation();
          event.currentTarget.blur();
        }}
        label="Note"
        placeholder="n to write one; Enter to go back to the verdicts"
        maxLength={2000}
      />
      {takenBack === null ? null : (
        <p className="az-dim" role="status">
          Taken back; you had said: {stateWord(takenBack.verdict)}.
        </p>
      )}
      {[
        { mutation: put, what: 'The label was not kept.' },
        { mutation: undo, what: 'Nothing was taken back.' },
      ].map(({ mutation, what }) =>
        mutation.isError ? (
          <ErrorNote key={what} error={mutation.error} what={what} onDismiss={() => mutation.reset()} />
        ) : null,
      )}
    </div>
  );
}

function Texts({ task }: { readonly task: LabelTask }) {
  const { context, question, choices, gold, answer, rank } = task;
  return (
    <>
      <p className="az-dim">Answer {formatCount(rank)} of the queue</p>
      {context === null ? null : (
        <section className={classes['part']} aria-label="Context">
          <h2>Context</h2>
          <p className={classes['context']}>{context}</p>
        </section>
      )}
      <section className={classes['part']} aria-label="Question">
        <h2>Question</h2>
        <p className={classes['question']}>{question}</p>
        {choices === null ? null : (
          <ul className={classes['choices']}>
            {choices.map((choice, index) => (
              <li key={choice}>
                {choiceLetter(index)}. {choice}
              </li>
            ))}
          </ul>
        )}
      </section>
      <section className={classes['part']} aria-label="Gold answer">
        <h2>{gold.length > 1 ? 'Gold answer, any of' : 'Gold answer'}</h2>
        <p>{gold.length === 0 ? <span className="az-dim">none</span> : gold.join(' · ')}</p>
      </section>
      <section className={classes['part']} aria-label="Answer" data-answer>
        <h2>Answer</h2>
        <p className={classes['answer']} data-testid="label-answer">
          {answer === '' ? <span className="az-dim">(empty)</span> : answer}
        </p>
      </section>
    </>
  );
}
