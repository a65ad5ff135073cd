import { NumberInput, SegmentedControl, Select, TextInput } from '@mantine/core';
import type { DatasetInfo } from '../../../../src-main/domain/dataset.ts';
import type { ModelFile } from '../../../../src-main/domain/model.ts';
import type { PreviewChoice } from './preview.ts';
import classes from './Prompts.module.css';

interface PreviewFieldsProps {
  readonly datasets: readonly DatasetInfo[];
  readonly dataset: DatasetInfo | null;
  readonly position: number;
  readonly onRow: (datasetId: number, position: number) => void;
  readonly models: readonly ModelFile[];
  readonly model: ModelFile | null;
  readonly onModel: (modelId: string | null) => void;
  readonly choice: PreviewChoice;
  readonly onChoice: (choice: PreviewChoice) => void;
  /** What is judged while no answer is typed. */
  readonly placeholder: string;
}

/** On which row the prompt is shown, with which answer, read by whom. */
export function PreviewFields(props: PreviewFieldsProps) {
  const { datasets, dataset, position, onRow, models, model, onModel, choice, onChoice, placeholder } = props;
  return (
    <div className={classes['previewFields']}>
      <Select
        label="Dataset"
        data={datasets.map(({ id, name }) => ({ value: String(id), label: name }))}
        value={dataset === null ? null : String(dataset.id)}
        onChange={(id) => {
          if (id !== null) onRow(Number(id), 0);
        }}
        allowDeselect={false}
        disabled={dataset === null}
        placeholder="none yet"
      />
      <NumberInput
        label={dataset === null ? 'Row' : `Row of ${dataset.rows.toLocaleString('en')}`}
        min={1}
        max={dataset?.rows ?? 1}
        allowDecimal={false}
        value={position + 1}
        onChange={(value) => {
          if (dataset !== null && typeof value === 'number' && value >= 1) onRow(dataset.id, value - 1);
        }}
        disabled={dataset === null}
      />
      <Select
        label="Read by"
        data={models.map(({ id, name }) => ({ value: id, label: name }))}
        value={model?.id ?? null}
        onChange={onModel}
        clearable
        searchable
        placeholder="no model"
        nothingFoundMessage="No such model here"
        comboboxProps={{ width: 'max-content', position: 'bottom-start' }}
      />
      <Select
        label="Verdict read from"
        data={[
          { value: 'next-token', label: 'A label alone' },
          { value: 'reason', label: 'Reasons, then verdict' },
        ]}
        value={choice.mode === 'reason' ? 'reason' : 'next-token'}
        onChange={(mode) => onChoice({ ...choice, mode: mode === 'reason' ? 'reason' : 'next-token' })}
        allowDeselect={false}
      />
      <TextInput
        className={classes['answer'] ?? ''}
        label="Answer"
        placeholder={placeholder === '' ? 'type one' : `${placeholder} (the gold answer)`}
        value={choice.answer ?? ''}
        onChange={(event) => {
          const text = event.currentTarget.value;
          onChoice({ ...choice, answer: text === '' ? null : text });
        }}
      />
      <SegmentedControl
        aria-label="Order of the labels"
        data={['AB', 'BA']}
        value={choice.labelOrder}
        onChange={(order) => onChoice({ ...choice, labelOrder: order === 'BA' ? 'BA' : 'AB' })}
      />
    </div>
  );
}
