import { MultiSelect, SegmentedControl, Select, TextInput } from '@mantine/core';
import type { ColumnMapping } from '../../../src-main/domain/dataset.ts';
import type { FilePreview } from '../../../src-main/domain/import.ts';
import classes from './ImportForm.module.css';

interface MappingEditorProps {
  readonly mapping: ColumnMapping;
  readonly columns: FilePreview['columns'];
  readonly onMapping: (mapping: ColumnMapping) => void;
}

type SingleField = 'question' | 'context' | 'id';
type SeveralField = 'gold' | 'choices';

const SINGLE: readonly { field: SingleField; label: string; hint: string }[] = [
  { field: 'question', label: 'Question', hint: 'needed' },
  { field: 'context', label: 'Context', hint: 'none' },
  { field: 'id', label: 'Id', hint: 'none' },
];

/** Several columns stand in one entry with | between them. */
const split = (spec: string | null): string[] => (spec === null ? [] : spec.split('|'));
const join = (names: readonly string[]): string | null => (names.length === 0 ? null : names.join('|'));

/** Which column feeds which field, and how gold answers are read. */
export function MappingEditor({ mapping, columns, onMapping }: MappingEditorProps) {
  // A mapping can reach into nested records by a dotted path that is no column of the list.
  const names = columns.map(({ name }) => name);
  const options = (used: readonly string[]): string[] => [...new Set([...names, ...used])];
  const exampleOf = (spec: string | null): string => {
    const [first] = split(spec);
    return columns.find(({ name }) => name === first)?.examples[0] ?? '';
  };
  const several = (field: SeveralField, label: string) => (
    <MultiSelect
      label={label}
      description={exampleOf(mapping[field]) || 'none'}
      data={options(split(mapping[field]))}
      value={split(mapping[field])}
      onChange={(value) => onMapping({ ...mapping, [field]: join(value) })}
      searchable
      clearable
      classNames={{ description: classes['example'] ?? '' }}
    />
  );
  return (
    <div className={classes['mapping']}>
      {SINGLE.map(({ field, label, hint }) => (
        <Select
          key={field}
          label={label}
          description={exampleOf(mapping[field]) || hint}
          data={options(split(mapping[field]))}
          value={mapping[field]}
          onChange={(value) => onMapping({ ...mapping, [field]: value })}
          searchable
          clearable
          error={field === 'question' && mapping.question === null ? 'Choose a column' : undefined}
          classNames={{ description: classes['example'] ?? '' }}
        />
      ))}
      {several('gold', 'Gold answers')}
      {several('choices', 'Choices')}
      <GoldReading mapping={mapping} onMapping={onMapping} />
    </div>
  );
}

/** What is done to a gold answer's text before it is compared. */
function GoldReading({ mapping, onMapping }: Omit<MappingEditorProps, 'columns'>) {
  return (
    <>
      <div>
        <div className={classes['label']} id="gold-form">
          Read a gold answer
        </div>
        <SegmentedControl
          aria-labelledby="gold-form"
          value={mapping.goldForm}
          onChange={(goldForm) => onMapping({ ...mapping, goldForm })}
          data={[
            { value: 'text', label: 'as written' },
            { value: 'after-hashes', label: 'after ####' },
            { value: 'number', label: 'as a number' },
          ]}
        />
      </div>
      <TextInput
        label="Split a gold answer at"
        description={'"/" or ";" makes several answers of one'}
        value={mapping.goldSeparator ?? ''}
        maxLength={8}
        placeholder="not split"
        onChange={(event) => {
          const { value } = event.currentTarget;
          onMapping({ ...mapping, goldSeparator: value === '' ? null : value });
        }}
        classNames={{ description: classes['example'] ?? '' }}
      />
    </>
  );
}
