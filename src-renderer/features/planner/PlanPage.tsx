import { Select } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useMemo } from 'react';
import type { ModelFit } from '../../../src-main/domain/fit.ts';
import type { ModelFile } from '../../../src-main/domain/model.ts';
import type { PlanDevice } from '../../../src-main/domain/plan.ts';
import { EmptyState } from '../../components/EmptyState.tsx';
import { ErrorNote } from '../../components/ErrorNote.tsx';
import { FitBadge } from '../../components/FitBadge.tsx';
import { MemoryBar, MemoryLegend, planSegments } from '../../components/MemoryBar.tsx';
import { Page, PageHead } from '../../components/PageHead.tsx';
import { AddFolder } from '../../components/AddFolder.tsx';
import { GetDefaultModel } from '../../components/GetDefaultModel.tsx';
import { formatBytes, formatClock, formatCount, formatMib, formatPlural } from '../../lib/format.ts';
import { compact } from '../../lib/search-params.ts';
import { fitQuery, modelsQuery } from '../../queries/models.ts';
import classes from './PlanPage.module.css';

const route = getRouteApi('/plan');

const CONTEXTS = [1024, 2048, 4096, 8192, 16_384, 32_768, 65_536, 131_072];

interface Planned {
  readonly model: ModelFile;
  readonly fit: ModelFit;
}

/** The memory of every usable model on this machine at one context, part by part. */
export function PlanPage() {
  const { context } = route.useSearch();
  const navigate = route.useNavigate();
  const list = useQuery(modelsQuery());
  const fits = useQuery(fitQuery(context ?? null));
  const planned = useMemo(() => pair(list.data?.models ?? [], fits.data), [list.data, fits.data]);
  const at = planned[0]?.fit.at ?? null;
  const head = (
    <PageHead
      title="Plan"
      facts={
        at === null
          ? null
          : `${formatPlural(planned.length, 'model')} against the memory free at ${formatClock(at)}, less the reserve`
      }
      actions={
        <ContextSelect
          context={context}
          onContext={(next) => void navigate({ search: compact({ context: next }), replace: true })}
        />
      }
    />
  );
  const error = list.error ?? fits.error;
  return (
    <Page head={head}>
      {error === null ? null : (
        <ErrorNote
          error={error}
          what="What fits could not be computed."
          onRetry={() => void fits.refetch()}
        />
      )}
      {list.data?.models.length === 0 ? (
        <EmptyState
          title="No model to plan for yet"
          actions={
            <>
              <AddFolder primary />
              <GetDefaultModel />
            </>
          }
        >
          Add a folder with GGUF files, or fetch the small one.
        </EmptyState>
      ) : null}
      {fits.isPending && error === null ? <p className="az-dim">Computing what fits…</p> : null}
      {planned.length === 0 ? null : (
        <>
          <PlanTable planned={planned} />
          <MemoryLegend />
        </>
      )}
    </Page>
  );
}

interface ContextSelectProps {
  readonly context: number | undefined;
  readonly onContext: (context: number | undefined) => void;
}

function ContextSelect({ context, onContext }: ContextSelectProps) {
  const lengths = CONTEXTS.map((tokens) => ({
    value: String(tokens),
    label: `context: ${formatCount(tokens)} tokens`,
  }));
  return (
    <Select
      aria-label="Context per sequence"
      data={[{ value: '', label: 'context: chosen by Assize' }, ...lengths]}
      value={context === undefined ? '' : String(context)}
      allowDeselect={false}
      onChange={(value) => onContext(value === null || value === '' ? undefined : Number(value))}
      w={230}
    />
  );
}

/** Usable models with their fit: what fits first, the larger first among equals. */
function pair(models: readonly ModelFile[], fits: ReadonlyMap<string, ModelFit> | undefined): Planned[] {
  const rank = { yes: 0, tight: 1, no: 2, unknown: 3 };
  return models
    .flatMap((model) => {
      const fit = fits?.get(model.id);
      return fit === undefined || model.problem !== null ? [] : [{ model, fit }];
    })
    .sort((a, b) => rank[a.fit.verdict] - rank[b.fit.verdict] || b.model.fileBytes - a.model.fileBytes);
}

function PlanTable({ planned }: { readonly planned: readonly Planned[] }) {
  return (
    <table className={classes['table']}>
      <thead>
        <tr>
          <th scope="col">Model</th>
          <th scope="col">Fits now</th>
          <th scope="col" className={classes['memory']}>
            Memory by device
          </th>
          <th scope="col" className="az-num" title="Free, less the reserve, less what the model needs">
            Margin, MiB
          </th>
          <th
            scope="col"
            className="az-num"
            title="Layers on the GPU of all layers, the output layer counted"
          >
            GPU layers
          </th>
          <th scope="col" className="az-num" title="Tokens per sequence × sequences at once">
            Context × sequences
          </th>
        </tr>
      </thead>
      <tbody>
        {planned.map(({ model, fit }) => (
          <PlanRow key={model.id} model={model} fit={fit} />
        ))}
      </tbody>
    </table>
  );
}

function PlanRow({ model, fit }: Planned) {
  const { phase } = fit;
  const devices = (phase?.devices ?? []).filter(({ components }) =>
    components.some(({ bytes }) => bytes > 0),
  );
  return (
    <tr>
      <th scope="row" className={classes['model']}>
        <div className="az-clip" title={model.path}>
          {model.name}
        </div>
        <div className={classes['small']}>
          {model.facts?.quantization} · {formatBytes(model.fileBytes)}
        </div>
      </th>
      <td>
        <FitBadge verdict={fit.verdict} reason={fit.reason} />
      </td>
      <td>
        {devices.map((device) => (
          <DeviceLine key={device.deviceId} device={device} />
        ))}
        <div className={classes['small']}>{fit.reason}</div>
      </td>
      <td className="az-num">
        {devices.map(({ deviceId, marginBytes }) => (
          <div key={deviceId} className={classes['margin']} data-no={marginBytes < 0}>
            {formatMib(marginBytes).replace(' MiB', '')}
          </div>
        ))}
      </td>
      <td className="az-num">
        {phase === null ? '–' : `${phase.settings.gpuLayers} / ${phase.totalLayers}`}
      </td>
      <td className="az-num">
        {phase === null
          ? '–'
          : `${formatCount(phase.settings.contextPerSequence)} × ${phase.settings.sequences}`}
      </td>
    </tr>
  );
}

function DeviceLine({ device }: { readonly device: PlanDevice }) {
  return (
    <div className={classes['device']}>
      <span className="az-clip" title={device.name}>
        {device.name}
      </span>
      <MemoryBar label={device.name} segments={planSegments(device)} capacityBytes={device.capacityBytes} />
    </div>
  );
}
