import { SegmentedControl } from '@mantine/core';
import type { ReactNode } from 'react';
import type { ModelChoice } from '../../../src-main/domain/experiment.ts';
import type { ModelFit } from '../../../src-main/domain/fit.ts';
import type { ModelFile } from '../../../src-main/domain/model.ts';
import { LoadFields } from './LoadFields.tsx';
import { ServerFields } from './ServerFields.tsx';
import { bestFirst, modelRef, NEW_API } from './draft.ts';
import type { Load } from './load.ts';
import { ModelSelect } from './ModelSelect.tsx';
import classes from './Launch.module.css';

/** The part of a choice that says which model it is. */
export type WhichModel = Pick<ModelChoice, 'model' | 'api'>;

export interface ParticipantFieldProps {
  readonly label: string;
  readonly value: ModelChoice;
  /** `api` left out: a model of this machine. */
  readonly onChange: (which: WhichModel) => void;
  readonly onLoad: (load: Partial<Load>) => void;
  readonly models: readonly ModelFile[];
  readonly fits: ReadonlyMap<string, ModelFit>;
  /** At the end of the head: what takes it away. */
  readonly action?: ReactNode;
}

const PLACES = [
  { value: 'here', label: 'On this machine' },
  { value: 'server', label: 'Behind a server' },
];

/** A generator or a judge: a model file of this machine, or a model behind an OpenAI-compatible server. */
export function ParticipantField(props: ParticipantFieldProps) {
  const { label, value, onChange, onLoad, models, fits, action } = props;
  const { api } = value;
  const move = (place: string): void => {
    if (place === 'server') onChange({ model: NEW_API.model, api: NEW_API });
    else {
      const [best] = bestFirst(models, fits);
      onChange({ model: best === undefined ? '' : modelRef(best, models) });
    }
  };
  return (
    <div className={classes['participant']} role="group" aria-label={label}>
      <div className={classes['participantHead']}>
        <span className={classes['label']}>{label}</span>
        <span className={classes['participantActions']}>
          <SegmentedControl
            aria-label={`Where ${label} is`}
            data={PLACES}
            value={api === undefined ? 'here' : 'server'}
            onChange={move}
          />
          {action}
        </span>
      </div>
      {api === undefined ? (
        <>
          <ModelSelect
            label={label}
            value={value.model}
            onChange={(model) => onChange({ model })}
            models={models}
            fits={fits}
          />
          <LoadFields label={label} value={value} onChange={onLoad} />
        </>
      ) : (
        <ServerFields api={api} onChange={(next) => onChange({ model: next.model, api: next })} />
      )}
    </div>
  );
}
