import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import {
  errorShare,
  heldBytes,
  measuredBuffers,
  predictedBuffers,
  predictedPart,
  predictedTotal,
  type LedgerDevice,
  type LedgerEntry,
} from '../../../src-main/domain/ledger.ts';
import type { Calibration, Overhead } from '../../../src-main/domain/memory/overhead.ts';
import { EmptyState } from '../../components/EmptyState.tsx';
import { ErrorNote } from '../../components/ErrorNote.tsx';
import { Section } from '../../components/PageHead.tsx';
import { formatCount, formatDateTime, formatMib, formatPercent, formatPlural } from '../../lib/format.ts';
import { ledgerQuery, plannerTablesQuery } from '../../queries/planning.ts';
import { LedgerFigure } from './LedgerFigure.tsx';
import { Busy } from './Busy.tsx';
import classes from './Planner.module.css';

/** Every load on this machine: what was planned, what it took, how far off the plan was, and what was learnt. */
export function LedgerTab() {
  const ledger = useQuery(ledgerQuery());
  const tables = useQuery(plannerTablesQuery());
  if (ledger.isError)
    return (
      <ErrorNote
        error={ledger.error}
        what="The loads could not be listed."
        onRetry={() => void ledger.refetch()}
      />
    );
  if (ledger.data === undefined) return <Busy>Reading…</Busy>;
  if (ledger.data.length === 0)
    return (
      <EmptyState title="Nothing was loaded on this machine yet">
        After the first run, each load stands here with its predicted and measured memory, and plans take the
        driver’s and the process’s share from it instead of guessing.
      </EmptyState>
    );
  return (
    <>
      {tables.data === undefined ? null : <Learnt memory={tables.data.memory} />}
      <LedgerFigure entries={ledger.data} />
      <Section title="Loads" note={errorSummary(ledger.data)}>
        <div className={classes['scroll']}>
          <table className={classes['table']}>
            <caption>Predicted → measured, MiB, newest first</caption>
            <thead>
              <tr>
                <th scope="col">When</th>
                <th scope="col">Model</th>
                <th scope="col">Outcome</th>
                <th scope="col">Device</th>
                {['Weights', 'KV cache', 'Compute', 'Buffers', 'Held in all'].map((head) => (
                  <th key={head} scope="col" className="az-num" title="predicted → measured, MiB">
                    {head}
                  </th>
                ))}
                <th
                  scope="col"
                  className="az-num"
                  title="Of the buffers; above zero: predicted more than was taken"
                >
                  Error
                </th>
              </tr>
            </thead>
            <tbody>{ledger.data.map((entry) => entryRows(entry))}</tbody>
          </table>
        </div>
        <p className="az-dim">
          Buffers are llama.cpp’s own account; held in all is the process at its peak, or the rise of the
          whole card where the driver does not tell processes apart.
        </p>
      </Section>
    </>
  );
}

function Learnt({ memory }: { readonly memory: Calibration }) {
  const known: [string, Overhead][] = [
    ...Object.entries(memory.driverContext).map(([backend, o]): [string, Overhead] => [
      `${backend} driver`,
      o,
    ]),
    ...(memory.process === null ? [] : [['engine process', memory.process] satisfies [string, Overhead]]),
  ];
  return (
    <Section title="What plans take from it">
      {known.length === 0 ? (
        <p>Nothing yet: driver and process are guessed, with an interval.</p>
      ) : (
        <ul className={classes['lines']}>
          {known.map(([name, { bytes, low, high, source }]) => (
            <li key={name}>
              <strong>{name}</strong>: {formatMib(bytes)} ({formatMib(low)} to {formatMib(high)}), {source}
            </li>
          ))}
        </ul>
      )}
    </Section>
  );
}

function errorSummary(entries: readonly LedgerEntry[]): string {
  const errors = entries.flatMap(({ devices }) =>
    devices.flatMap((device) => errorShare(predictedBuffers(device), measuredBuffers(device)) ?? []),
  );
  const worst = errors.toSorted((a, b) => Math.abs(b) - Math.abs(a))[0];
  const loads = formatPlural(entries.length, 'load');
  if (worst === undefined) return loads;
  const under = errors.filter((error) => error < 0).length;
  return `${loads}; largest error of the buffers ${formatPercent(worst)}, predicted too little ${formatPlural(under, 'time')}`;
}

const OUTCOMES = { loaded: '✓ loaded', 'out-of-memory': '✗ out of memory', failed: '! failed' } as const;

function entryRows(entry: LedgerEntry) {
  const devices = entry.devices.filter(
    (device) => predictedTotal(device) > 0 || (measuredBuffers(device) ?? 0) > 0,
  );
  return devices.map((device, i) => (
    <tr key={`${entry.id} ${device.deviceId}`}>
      {i > 0 ? null : <EntryCells entry={entry} rows={devices.length} />}
      <DeviceCells device={device} />
    </tr>
  ));
}

function EntryCells({ entry, rows }: { readonly entry: LedgerEntry; readonly rows: number }) {
  const { settings, runId } = entry;
  return (
    <>
      <td rowSpan={rows} className={`az-dim ${classes['nowrap']}`}>
        {formatDateTime(entry.at)}
        {runId === null ? null : (
          <div>
            <Link to="/runs/$runId" params={{ runId }}>
              run {runId}
            </Link>
          </div>
        )}
      </td>
      <th rowSpan={rows} scope="row">
        {entry.modelName}
        <div className={classes['aside']}>
          {entry.role}, {settings.gpuLayers} of {entry.totalLayers} layers, {settings.sequences} ×{' '}
          {formatCount(settings.contextPerSequence)}, {entry.backend}
          {entry.driver === null ? '' : ` ${entry.driver}`}
          {entry.versions['llamaCpp'] === undefined ? '' : `, llama.cpp ${entry.versions['llamaCpp']}`}
        </div>
      </th>
      <td rowSpan={rows} className={classes['nowrap']} title={entry.reason ?? undefined}>
        {OUTCOMES[entry.outcome]}
      </td>
    </>
  );
}

function DeviceCells({ device }: { readonly device: LedgerDevice }) {
  const { measured } = device;
  const buffers = measuredBuffers(device);
  return (
    <>
      <td>{device.name}</td>
      <Pair predicted={predictedPart(device, 'weights')} measured={measured?.weightsBytes ?? null} />
      <Pair predicted={predictedPart(device, 'kv')} measured={measured?.kvBytes ?? null} />
      <Pair predicted={predictedPart(device, 'compute')} measured={measured?.computeBytes ?? null} />
      <Pair predicted={predictedBuffers(device)} measured={buffers} />
      <Pair predicted={predictedTotal(device)} measured={heldBytes(device)} />
      <td className="az-num">{formatPercent(errorShare(predictedBuffers(device), buffers))}</td>
    </>
  );
}

function Pair({ predicted, measured }: { readonly predicted: number; readonly measured: number | null }) {
  const mib = (bytes: number | null): string => formatMib(bytes).replace(' MiB', '');
  return (
    <td className="az-num">
      {mib(predicted)} → {mib(measured)}
    </td>
  );
}
