import type { Basis, ComponentName, PlanDevice } from '../../src-main/domain/plan.ts';
import { formatBytes, formatMib } from '../lib/format.ts';
import classes from './MemoryBar.module.css';

type MemoryPart = 'weights' | 'kv' | 'compute' | 'output' | 'driver' | 'process' | 'used' | 'reserve';

export interface MemorySegment {
  readonly key: string;
  readonly part: MemoryPart;
  readonly label: string;
  readonly bytes: number;
  /** How sure a predicted number is, and where it comes from: on hover, and as a word where it is not exact. */
  readonly basis?: Basis;
  readonly source?: string;
}

export interface MemoryBarProps {
  /** What the bar is about, for those who hear it: "RTX 4090". */
  readonly label: string;
  readonly segments: readonly MemorySegment[];
  /** The card's size (or what was free): drawn as a line when the segments pass it. */
  readonly capacityBytes: number;
  /** 4 px in the status line, 10 px on pages. */
  readonly thin?: boolean;
  readonly withLegend?: boolean;
}

const PARTS: Readonly<Record<ComponentName, { part: MemoryPart; label: string }>> = {
  weights: { part: 'weights', label: 'weights' },
  'kv-cache': { part: 'kv', label: 'KV cache' },
  'recurrent-state': { part: 'kv', label: 'recurrent state' },
  compute: { part: 'compute', label: 'compute' },
  output: { part: 'output', label: 'output' },
  'driver-context': { part: 'driver', label: 'driver' },
  process: { part: 'process', label: 'process' },
};

/** The parts of one device of a plan, in the order they are drawn; the reserve last. */
export function planSegments(device: PlanDevice): MemorySegment[] {
  const parts: MemorySegment[] = device.components
    .filter(({ bytes }) => bytes > 0)
    .map(({ name, bytes, basis, source }) => ({
      key: name,
      part: PARTS[name].part,
      label: PARTS[name].label,
      bytes,
      basis,
      source,
    }));
  return device.reserveBytes > 0
    ? [...parts, { key: 'reserve', part: 'reserve', label: 'reserve', bytes: device.reserveBytes }]
    : parts;
}

const segmentTitle = ({ label, bytes, basis, source }: MemorySegment): string =>
  `${label} ${formatMib(bytes)}${basis === undefined ? '' : `, ${basis}: ${source ?? ''}`}`;

/** Memory as a picture: parts stacked, the capacity as a line, named in the legend and to screen readers. */
export function MemoryBar({
  label,
  segments,
  capacityBytes,
  thin = false,
  withLegend = false,
}: MemoryBarProps) {
  const sum = segments.reduce((total, { bytes }) => total + bytes, 0);
  const scale = Math.max(sum, capacityBytes, 1);
  const width = (bytes: number): string => `${(bytes / scale) * 100}%`;
  const spoken = segments.map((segment) => `${segment.label} ${formatBytes(segment.bytes)}`).join(', ');
  return (
    <div className={classes['root']}>
      <div
        className={classes['bar']}
        data-thin={thin}
        role="img"
        aria-label={`${label}: ${spoken === '' ? 'empty' : spoken}; capacity ${formatBytes(capacityBytes)}`}
      >
        {segments.map((segment) => (
          <span
            key={segment.key}
            className={classes['segment']}
            data-part={segment.part}
            style={{ inlineSize: width(segment.bytes) }}
            title={segmentTitle(segment)}
          />
        ))}
        {sum > capacityBytes ? (
          <span className={classes['limit']} style={{ insetInlineStart: width(capacityBytes) }} />
        ) : null}
      </div>
      {withLegend ? (
        <ul className={classes['legend']} aria-hidden>
          {segments.map((segment) => (
            <li key={segment.key} title={segmentTitle(segment)}>
              <span className={classes['swatch']} data-part={segment.part} />
              {segment.label} <span className="az-dim">{formatMib(segment.bytes)}</span>
              {segment.basis === undefined || segment.basis === 'exact' ? null : (
                <em className="az-dim">{segment.basis}</em>
              )}
            </li>
          ))}
        </ul>
      ) : null}
    </div>
  );
}

/** One device of a plan: bar, legend, and the margin as a number in MiB. */
export function PlanDeviceBar({ device }: { readonly device: PlanDevice }) {
  return (
    <div className={classes['device']}>
      <div className={classes['deviceHead']}>
        <span className="az-clip">{device.name}</span>
        <span className="az-dim">{formatBytes(device.capacityBytes)} free</span>
        <span className={classes['margin']} data-no={device.marginBytes < 0}>
          margin {formatMib(device.marginBytes)}
        </span>
      </div>
      <MemoryBar
        label={device.name}
        segments={planSegments(device)}
        capacityBytes={device.capacityBytes}
        withLegend
      />
    </div>
  );
}
