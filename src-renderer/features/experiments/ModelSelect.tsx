import { Select } from '@mantine/core';
import type { ModelFit } from '../../../src-main/domain/fit.ts';
import type { ModelFile } from '../../../src-main/domain/model.ts';
import { FitBadge } from '../../components/FitBadge.tsx';
import { formatBytes } from '../../lib/format.ts';
import { bestFirst, findModel, modelRef } from './draft.ts';
import classes from './Launch.module.css';

export interface ModelSelectProps {
  readonly label: string;
  readonly value: string;
  readonly onChange: (ref: string) => void;
  readonly models: readonly ModelFile[];
  readonly fits: ReadonlyMap<string, ModelFit>;
}

/** A model of this machine, the best that fit first, each with its fit. */
export function ModelSelect({ label, value, onChange, models, fits }: ModelSelectProps) {
  const ranked = bestFirst(models, fits);
  const options = ranked.map((model) => ({ value: modelRef(model, models), label: model.name }));
  const known = findModel(value, models);
  const chosen = known === null ? value : modelRef(known, models);
  const missing = value !== '' && known === null;
  const fit = known === null ? undefined : fits.get(known.id);
  return (
    <Select
      aria-label={label}
      data={missing ? [{ value, label: value }, ...options] : options}
      value={chosen === '' ? null : chosen}
      onChange={(next) => {
        if (next !== null) onChange(next);
      }}
      allowDeselect={false}
      searchable
      placeholder="Choose a model"
      nothingFoundMessage="No such model on this machine"
      error={missing ? 'This model was not found on this machine.' : undefined}
      rightSectionWidth={fit === undefined ? 28 : 72}
      rightSection={
        fit === undefined ? undefined : (
          <span className={classes['fit']}>
            <FitBadge verdict={fit.verdict} />
          </span>
        )
      }
      rightSectionPointerEvents="none"
      comboboxProps={{ width: 'target' }}
      renderOption={({ option }) => (
        <ModelOption model={findModel(option.value, models)} fits={fits} name={option.label} />
      )}
    />
  );
}

function ModelOption({
  model,
  fits,
  name,
}: {
  readonly model: ModelFile | null;
  readonly fits: ReadonlyMap<string, ModelFit>;
  readonly name: string;
}) {
  const fit = model === null ? undefined : fits.get(model.id);
  return (
    <span className={classes['option']}>
      <span className="az-clip">{name}</span>
      <span className={classes['optionFacts']}>
        {model === null ? null : formatBytes(model.fileBytes)}
        {model?.facts?.hasChatTemplate === false ? ' · base' : ''}
      </span>
      {fit === undefined ? null : <FitBadge verdict={fit.verdict} reason={fit.reason} />}
    </span>
  );
}
