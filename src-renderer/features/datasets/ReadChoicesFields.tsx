import { Checkbox, Select } from '@mantine/core';
import classes from './ImportForm.module.css';

/** What lm-eval's files leave open: each question is there once a filter. */
export interface ReadChoices {
  readonly filter?: string;
  readonly filteredAnswers?: boolean;
}

interface ReadChoicesFieldsProps {
  readonly filters: readonly string[];
  readonly choices: ReadChoices;
  readonly onChoices: (choices: ReadChoices) => void;
}

/** Whose rows are read, and whether the answer is the whole response or what the filter took out of it. */
export function ReadChoicesFields({ filters, choices, onChoices }: ReadChoicesFieldsProps) {
  if (filters.length === 0) return null;
  return (
    <>
      {filters.length > 1 ? (
        <Select
          label="Filter"
          data={[...filters]}
          value={choices.filter ?? filters[0] ?? null}
          onChange={(filter) => onChoices(filter === null ? {} : { ...choices, filter })}
          allowDeselect={false}
          w={180}
        />
      ) : null}
      <Checkbox
        className={classes['beside'] ?? ''}
        label="Answers as the filter extracted them"
        checked={choices.filteredAnswers ?? false}
        onChange={(event) => onChoices({ ...choices, filteredAnswers: event.currentTarget.checked })}
      />
    </>
  );
}
