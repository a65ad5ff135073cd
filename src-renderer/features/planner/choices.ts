import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import type { Machine } from '../../../src-main/domain/hardware.ts';
import type { ModelFile } from '../../../src-main/domain/model.ts';
import { modelsQuery } from '../../queries/models.ts';
import { machineReadQuery, plannerTablesQuery } from '../../queries/planning.ts';
import { plainModelName } from './matrix-rows.ts';

export interface ModelChoices {
  /** Files of this machine by id, then the catalogue's models in the usual quantizations. */
  readonly options: readonly { readonly value: string; readonly label: string }[];
  /** One choice a model: files first, then the catalogue's. */
  readonly models: readonly string[];
  /** What is planned when nothing was chosen; the judge is null until the machine is known that it is to fit. */
  readonly first: { readonly generator: string; readonly judge: string | null } | null;
  label(choice: string): string;
}

const USUAL = ['F16', 'Q8_0', 'Q4_K_M'];
/** Models everybody knows, for a machine that has none yet. */
const KNOWN = { generator: 'Llama-3.2-1B:Q8_0', judge: 'Llama-3-8B:Q8_0' };

/** One file of each model, in the order of the list: its other quantizations are rows of the same model anyway. */
function oneOfEach(files: readonly ModelFile[]): string[] {
  const byName = new Map<string, string>();
  for (const { id, name } of files)
    if (!byName.has(plainModelName(name))) byName.set(plainModelName(name), id);
  return [...byName.values()];
}

/** Of a memory, for the weights: the rest is for cache, buffers and what stays free. */
const WEIGHTS_SHARE = 0.85;

/** The largest file whose weights fit in the cards, or in RAM where there are none; null while the cards are not known. */
function bestJudge(bySize: readonly ModelFile[], machine: Machine | undefined): string | null {
  if (machine === undefined || machine.pending === true) return null;
  const cards = machine.gpus.filter(({ software }) => !software);
  const vram = cards.reduce((sum, { vramFreeBytes }) => sum + (vramFreeBytes ?? 0), 0);
  const memory = vram > 0 ? vram : machine.memory.availableBytes;
  const fits = bySize.filter(({ fileBytes }) => fileBytes < memory * WEIGHTS_SHARE);
  return (fits.at(-1) ?? bySize[0])?.id ?? null;
}

export function useModelChoices(): ModelChoices {
  const list = useQuery(modelsQuery());
  const tables = useQuery(plannerTablesQuery());
  const machine = useQuery(machineReadQuery());
  return useMemo(() => {
    const files = (list.data?.models ?? []).filter(({ problem }) => problem === null);
    const twice = (name: string): boolean => files.filter((file) => file.name === name).length > 1;
    const options = [
      ...files.map(({ id, name, path }) => ({ value: id, label: twice(name) ? path : name })),
      ...(tables.data?.catalogue ?? []).flatMap(({ name }) =>
        USUAL.map((recipe) => ({ value: `${name}:${recipe}`, label: `${name} ${recipe} (not at hand)` })),
      ),
    ];
    const bySize = files.toSorted((a, b) => a.fileBytes - b.fileBytes);
    const [smallest] = bySize;
    const first =
      list.data === undefined
        ? null
        : {
            generator: smallest?.id ?? KNOWN.generator,
            judge: smallest === undefined ? KNOWN.judge : bestJudge(bySize, machine.data),
          };
    const labels = new Map(options.map(({ value, label }) => [value, label]));
    const models = [...oneOfEach(files), ...(tables.data?.catalogue ?? []).map(({ name }) => `${name}:F16`)];
    return { options, models, first, label: (choice: string) => labels.get(choice) ?? choice };
  }, [list.data, tables.data, machine.data]);
}
