import { useQueries, useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import type { ExperimentInput } from '../../../src-main/contract/experiment.ts';
import { ladder, type QuantizedFile } from '../../../src-main/domain/planning/quantization.ts';
import {
  machineReadQuery,
  plannerFilesQuery,
  plannerModelsQuery,
  plannerTablesQuery,
  promptCountsQuery,
} from '../../queries/planning.ts';
import { settingsQuery } from '../../queries/settings.ts';
import type { PlannerTables } from '../../../src-main/contract/planning.ts';
import type { Settings } from '../../../src-main/domain/settings.ts';
import type { Ground, Part } from './experiment.ts';

export interface Chosen {
  readonly generator: string | null;
  readonly judges: readonly string[];
  readonly dataset: string | undefined;
  /** Undefined for this machine. */
  readonly box: string | undefined;
}

export interface GroundState {
  /** Null until all is there. */
  readonly ground: Ground | null;
  /** What is there before all of it is. */
  readonly parts: readonly Part[];
  readonly tables: PlannerTables | undefined;
  readonly settings: Settings | undefined;
  /** Sentences on models that cannot be planned. */
  readonly problems: readonly string[];
  readonly error: unknown;
  /** Prompts are being counted. */
  readonly counting: boolean;
  readonly countError: unknown;
  retry(): void;
}

/** Fetches what a plan is made from: headers, tables, the machine, token counts, other files of the same models. */
export function useGround({ generator, judges, dataset, box }: Chosen): GroundState {
  const choices = useMemo(
    () => [...new Set([...(generator === null ? [] : [generator]), ...judges])],
    [generator, judges],
  );
  const tables = useQuery(plannerTablesQuery());
  const machine = useQuery(machineReadQuery());
  const settings = useQuery(settingsQuery());
  // A plan of this machine before its cards are known would be one for another machine.
  const waiting = box === undefined && machine.data?.pending === true;
  const models = useQuery(plannerModelsQuery(choices));
  const found = useMemo(
    () => new Map(models.data?.flatMap(({ choice, model }) => (model === null ? [] : [[choice, model]]))),
    [models.data],
  );
  const sound = choices.length > 0 && choices.every((choice) => found.has(choice));
  const experiment: ExperimentInput | null =
    dataset === undefined || !sound ? null : { dataset, generator, judges: [...judges] };
  const counts = useQuery(promptCountsQuery(experiment));
  const files = useQueries({
    queries: choices.map((choice) => ({ ...plannerFilesQuery(choice), enabled: found.has(choice) })),
    combine: (results) => results.map(({ data }) => data),
  });
  const parts = useMemo((): Part[] => {
    const slots = [...(generator === null ? [] : [generator]), ...judges];
    return slots.flatMap((choice, i) => {
      const model = found.get(choice);
      const slot = generator !== null && i === 0 ? 'generator' : `judge-${i}`;
      return model === undefined ? [] : [{ slot, model, counts: counts.data?.[i] ?? null }];
    });
  }, [generator, judges, found, counts.data]);
  const ladders = useMemo(
    () =>
      new Map(
        parts.map(({ slot, model }): [string, readonly QuantizedFile[]] => {
          const others = files[choices.indexOf(model.choice)] ?? [model];
          return [
            slot,
            ladder(
              others.map((file) => ({
                recipe: file.recipe,
                modelId: slot,
                modelName: file.name,
                // The file that is planned has to be found among the others by its header.
                header: file.recipe === model.recipe ? model.header : file.header,
                atHand: file.source === 'disk',
              })),
            ),
          ];
        }),
      ),
    [parts, files, choices],
  );
  const ground = useMemo(
    (): Ground | null =>
      tables.data === undefined ||
      machine.data === undefined ||
      settings.data === undefined ||
      !sound ||
      waiting
        ? null
        : {
            tables: tables.data,
            machine: machine.data,
            settings: settings.data,
            parts,
            files: (slot) => ladders.get(slot) ?? [],
          },
    [tables.data, machine.data, settings.data, parts, ladders, sound, waiting],
  );
  return {
    ground,
    parts,
    tables: tables.data,
    settings: settings.data,
    problems: models.data?.flatMap(({ problem }) => problem ?? []) ?? [],
    error: tables.error ?? machine.error ?? settings.error ?? models.error,
    counting: counts.isFetching,
    countError: counts.error,
    retry: () => {
      void tables.refetch();
      void machine.refetch();
      void models.refetch();
    },
  };
}
