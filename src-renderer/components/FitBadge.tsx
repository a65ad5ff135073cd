import { Tooltip } from '@mantine/core';
import type { FitVerdict } from '../../src-main/domain/plan.ts';
import classes from './FitBadge.module.css';

const WORDS: Readonly<Record<FitVerdict, { mark: string; word: string }>> = {
  yes: { mark: '●', word: 'fits' },
  tight: { mark: '◐', word: 'tight' },
  no: { mark: '○', word: 'no' },
  unknown: { mark: '?', word: 'unknown' },
};

/** Whether a model or a plan fits: a word and a shape, not only a colour. `reason` is the tooltip. */
export function FitBadge({ verdict, reason }: { readonly verdict: FitVerdict; readonly reason?: string }) {
  const { mark, word } = WORDS[verdict];
  const badge = (
    <span className={classes['root']} data-verdict={verdict}>
      <span aria-hidden>{mark}</span> {word}
    </span>
  );
  return reason === undefined ? badge : <Tooltip label={reason}>{badge}</Tooltip>;
}
