import { Button } from '@mantine/core';
import { formatCount } from '../../lib/format.ts';
import classes from './Answers.module.css';

/** Over a table that begins in the middle of a run: where it begins, and the ways to what is before. */
export function EarlierRows({
  from,
  onEarlier,
  onStart,
}: {
  readonly from: number;
  readonly onEarlier: () => void;
  readonly onStart: () => void;
}) {
  return (
    <div className={classes['earlier']}>
      <span>From answer {formatCount(from + 1)} on.</span>
      <Button variant="default" size="compact-xs" onClick={onEarlier}>
        Earlier ones
      </Button>
      <Button variant="default" size="compact-xs" onClick={onStart}>
        From the first
      </Button>
    </div>
  );
}
