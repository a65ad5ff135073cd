import { Menu } from '@mantine/core';
import { ChevronDown, X } from 'lucide-react';
import type { JudgeCounts, RunCounts } from '../../../src-main/domain/run.ts';
import { StateMark, stateWord } from '../../components/StateMark.tsx';
import { formatCount } from '../../lib/format.ts';
import { judgeLabels } from '../../lib/judges.ts';
import { FINISH_REASONS, finishWord } from './finish.ts';
import {
  FILTER_VERDICTS,
  parseVerdictFilter,
  type AnswersSearch,
  type ChangeSearch,
  type FilterVerdict,
} from './search.ts';
import classes from './Answers.module.css';

export interface FilterBarProps {
  readonly counts: RunCounts | null;
  readonly search: AnswersSearch;
  readonly onChange: ChangeSearch;
}

/** Filters as chips: one a judge, disagreement, how the answer ended. Each says what it is set to. */
export function FilterBar({ counts, search, onChange }: FilterBarProps) {
  const judges = counts?.judges ?? [];
  const labels = judgeLabels(judges.map(({ judge }) => judge));
  const set = search.v ?? [];
  const pick = (judgeId: number, verdict: FilterVerdict | null): void => {
    const others = set.filter((text) => parseVerdictFilter(text)?.judgeId !== judgeId);
    const next = verdict === null ? others : [...others, `${judgeId}-${verdict}`];
    onChange({ v: next.length === 0 ? undefined : next });
  };
  const anything = set.length > 0 || search.differ === true || search.finish !== undefined;
  return (
    <div className={classes['chips']} role="group" aria-label="Filters">
      {judges.map((counted) => (
        <JudgeChip
          key={counted.judge.id}
          counted={counted}
          name={labels.get(counted.judge.id)?.short ?? counted.judge.name}
          title={labels.get(counted.judge.id)?.full ?? counted.judge.name}
          verdict={
            set.map(parseVerdictFilter).find((filter) => filter?.judgeId === counted.judge.id)?.verdict ??
            null
          }
          onPick={(verdict) => pick(counted.judge.id, verdict)}
        />
      ))}
      {judges.length > 1 || search.differ === true ? (
        <button
          type="button"
          className={classes['chip']}
          aria-pressed={search.differ === true}
          data-on={search.differ === true}
          onClick={() => onChange({ differ: search.differ === true ? undefined : true })}
        >
          Judges disagree
        </button>
      ) : null}
      <FinishChip value={search.finish ?? null} onPick={(finish) => onChange({ finish })} />
      {anything ? (
        <button
          type="button"
          className={classes['chip']}
          onClick={() => onChange({ v: undefined, differ: undefined, finish: undefined })}
        >
          <X size={12} aria-hidden /> Clear filters
        </button>
      ) : null}
    </div>
  );
}

const COUNT_OF: Readonly<Record<FilterVerdict, (counted: JudgeCounts) => number>> = {
  correct: ({ correct }) => correct,
  incorrect: ({ incorrect }) => incorrect,
  not_attempted: ({ notAttempted }) => notAttempted,
  unparsed: ({ unparsed }) => unparsed,
  error: ({ error }) => error,
  skipped: ({ skipped }) => skipped,
  missing: ({ missing }) => missing,
};

interface JudgeChipProps {
  readonly counted: JudgeCounts;
  readonly name: string;
  readonly title: string;
  readonly verdict: FilterVerdict | null;
  readonly onPick: (verdict: FilterVerdict | null) => void;
}

function JudgeChip({ counted, name, title, verdict, onPick }: JudgeChipProps) {
  const offered = FILTER_VERDICTS.filter((word) => COUNT_OF[word](counted) > 0 || word === verdict);
  return (
    <Menu position="bottom-start">
      <Menu.Target>
        <button type="button" className={classes['chip']} data-on={verdict !== null} title={title}>
          <span className="az-clip">{name}</span>
          {verdict === null ? null : (
            <>
              : <StateMark state={verdict} withWord />
            </>
          )}
          <ChevronDown size={12} aria-hidden />
        </button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item onClick={() => onPick(null)}>Any verdict</Menu.Item>
        {offered.map((word) => (
          <Menu.Item
            key={word}
            onClick={() => onPick(word)}
            aria-label={`${stateWord(word)}, ${COUNT_OF[word](counted)}`}
            rightSection={
              <span className={classes['menuCount']}>{formatCount(COUNT_OF[word](counted))}</span>
            }
          >
            <StateMark state={word} withWord />
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}

function FinishChip({
  value,
  onPick,
}: {
  readonly value: string | null;
  readonly onPick: (reason: string | undefined) => void;
}) {
  return (
    <Menu position="bottom-start">
      <Menu.Target>
        <button type="button" className={classes['chip']} data-on={value !== null}>
          Ended{value === null ? '' : `: ${finishWord(value).word}`}
          <ChevronDown size={12} aria-hidden />
        </button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item onClick={() => onPick(undefined)}>In any way</Menu.Item>
        {FINISH_REASONS.map((reason) => (
          <Menu.Item
            key={reason}
            onClick={() => onPick(reason)}
            rightSection={<span className={classes['menuCount']}>{finishWord(reason).word}</span>}
          >
            {finishWord(reason).sentence}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}
