import type { ReactNode } from 'react';
import classes from './PageHead.module.css';

export interface PageHeadProps {
  readonly title: ReactNode;
  /** One line of facts beside the title. */
  readonly facts?: ReactNode;
  readonly actions?: ReactNode;
  /** A second line: filters, tabs. */
  readonly children?: ReactNode;
}

/** The head of a page: one line, at most two, so that the frame never takes more than 150 px. */
export function PageHead({ title, facts, actions, children }: PageHeadProps) {
  return (
    <header className={classes['root']}>
      <div className={classes['line']}>
        <h1 className={classes['title']}>{title}</h1>
        <div className={classes['facts']}>{facts}</div>
        <div className={classes['actions']}>{actions}</div>
      </div>
      {children === undefined ? null : <div className={classes['second']}>{children}</div>}
    </header>
  );
}

/** Head above, the rest scrolls. `flush` for a table or a split pane that does its own scrolling. */
export function Page({
  head,
  children,
  flush = false,
}: {
  readonly head: ReactNode;
  readonly children: ReactNode;
  readonly flush?: boolean;
}) {
  return (
    <div className={classes['page']}>
      {head}
      <div className={flush ? classes['flush'] : classes['body']}>{children}</div>
    </div>
  );
}

/** A titled part of a page. */
export function Section({
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
        <h2 className={classes['sectionTitle']}>{title}</h2>
        {note === undefined ? null : <span className={classes['sectionNote']}>{note}</span>}
        <span className={classes['actions']}>{actions}</span>
      </div>
      {children}
    </section>
  );
}
