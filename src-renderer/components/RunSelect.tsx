import { Select } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { formatDateTime } from '../lib/format.ts';
import { runsQuery } from '../queries/runs.ts';

/** Which run a page is about. */
export function RunSelect({
  runId,
  onChange,
  width = 260,
}: {
  readonly runId: number;
  readonly onChange: (runId: number) => void;
  readonly width?: number;
}) {
  const runs = useQuery(runsQuery()).data ?? [];
  const data = runs.map(({ id, name, createdAt }) => ({
    value: String(id),
    label: `${id} · ${name} · ${formatDateTime(createdAt)}`,
  }));
  const known = runs.some(({ id }) => id === runId);
  return (
    <Select
      aria-label="Run"
      data={known ? data : [{ value: String(runId), label: `Run ${runId}` }, ...data]}
      value={String(runId)}
      onChange={(value) => {
        if (value !== null) onChange(Number(value));
      }}
      allowDeselect={false}
      searchable
      w={width}
      comboboxProps={{ width: 380, position: 'bottom-start' }}
    />
  );
}
