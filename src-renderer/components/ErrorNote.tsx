import { Button } from '@mantine/core';
import { CircleAlert, Info, TriangleAlert } from 'lucide-react';
import type { ReactNode } from 'react';
import { errorSentence } from '../lib/error-sentence.ts';
import classes from './ErrorNote.module.css';

export interface NoteProps {
  readonly tone: 'info' | 'warning' | 'error';
  readonly children: ReactNode;
  /** Buttons at the right. */
  readonly actions?: ReactNode;
}

const ICONS = { info: Info, warning: TriangleAlert, error: CircleAlert };

/** A sentence that stays until it is read. Errors are announced. */
export function Note({ tone, children, actions }: NoteProps) {
  const Icon = ICONS[tone];
  return (
    <div className={classes['root']} data-tone={tone} role={tone === 'error' ? 'alert' : 'status'}>
      <Icon size={15} aria-hidden className={classes['icon']} />
      <div className={classes['text']}>{children}</div>
      {actions === undefined ? null : <div className={classes['actions']}>{actions}</div>}
    </div>
  );
}

export interface ErrorNoteProps {
  readonly error: unknown;
  /** What was being done: "The dataset was not imported." */
  readonly what?: string;
  readonly onRetry?: () => void;
  readonly onDismiss?: () => void;
}

/** A failure: what happened, what to do, and the id of the log line when nobody foresaw it. */
export function ErrorNote({ error, what, onRetry, onDismiss }: ErrorNoteProps) {
  const { text, fixes, correlationId } = errorSentence(error);
  const actions = (
    <>
      {onRetry === undefined ? null : (
        <Button variant="default" onClick={onRetry}>
          Try again
        </Button>
      )}
      {onDismiss === undefined ? null : (
        <Button variant="subtle" color="gray" onClick={onDismiss}>
          Dismiss
        </Button>
      )}
    </>
  );
  return (
    <Note tone="error" actions={(onRetry ?? onDismiss) ? actions : undefined}>
      {what === undefined ? null : <strong>{what} </strong>}
      {text}
      {fixes.length === 0 ? null : (
        <ul className={classes['fixes']}>
          {fixes.map((fix) => (
            <li key={fix}>{fix}</li>
          ))}
        </ul>
      )}
      {correlationId === null ? null : <div className="az-dim">Logged as {correlationId}.</div>}
    </Note>
  );
}
