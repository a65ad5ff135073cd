import { useMemo } from 'react';
import type { ModelList } from '../../../src-main/contract/models.ts';
import type { ModelFit } from '../../../src-main/domain/fit.ts';
import type { ModelFile } from '../../../src-main/domain/model.ts';
import type { FitVerdict } from '../../../src-main/domain/plan.ts';
import { EmptyState } from '../../components/EmptyState.tsx';
import { ErrorNote } from '../../components/ErrorNote.tsx';
import { FitBadge } from '../../components/FitBadge.tsx';
import { Quantity } from '../../components/Quantity.tsx';
import { DataTable } from '../../components/data-table/DataTable.tsx';
import type { DataColumn } from '../../components/data-table/columns.ts';
import { formatBytes, formatCount, formatParameters, shortHash } from '../../lib/format.ts';
import { sourceLabel } from '../../lib/kinds.ts';
import classes from './ModelsTable.module.css';

interface Row {
  readonly model: ModelFile;
  readonly fit: ModelFit | null;
}

/** Best first: what fits, then what nearly does, then what does not, then what could not be read. */
const RANK: Readonly<Record<FitVerdict, number>> = { yes: 0, tight: 1, no: 2, unknown: 3 };

const rankOf = ({ model, fit }: Row): number =>
  model.problem !== null ? 4 : fit === null ? 3 : RANK[fit.verdict];

function FitCell({ model, fit }: Row) {
  if (model.problem !== null) return <span className={classes['unusable']}>! unusable</span>;
  if (fit === null) return <span className="az-dim">·</span>;
  return <FitBadge verdict={fit.verdict} reason={fit.reason} />;
}

function layersOf({ fit }: Row): string {
  const phase = fit?.phase ?? null;
  return phase === null ? '–' : `${phase.settings.gpuLayers} / ${phase.totalLayers}`;
}

const COLUMNS: readonly DataColumn<Row>[] = [
  {
    id: 'fit',
    header: 'Fits now',
    help: 'Against the free memory at the time of the reading, less the reserve',
    size: 92,
    hideable: false,
    cell: FitCell,
    sortValue: rankOf,
  },
  {
    id: 'name',
    header: 'Model',
    size: 260,
    minSize: 216,
    grow: 3,
    hideable: false,
    cell: ({ model }) => <span title={model.path}>{model.name}</span>,
    sortValue: ({ model }) => model.name,
  },
  {
    id: 'parameters',
    drop: 6,
    header: 'Parameters',
    size: 88,
    align: 'end',
    cell: ({ model }) => <Quantity value={formatParameters(model.facts?.parameters ?? null)} />,
    sortValue: ({ model }) => model.facts?.parameters ?? null,
  },
  {
    id: 'quantization',
    drop: 3,
    header: 'Quantization',
    size: 98,
    cell: ({ model }) => model.facts?.quantization ?? '–',
    sortValue: ({ model }) => model.facts?.quantization ?? null,
  },
  {
    id: 'size',
    drop: 4,
    header: 'Size on disk',
    size: 90,
    align: 'end',
    cell: ({ model }) => <Quantity value={formatBytes(model.fileBytes)} />,
    sortValue: ({ model }) => model.fileBytes,
  },
  {
    id: 'layers',
    drop: 2,
    header: 'GPU layers',
    help: 'Layers on the GPU of all layers, the output layer counted',
    size: 90,
    align: 'end',
    cell: layersOf,
    sortValue: ({ fit }) => fit?.phase?.settings.gpuLayers ?? null,
  },
  {
    id: 'context',
    drop: 5,
    header: 'Context',
    help: 'The longest context per sequence that fits, tokens',
    size: 76,
    align: 'end',
    cell: ({ fit }) => formatCount(fit?.maxContext ?? null),
    sortValue: ({ fit }) => fit?.maxContext ?? null,
  },
  {
    id: 'trained',
    drop: 11,
    header: 'Trained for',
    help: 'The context that the model was trained for, tokens',
    size: 88,
    align: 'end',
    hidden: true,
    cell: ({ model }) => formatCount(model.facts?.contextTrained ?? null),
    sortValue: ({ model }) => model.facts?.contextTrained ?? null,
  },
  {
    id: 'architecture',
    drop: 12,
    header: 'Architecture',
    size: 100,
    hidden: true,
    cell: ({ model }) => model.facts?.architecture ?? '–',
    sortValue: ({ model }) => model.facts?.architecture ?? null,
  },
  {
    id: 'template',
    drop: 10,
    hidden: true,
    header: 'Template',
    help: 'Chat: the model brings its own chat template. Base: it continues text',
    size: 76,
    cell: ({ model }) => (model.facts === null ? '–' : model.facts.hasChatTemplate ? 'chat' : 'base'),
    sortValue: ({ model }) => String(model.facts?.hasChatTemplate),
  },
  {
    id: 'hash',
    drop: 8,
    header: 'SHA-256',
    help: 'Of the file; taken in the background, and before a run at the latest',
    size: 80,
    cell: ({ model }) =>
      model.sha256 === null ? (
        <span className="az-dim">not yet</span>
      ) : (
        <code>{shortHash(model.sha256).slice(0, 8)}</code>
      ),
    sortValue: ({ model }) => model.sha256,
  },
  {
    id: 'source',
    drop: 9,
    header: 'Found in',
    size: 94,
    cell: ({ model }) => sourceLabel(model.source),
    sortValue: ({ model }) => sourceLabel(model.source),
  },
  {
    id: 'reason',
    drop: 1,
    header: 'Why',
    size: 300,
    minSize: 120,
    grow: 2,
    cell: ({ model, fit }) => (
      <span title={model.problem ?? fit?.reason}>{model.problem ?? fit?.reason ?? '–'}</span>
    ),
  },
];

export interface ModelsTableProps {
  readonly list: ModelList | null;
  readonly fits: ReadonlyMap<string, ModelFit> | null;
  readonly fitError: unknown;
  readonly search: string;
  readonly selectedId: string | null;
  readonly onSelect: (model: ModelFile) => void;
}

/** The models found, what fits first. */
export function ModelsTable({ list, fits, fitError, search, selectedId, onSelect }: ModelsTableProps) {
  const rows = useMemo(() => {
    const words = search.toLowerCase();
    return (list?.models ?? [])
      .filter(({ name, path, facts }) =>
        `${name} ${path} ${facts?.architecture ?? ''}`.toLowerCase().includes(words),
      )
      .map((model) => ({ model, fit: fits?.get(model.id) ?? null }))
      .sort((a, b) => rankOf(a) - rankOf(b) || b.model.fileBytes - a.model.fileBytes);
  }, [list, fits, search]);
  return (
    <>
      {fitError === null ? null : (
        <div className={classes['note']}>
          <ErrorNote error={fitError} what="What fits could not be computed." />
        </div>
      )}
      <DataTable
        label="Models found"
        columns={COLUMNS}
        rows={rows}
        rowId={({ model }) => model.id}
        selectedId={selectedId}
        onSelect={({ model }) => onSelect(model)}
        empty={
          list === null ? (
            <span className="az-dim">Looking for models…</span>
          ) : (
            <EmptyState title={`No model has “${search}” in its name or path`} />
          )
        }
      />
    </>
  );
}
