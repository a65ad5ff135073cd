import type { ReactNode } from 'react';
import classes from './TabRow.module.css';

/** Pages that belong together, as one row of links under the head. */
export function TabRow({ label, children }: { readonly label: string; readonly children: ReactNode }) {
  return (
    <nav className={classes['root']} aria-label={label}>
      {children}
    </nav>
  );
}

/** What makes a link one of the row: marked where its page is shown, whatever the page's search says. */
export const TAB = {
  className: classes['tab'],
  activeOptions: { exact: true, includeSearch: false },
  activeProps: { 'data-active': true, 'aria-current': 'page' },
} as const;
