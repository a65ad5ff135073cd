import type { ReactNode } from 'react';
import classes from './EmptyState.module.css';

export interface EmptyStateProps {
  readonly title: string;
  /** What was looked for, and where. */
  readonly children?: ReactNode;
  /** The buttons that end the emptiness. */
  readonly actions?: ReactNode;
}

/** Nothing here yet, and what to do about it. */
export function EmptyState({ title, children, actions }: EmptyStateProps) {
  return (
    <section className={classes['root']} aria-label={title}>
      <h2 className={classes['title']}>{title}</h2>
      {children === undefined ? null : <div className={classes['body']}>{children}</div>}
      {actions === undefined ? null : <div className={classes['actions']}>{actions}</div>}
    </section>
  );
}
