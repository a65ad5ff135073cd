import { Button, NumberInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import type { DatasetInfo } from '../../../src-main/domain/dataset.ts';
import type { Experiment } from '../../../src-main/domain/experiment.ts';
import { runsQuery } from '../../queries/runs.ts';
import type { Draft } from './draft.ts';

interface LimitFieldProps {
  readonly draft: Draft;
  readonly datasets: readonly DatasetInfo[];
  readonly onChange: (part: Partial<Experiment>) => void;
}

/** How many questions are asked, or answers judged: always a number that can be read. An empty field is none, and not all. */
export function LimitField({ draft: { experiment, source }, datasets, onChange }: LimitFieldProps) {
  const { limit, dataset } = experiment;
  const runs = useQuery({ ...runsQuery(), enabled: source.kind === 'run' }).data;
  // How many answers came with a file is not known here.
  const all =
    source.kind === 'generate'
      ? datasets.find(({ name }) => name === dataset)?.rows
      : source.kind === 'run'
        ? runs?.find(({ id }) => id === source.runId)?.answered
        : undefined;
  const what = source.kind === 'generate' ? 'Questions' : 'Answers';
  return (
    <NumberInput
      label={what}
      min={1}
      {...(all === undefined ? {} : { max: all })}
      allowDecimal={false}
      allowNegative={false}
      thousandSeparator=","
      hideControls
      placeholder={limit === null ? 'all' : ''}
      value={(limit === null ? all : limit) || ''}
      onChange={(value) => onChange({ limit: typeof value === 'number' ? value : 0 })}
      rightSectionWidth={48}
      rightSection={
        limit === null ? null : (
          <Button
            variant="subtle"
            size="compact-xs"
            aria-label={`All ${what.toLowerCase()}`}
            onClick={() => onChange({ limit: null })}
          >
            all
          </Button>
        )
      }
    />
  );
}
