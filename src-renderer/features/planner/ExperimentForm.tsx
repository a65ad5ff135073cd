import { Checkbox, SegmentedControl, Select, Slider } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import type { DatasetInfo } from '../../../src-main/domain/dataset.ts';
import type { Schedule } from '../../../src-main/domain/plan.ts';
import { formatCount } from '../../lib/format.ts';
import { datasetsQuery } from '../../queries/datasets.ts';
import { BoxFields } from './BoxFields.tsx';
import type { ModelChoices } from './choices.ts';
import type { Wanted } from './experiment.ts';
import type { Dragged } from './ExperimentTab.tsx';
import { ModelField, ModelsField } from './ModelField.tsx';
import classes from './Planner.module.css';
import type { PlanPatch, PlanSearch } from './search.ts';
import type { GroundState } from './use-ground.ts';

export interface ExperimentFormProps {
  readonly search: PlanSearch;
  readonly generator: string | null;
  readonly judges: readonly string[];
  readonly choices: ModelChoices;
  readonly wanted: Wanted;
  readonly ground: GroundState;
  /** Ways of loading that this experiment has on this machine; null while that is not known. */
  readonly schedules: readonly Schedule[] | null;
  readonly onDrag: (dragged: Dragged) => void;
  readonly onSet: (part: PlanPatch) => void;
}

/** Models, dataset and machine, and the two sliders. */
export function ExperimentForm(props: ExperimentFormProps) {
  const { search, generator, judges, choices, onSet } = props;
  return (
    <section className={classes['form']} aria-label="What is planned">
      <ModelField
        label="Generator"
        value={generator}
        choices={choices}
        onChange={(choice) =>
          onSet(
            choice === null
              ? { judgeOnly: true, generator: undefined, changes: undefined }
              : { judgeOnly: undefined, generator: choice, changes: undefined },
          )
        }
      />
      <Checkbox
        label="Judge stored answers: no generator"
        checked={search.judgeOnly === true}
        onChange={(event) =>
          onSet({ judgeOnly: event.currentTarget.checked || undefined, changes: undefined })
        }
      />
      <ModelsField
        label="Judges"
        value={judges}
        choices={choices}
        onChange={(judge) => onSet({ judge: judge.length === 0 ? undefined : judge, changes: undefined })}
      />
      <DatasetField {...props} />
      <BoxFields {...props} />
      <Sliders {...props} />
    </section>
  );
}

function DatasetField({ search, ground, onSet }: ExperimentFormProps) {
  const list = useQuery(datasetsQuery()).data;
  const own = search.dataset === undefined ? [] : [search.dataset];
  const names = [...new Set([...own, ...(list ?? []).map(({ name }) => name)])];
  const problem = datasetProblem(search.dataset, list);
  const counted = ground.ground?.parts.flatMap(({ counts }) => counts ?? []) ?? [];
  const described =
    search.dataset === undefined
      ? 'Without a dataset, contexts are 4,096 tokens and there is no time.'
      : ground.counting
        ? 'Counting its prompts…'
        : counted
            .map(
              ({ role, counts, how }) =>
                `${role === 'generate' ? 'questions' : 'verdicts'} ${how === 'tokenizer' ? '' : '≈ '}p50 ${formatCount(counts.p50)}, p99 ${formatCount(counts.p99)}, longest ${formatCount(counts.max)} tokens`,
            )
            .join('; ');
  return (
    <Select
      label="Dataset"
      data={[{ value: '', label: 'none' }, ...names.map((name) => ({ value: name, label: name }))]}
      value={search.dataset ?? ''}
      onChange={(dataset) => onSet({ dataset: dataset === null || dataset === '' ? undefined : dataset })}
      allowDeselect={false}
      searchable
      description={problem === null ? described : undefined}
      error={problem}
      inputWrapperOrder={['label', 'input', 'description', 'error']}
    />
  );
}

/** Why a dataset can be neither counted nor timed. */
function datasetProblem(name: string | undefined, list: readonly DatasetInfo[] | undefined): string | null {
  if (name === undefined || list === undefined) return null;
  const chosen = list.find((dataset) => dataset.name === name);
  if (chosen === undefined) return `There is no dataset “${name}”. Choose one of the list.`;
  return chosen.rows > 0 ? null : 'This dataset has no questions: nothing can be counted or timed.';
}

/** From 256 tokens up, in steps that a hand can hit; 0 leaves it to the dataset. */
const CONTEXTS = [
  0, 256, 512, 768, 1024, 1536, 2048, 3072, 4096, 6144, 8192, 12_288, 16_384, 24_576, 32_768, 49_152, 65_536,
  98_304, 131_072,
];
const SEQUENCES = [0, 1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64];

function Sliders({ wanted, search, schedules, onDrag, onSet }: ExperimentFormProps) {
  const others = (kind: string) => search.changes?.filter((change) => change.kind !== kind);
  return (
    <>
      <StepSlider
        label="Context of a sequence"
        steps={CONTEXTS}
        value={wanted.context}
        say={(tokens) => (tokens === undefined ? 'as the dataset needs' : `${formatCount(tokens)} tokens`)}
        onMove={(context) => onDrag({ context })}
        onEnd={(context) => onSet({ context, changes: others('context') })}
      />
      <StepSlider
        label="Sequences at once"
        steps={SEQUENCES}
        value={wanted.sequences}
        say={(count) => (count === undefined ? 'as many as fit, up to 16' : formatCount(count))}
        onMove={(sequences) => onDrag({ sequences })}
        onEnd={(sequences) => onSet({ sequences, changes: others('sequences') })}
      />
      <div>
        <div className={classes['label']}>Models are loaded</div>
        <SegmentedControl
          fullWidth
          aria-label="Models are loaded"
          data={SCHEDULES.map((schedule) => ({
            ...schedule,
            disabled: schedules !== null && !schedules.includes(schedule.value),
          }))}
          value={wanted.schedule === 'auto' ? 'sequential' : wanted.schedule}
          onChange={(schedule) => onSet({ schedule })}
        />
      </div>
    </>
  );
}

const SCHEDULES = [
  { value: 'sequential', label: 'in turn' },
  { value: 'together', label: 'together' },
  { value: 'split', label: 'on own cards' },
] as const;

interface StepSliderProps {
  readonly label: string;
  /** 0 stands for "chosen". */
  readonly steps: readonly number[];
  readonly value: number | undefined;
  readonly say: (value: number | undefined) => string;
  readonly onMove: (value: number | undefined) => void;
  readonly onEnd: (value: number | undefined) => void;
}

function StepSlider({ label, steps, value, say, onMove, onEnd }: StepSliderProps) {
  const at = steps.findLastIndex((step) => step <= (value ?? 0));
  const valueAt = (index: number): number | undefined => {
    const step = steps[index] ?? 0;
    return step === 0 ? undefined : step;
  };
  return (
    <div>
      <div className={classes['label']}>
        {label}: <strong>{say(value)}</strong>
      </div>
      <Slider
        thumbLabel={label}
        min={0}
        max={steps.length - 1}
        step={1}
        value={Math.max(0, at)}
        label={null}
        thumbProps={{ 'aria-valuetext': say(value) }}
        onChange={(index) => onMove(valueAt(index))}
        onChangeEnd={(index) => onEnd(valueAt(index))}
      />
    </div>
  );
}
