import type { ReactNode } from 'react';
import classes from './Pane.module.css';

/** What opens at the right of a table: a title that stays, and parts that scroll. */
export function Pane({
  title,
  actions,
  children,
}: {
  readonly title: ReactNode;
  readonly actions?: ReactNode;
  readonly children: ReactNode;
}) {
  return (
    <aside className={classes['root']} aria-label={typeof title === 'string' ? title : 'Details'}>
      <div className={classes['head']}>
        <h2 className={classes['title']}>{title}</h2>
        <div className={classes['actions']}>{actions}</div>
      </div>
      {/* Focusable, so that the keyboard can scroll it. */}
      <div className={classes['body']} tabIndex={0} role="group" aria-label="Details">
        {children}
      </div>
    </aside>
  );
}

export function PaneSection({
  title,
  note,
  actions,
  children,
}: {
  readonly title: string;
  readonly note?: ReactNode;
  readonly actions?: ReactNode;
  readonly children: ReactNode;
}) {
  return (
    <section className={classes['section']} aria-label={title}>
      <div className={classes['sectionHead']}>
        <h3 className={classes['sectionTitle']}>{title}</h3>
        <span className={classes['note']}>{note}</span>
        <span className={classes['actions']}>{actions}</span>
      </div>
      {children}
    </section>
  );
}
