import { Select } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import type { DatasetInfo } from '../../../src-main/domain/dataset.ts';
import { formatPlural } from '../../lib/format.ts';
import { runsQuery } from '../../queries/runs.ts';
import { asGenerator, type AnswerSource, type Draft } from './draft.ts';
import classes from './Launch.module.css';

export interface SourceFieldsProps {
  readonly draft: Draft;
  readonly datasets: readonly DatasetInfo[];
  readonly onChange: (part: Partial<Draft>) => void;
}

/** Which questions, and where their answers come from: a model, another run, or the file. */
export function SourceFields({ draft, datasets, onChange }: SourceFieldsProps) {
  const { experiment, source } = draft;
  const runs = useQuery(runsQuery()).data ?? [];
  const dataset = datasets.find(({ name }) => name === experiment.dataset) ?? null;
  const ofDataset = runs.filter(({ datasetId, answered }) => datasetId === dataset?.id && answered > 0);
  const sources = [
    { value: 'generate', label: 'A model answers now' },
    ...(dataset === null || dataset.systems.length === 0
      ? []
      : [
          { value: 'imported', label: 'Judge the answers in the file: all systems' },
          ...dataset.systems.map((system) => ({
            value: `imported:${system}`,
            label: `Judge the answers in the file: ${system}`,
          })),
        ]),
    ...ofDataset.map(({ id, name, answered }) => ({
      value: `run:${id}`,
      label: `Judge the ${formatPlural(answered, 'answer')} of run ${id} · ${name}`,
    })),
  ];
  const value = sourceValue(source);
  const options = sources.some((option) => option.value === value)
    ? sources
    : [
        ...sources,
        { value, label: source.kind === 'run' ? `Judge the answers of run ${source.runId}` : value },
      ];
  const pickSource = (text: string): void => {
    const next = parseSource(text);
    const generator =
      next.kind === 'generate' ? (experiment.generator ?? asGenerator(experiment.judges[0])) : null;
    onChange({ source: next, experiment: { ...experiment, generator } });
  };
  return (
    <>
      <Select
        label="Dataset"
        data={datasetOptions(datasets, experiment.dataset)}
        value={experiment.dataset === '' ? null : experiment.dataset}
        onChange={(name) => {
          if (name === null) return;
          const rows = datasets.find((candidate) => candidate.name === name)?.rows ?? 0;
          const { limit } = experiment;
          const fits = limit === null || limit < rows;
          const next = { ...experiment, dataset: name, limit: fits ? limit : null };
          // Another dataset has other runs and systems: only "a model answers" holds for all.
          const keep = source.kind === 'generate';
          onChange({
            experiment: keep
              ? next
              : {
                  ...next,
                  generator: experiment.generator ?? asGenerator(experiment.judges[0]),
                },
            source: keep ? source : { kind: 'generate' },
          });
        }}
        allowDeselect={false}
        searchable
        placeholder="Choose a dataset"
      />
      {options.length < 2 && source.kind === 'generate' ? null : (
        <Select
          label="Whose answers"
          data={options}
          value={value}
          onChange={(text) => {
            if (text !== null) pickSource(text);
          }}
          allowDeselect={false}
        />
      )}
      {dataset === null ? null : (
        <p className={classes['hint']}>
          {formatPlural(dataset.rows, 'question')}
          {dataset.withoutGold > 0 ? `, ${dataset.withoutGold} without gold answer` : ''}
        </p>
      )}
    </>
  );
}

function datasetOptions(datasets: readonly DatasetInfo[], chosen: string) {
  const options = datasets.map(({ name }) => ({ value: name, label: name }));
  const unique = options.filter(
    ({ value }, at) => options.findIndex((other) => other.value === value) === at,
  );
  return chosen === '' || unique.some(({ value }) => value === chosen)
    ? unique
    : [{ value: chosen, label: chosen }, ...unique];
}

function sourceValue(source: AnswerSource): string {
  if (source.kind === 'run') return `run:${source.runId}`;
  if (source.kind === 'imported') return source.system === null ? 'imported' : `imported:${source.system}`;
  return 'generate';
}

function parseSource(text: string): AnswerSource {
  if (text === 'imported') return { kind: 'imported', system: null };
  if (text.startsWith('imported:')) return { kind: 'imported', system: text.slice('imported:'.length) };
  if (text.startsWith('run:')) return { kind: 'run', runId: Number(text.slice('run:'.length)) };
  return { kind: 'generate' };
}
