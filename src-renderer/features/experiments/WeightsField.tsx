import { SegmentedControl } from '@mantine/core';
import type { JudgeChoice } from '../../../src-main/domain/experiment.ts';
import { Note } from '../../components/ErrorNote.tsx';
import { NumberField } from './NumberField.tsx';
import { MOST_WEIGHT, sharesSentence, weightsProblem } from './panel.ts';
import classes from './Launch.module.css';

interface WeightsFieldProps {
  readonly judges: readonly JudgeChoice[];
  /** Null: agreement with people decides. */
  readonly weights: readonly number[] | null;
  readonly onChange: (weights: readonly number[] | null) => void;
}

const SOURCES = [
  { value: 'people', label: 'By agreement with people' },
  { value: 'typed', label: 'Typed' },
];

/** Whose word counts how much in a weighted panel: by κ against people, or as typed. */
export function WeightsField({ judges, weights, onChange }: WeightsFieldProps) {
  const problem = weightsProblem(weights);
  const of = (index: number): number => weights?.[index] ?? 1;
  return (
    <div className={classes['weights']} role="group" aria-label="Weights">
      <SegmentedControl
        aria-label="Where weights come from"
        data={SOURCES}
        value={weights === null ? 'people' : 'typed'}
        onChange={(source) => onChange(source === 'typed' ? judges.map((_, index) => of(index)) : null)}
      />
      {weights === null ? (
        <p className={classes['hint']}>
          Each judge’s weight is its κ against the people who labelled these answers; until somebody has, all
          weigh the same.
        </p>
      ) : (
        <>
          <div className={classes['gridTop']}>
            {judges.map((judge, index) => (
              <NumberField
                // oxlint-disable-next-line react/no-array-index-key -- judges have no id and two may be equal
                key={index}
                label={`Weight of judge ${index + 1}`}
                title={judge.model}
                min={0}
                max={MOST_WEIGHT}
                decimalScale={3}
                value={of(index)}
                onChange={(weight) => onChange(judges.map((_, at) => (at === index ? weight : of(at))))}
              />
            ))}
          </div>
          {problem === null ? (
            <p className={classes['hint']}>{sharesSentence(judges, weights)}</p>
          ) : (
            <Note tone="error">{problem}</Note>
          )}
        </>
      )}
    </div>
  );
}
