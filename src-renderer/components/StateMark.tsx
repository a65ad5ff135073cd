import { Tooltip } from '@mantine/core';
import type { Verdict } from '../../src-main/domain/verdict.ts';
import classes from './StateMark.module.css';

export type MarkState = Verdict | 'missing' | 'waiting';

const MARKS: Readonly<Record<MarkState, { mark: string; word: string; tone: string }>> = {
  correct: { mark: '✓', word: 'correct', tone: 'yes' },
  incorrect: { mark: '✗', word: 'incorrect', tone: 'no' },
  unparsed: { mark: '?', word: 'unparsed', tone: 'tight' },
  not_attempted: { mark: '–', word: 'not attempted', tone: 'unknown' },
  error: { mark: '!', word: 'error', tone: 'no' },
  skipped: { mark: '–', word: 'skipped', tone: 'unknown' },
  missing: { mark: '·', word: 'not judged', tone: 'unknown' },
  waiting: { mark: '·', word: 'waiting', tone: 'unknown' },
};

export function stateWord(state: MarkState): string {
  return MARKS[state].word;
}

export interface StateMarkProps {
  readonly state: MarkState;
  /** Writes the word beside the mark. */
  readonly withWord?: boolean;
  /** P(correct) from 0 to 1: drawn as a small bar under the mark's right. */
  readonly pCorrect?: number | null;
  /** What the tooltip adds to the word. */
  readonly detail?: string;
}

/** A verdict as shape and colour; its word is always there for those who hear the page. */
export function StateMark({ state, withWord = false, pCorrect = null, detail }: StateMarkProps) {
  const { mark, word, tone } = MARKS[state];
  const spoken = detail === undefined ? word : `${word}, ${detail}`;
  const body = (
    <span className={classes['root']} data-tone={tone} data-state={state}>
      <span
        className={classes['mark']}
        aria-hidden={withWord}
        role={withWord ? undefined : 'img'}
        aria-label={withWord ? undefined : spoken}
      >
        {mark}
      </span>
      {withWord ? <span>{word}</span> : null}
      {pCorrect === null ? null : (
        <span className={classes['track']} aria-hidden>
          <span className={classes['fill']} style={{ inlineSize: `${Math.round(pCorrect * 100)}%` }} />
        </span>
      )}
    </span>
  );
  return detail === undefined && withWord ? body : <Tooltip label={spoken}>{body}</Tooltip>;
}
