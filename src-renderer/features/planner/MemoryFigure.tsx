import * as Plot from '@observablehq/plot';
import { useMemo } from 'react';
import type { ComponentName, Plan, PlanDevice } from '../../../src-main/domain/plan.ts';
import { Figure } from '../../charts/Figure.tsx';
import type { FigureData } from '../../charts/save.ts';
import { formatMib } from '../../lib/format.ts';

const GIB = 2 ** 30;
const ROW_PX = 40;
const FRAME_PX = 56;

const COLORS: Readonly<Record<ComponentName | 'reserve', string>> = {
  weights: 'var(--az-mem-weights)',
  'kv-cache': 'var(--az-mem-kv)',
  'recurrent-state': 'var(--az-mem-kv)',
  compute: 'var(--az-mem-compute)',
  output: 'var(--az-mem-output)',
  'driver-context': 'var(--az-mem-driver)',
  process: 'var(--az-mem-process)',
  reserve: 'var(--az-mem-reserve)',
};
const NAMES: Readonly<Record<ComponentName | 'reserve', string>> = {
  weights: 'weights',
  'kv-cache': 'KV cache',
  'recurrent-state': 'recurrent state',
  compute: 'compute',
  output: 'output',
  'driver-context': 'driver',
  process: 'process',
  reserve: 'reserve, kept free',
};

interface Bar {
  readonly row: string;
  readonly from: number;
  readonly to: number;
  readonly fill: string;
  readonly title: string;
}

/** Memory of every phase on every device, stacked, with what is free as a line and the margin as a number. */
export function MemoryFigure({ plan, title }: { readonly plan: Plan; readonly title: string }) {
  const drawn = useMemo(() => optionsFor(plan), [plan]);
  return (
    <Figure
      title={title}
      summary={summaryOf(plan)}
      data={drawn.data}
      height={drawn.rows * ROW_PX + FRAME_PX}
      options={drawn.options}
    />
  );
}

/** Said in place of the drawing. */
function summaryOf(plan: Plan): string {
  const phases = plan.phases.map(({ role, modelName, devices }) => {
    const margins = devices
      .filter(({ components }) => components.some(({ bytes }) => bytes > 0))
      .map((device) => `${device.name} ${marginText(device)}`);
    return `${role === 'generate' ? 'Generating' : 'Judging'} with ${modelName}: ${margins.join(', ')}`;
  });
  return `${phases.join('; ')}.`;
}

interface Drawn {
  readonly rows: number;
  readonly data: FigureData;
  readonly options: Plot.PlotOptions;
}

function optionsFor(plan: Plan): Drawn {
  const devices = plan.phases.flatMap((phase, i) =>
    phase.devices
      .filter((device) => device.components.some(({ bytes }) => bytes > 0))
      .map((device, d) => ({
        device,
        row: `${phase.role === 'generate' ? 'Generate' : `Judge${i > 1 ? ` ${i}` : ''}`} · ${nameOf(device, d, phase.devices)}`,
      })),
  );
  const bars = devices.flatMap(({ device, row }) => barsOf(device, row));
  // A RAM far larger than what is used would press everything else to the left: it is cut at what the bars need.
  const widest = Math.max(...bars.map(({ to }) => to), 1);
  const most = Math.max(
    widest,
    ...devices
      .filter(({ device }) => device.deviceId !== 'host')
      .map(({ device }) => device.capacityBytes / GIB),
  );
  const limits = devices
    .filter(({ device }) => device.capacityBytes / GIB <= most * 1.02)
    .map(({ device, row }) => ({
      row,
      at: device.capacityBytes / GIB,
      title: `${formatMib(device.capacityBytes)} free`,
    }));
  return {
    rows: devices.length,
    data: {
      columns: ['phase and device', 'part', 'from GiB', 'to GiB'],
      rows: bars.map(({ row, from, to, title }) => [row, title.split(':')[0] ?? '', from, to]),
    },
    options: {
      marginLeft: 190,
      marginRight: 110,
      marginTop: 8,
      x: { label: 'GiB', domain: [0, most], grid: true },
      y: { label: null, domain: devices.map(({ row }) => row), padding: 0.35 },
      marks: [
        Plot.barX(bars, { x1: 'from', x2: 'to', y: 'row', fill: 'fill', title: 'title', insetRight: 0.5 }),
        Plot.tickX(limits, { x: 'at', y: 'row', stroke: 'var(--az-text)', strokeWidth: 2, title: 'title' }),
        Plot.text(
          devices.map(({ device, row }) => ({
            row,
            text: marginText(device),
            fill: device.marginBytes < 0 ? 'var(--az-no)' : 'var(--az-dim)',
          })),
          { frameAnchor: 'right', dx: 104, textAnchor: 'end', y: 'row', text: 'text', fill: 'fill' },
        ),
      ],
    },
  };
}

function marginText({ marginBytes }: PlanDevice): string {
  return marginBytes < 0 ? `${formatMib(-marginBytes)} short` : `${formatMib(marginBytes)} left`;
}

/** Cards of one name are numbered. */
function nameOf(device: PlanDevice, index: number, all: readonly PlanDevice[]): string {
  const same = all.filter(({ name }) => name === device.name).length;
  return same > 1 ? `${device.name} #${index + 1}` : device.name;
}

function barsOf(device: PlanDevice, row: string): Bar[] {
  const bars: Bar[] = [];
  let from = 0;
  const add = (name: ComponentName | 'reserve', bytes: number, why: string): void => {
    if (bytes <= 0) return;
    const to = from + bytes / GIB;
    bars.push({ row, from, to, fill: COLORS[name], title: `${NAMES[name]}: ${formatMib(bytes)}${why}` });
    from = to;
  };
  for (const { name, bytes, basis, source } of device.components) add(name, bytes, `\n${basis}: ${source}`);
  add('reserve', device.reserveBytes, '');
  return bars;
}
