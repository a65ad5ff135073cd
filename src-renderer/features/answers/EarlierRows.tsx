import { Button } from '@mantine/core';
import { formatCount } from '../../lib/format.ts';
import classes from './Answers.module.css';

/** Over a table that begins in the middle of a run: where it begins, and the short way to the first. */
export function EarlierRows({ before, onStart }: { readonly before: number; readonly onStart: () => void }) {
  return (
    <div className={classes['earlier']}>
      <span>From answer {formatCount(before + 1)} on.</span>
      <Button variant="default" size="compact-xs" onClick={onStart}>
        From the first
      </Button>
    </div>
  );
}
