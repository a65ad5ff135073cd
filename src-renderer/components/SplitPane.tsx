import type { ReactNode } from 'react';
import { Group, Panel, Separator, useDefaultLayout } from 'react-resizable-panels';
import classes from './SplitPane.module.css';

export interface SplitPaneProps {
  /** Names the split in the browser's storage, where its sizes are remembered. */
  readonly id: string;
  readonly main: ReactNode;
  /** Null: the main part has the whole width. */
  readonly side: ReactNode | null;
  /** What the handle moves: "Resize the detail pane". */
  readonly handleLabel: string;
}

/** A table with a pane at its right that can be sized; the table is never unmounted when the pane opens or closes. */
export function SplitPane({ id, main, side, handleLabel }: SplitPaneProps) {
  const panelIds = side === null ? ['main'] : ['main', 'side'];
  const { defaultLayout, onLayoutChanged } = useDefaultLayout({ id: `assize.${id}`, panelIds });
  return (
    <Group
      orientation="horizontal"
      className={classes['root']}
      defaultLayout={defaultLayout}
      onLayoutChanged={onLayoutChanged}
    >
      <Panel id="main" minSize="30%" className={side === null ? classes['panel'] : classes['beside']}>
        {main}
      </Panel>
      {side === null ? null : (
        <>
          <Separator className={classes['handle']} aria-label={handleLabel} />
          <Panel id="side" minSize={300} defaultSize="40%" className={classes['panel']}>
            {side}
          </Panel>
        </>
      )}
    </Group>
  );
}
