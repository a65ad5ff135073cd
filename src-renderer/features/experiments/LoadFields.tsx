import { MultiSelect, NumberInput, Select } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import type { ModelChoice } from '../../../src-main/domain/experiment.ts';
import { Note } from '../../components/ErrorNote.tsx';
import { gpuRef } from '../../lib/gpus.ts';
import { machineReadQuery } from '../../queries/planning.ts';
import { cacheWarning, KV_TYPES, type Load, loadOf, loadSentence } from './load.ts';
import classes from './Launch.module.css';

interface LoadFieldsProps {
  /** Whose: fields of several models are told apart by it. */
  readonly label: string;
  readonly value: ModelChoice;
  readonly onChange: (load: Partial<Load>) => void;
}

const KV_LABELS = {
  f16: 'f16 (usual)',
  q8_0: 'q8_0 (experimental)',
  q4_0: 'q4_0 (experimental)',
} as const;

const numberOr = (value: number | string): number | 'auto' =>
  typeof value === 'number' && Number.isInteger(value) && value > 0 ? value : 'auto';

/** How a model of this machine is loaded, folded while it is as usual; a quantized cache says what it risks. */
export function LoadFields({ label, value, onChange }: LoadFieldsProps) {
  const load = loadOf(value);
  const warning = cacheWarning(load.kvType);
  return (
    <>
      <details className={classes['more']}>
        <summary>Loading: {loadSentence(load)}</summary>
        <div className={classes['loadGrid']}>
          <Select
            label="KV cache"
            aria-label={`KV cache of ${label}`}
            data={KV_TYPES.map((type) => ({ value: type, label: KV_LABELS[type] }))}
            value={load.kvType}
            onChange={(next) => {
              const kvType = KV_TYPES.find((type) => type === next);
              if (kvType !== undefined) onChange({ kvType });
            }}
            allowDeselect={false}
            comboboxProps={{ width: 'max-content', position: 'bottom-start' }}
          />
          <NumberInput
            label="Context, tokens"
            aria-label={`Context of ${label}, tokens`}
            placeholder="from the dataset"
            min={1}
            max={10_000_000}
            allowDecimal={false}
            value={load.context === 'auto' ? '' : load.context}
            onChange={(next) => onChange({ context: numberOr(next) })}
          />
          <NumberInput
            label="Sequences"
            aria-label={`Sequences of ${label}`}
            placeholder="as planned"
            min={1}
            max={10_000}
            allowDecimal={false}
            value={load.sequences === 'auto' ? '' : load.sequences}
            onChange={(next) => onChange({ sequences: numberOr(next) })}
          />
          <NumberInput
            label="Layers on the GPU"
            aria-label={`Layers of ${label} on the GPU`}
            placeholder="as many as fit"
            min={0}
            max={10_000}
            allowDecimal={false}
            value={load.gpuLayers === 'auto' ? '' : load.gpuLayers}
            onChange={(next) => onChange({ gpuLayers: next === 0 ? 0 : numberOr(next) })}
          />
          <NumberInput
            label="Prompt tokens read at a time"
            aria-label={`Prompt tokens that ${label} reads at a time`}
            placeholder="512"
            min={1}
            max={65_536}
            allowDecimal={false}
            value={load.batch === 'auto' ? '' : load.batch}
            onChange={(next) => onChange({ batch: numberOr(next) })}
          />
          <CardsField label={label} value={load.devices} onChange={(devices) => onChange({ devices })} />
        </div>
      </details>
      {warning === null ? null : <Note tone="warning">{warning}</Note>}
    </>
  );
}

const CPU = 'the CPU alone';

interface CardsFieldProps {
  readonly label: string;
  readonly value: Load['devices'];
  readonly onChange: (devices: Load['devices']) => void;
}

/** Which cards a model may use, where there is anything to choose. */
function CardsField({ label, value, onChange }: CardsFieldProps) {
  const gpus = useQuery(machineReadQuery()).data?.gpus ?? [];
  if (gpus.length === 0 && value === 'auto') return null;
  return (
    <MultiSelect
      label="Cards"
      aria-label={`Cards of ${label}`}
      placeholder={value === 'auto' ? 'as few as hold it' : ''}
      data={[...gpus.map((gpu) => ({ value: gpuRef(gpu, gpus), label: gpu.name })), CPU]}
      value={value === 'auto' ? [] : value.length === 0 ? [CPU] : [...value]}
      onChange={(next) => {
        if (next.length === 0) onChange('auto');
        else onChange(next.at(-1) === CPU ? [] : next.filter((one) => one !== CPU));
      }}
      comboboxProps={{ width: 'max-content', position: 'bottom-start' }}
    />
  );
}
