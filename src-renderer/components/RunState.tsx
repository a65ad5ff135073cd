import type { RunStatus } from '../../src-main/domain/run.ts';
import { STATUS_WORDS } from '../lib/runs.ts';
import classes from './RunState.module.css';

/** What became of a run: a mark, a word, a colour. */
export function RunState({ status }: { readonly status: RunStatus }) {
  const { mark, word, tone } = STATUS_WORDS[status];
  return (
    <span className={classes['root']} data-tone={tone}>
      <span aria-hidden>{mark}</span> {word}
    </span>
  );
}
