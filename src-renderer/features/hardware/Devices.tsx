import type { Disk, Gpu, HardwareSource, Machine } from '../../../src-main/domain/hardware.ts';
import { ErrorNote, Note } from '../../components/ErrorNote.tsx';
import { MemoryBar } from '../../components/MemoryBar.tsx';
import { formatBytes, formatDecimal, formatPercent } from '../../lib/format.ts';
import classes from './Devices.module.css';

const SOURCES: Readonly<Record<HardwareSource, string>> = {
  'nvidia-smi': 'nvidia-smi',
  systeminformation: 'systeminformation',
  'engine-probe': 'engine probe',
  sysfs: 'sysfs',
  os: 'operating system',
  catalogue: 'catalogue',
  user: 'your setting',
};

/** Cards, processor, memory and disks, each number with where it came from. */
export function Devices({ machine, error }: { readonly machine: Machine | null; readonly error: unknown }) {
  if (machine === null) {
    return (
      <div className={classes['band']}>
        {error === null ? <Waiting /> : <ErrorNote error={error} what="The hardware could not be read." />}
      </div>
    );
  }
  const real = machine.gpus.filter(({ software }) => !software);
  return (
    // In a low window it scrolls, by key too.
    <section className={classes['band']} aria-label="Cards, memory and disks" tabIndex={0}>
      <div className={classes['grid']}>
        {machine.gpus.map((gpu) => (
          <GpuCard key={gpu.id} gpu={gpu} />
        ))}
        {real.length === 0 ? <NoGpu /> : null}
        <HostCard machine={machine} />
        <DisksCard disks={machine.disks} />
      </div>
      {machine.notes.map((note) => (
        <Note key={note} tone="info">
          {note}
        </Note>
      ))}
    </section>
  );
}

function Waiting() {
  return <p className="az-dim">Reading the hardware…</p>;
}

function NoGpu() {
  return (
    <article className={classes['card']} aria-label="No GPU">
      <h2 className={classes['name']}>No GPU found</h2>
      <p className="az-dim">
        Models run on the processor: small ones well, large ones slowly. Everything else works the same.
      </p>
    </article>
  );
}

function GpuCard({ gpu }: { readonly gpu: Gpu }) {
  const { vramTotalBytes: total, vramUsedBytes: used, vramFreeBytes: free } = gpu;
  const extras = [
    gpu.utilizationPercent === null ? null : `${gpu.utilizationPercent} % busy`,
    gpu.temperatureCelsius === null ? null : `${gpu.temperatureCelsius} °C`,
    gpu.powerWatts === null ? null : `${formatDecimal(gpu.powerWatts, 0)} W`,
  ].filter(Boolean);
  const facts = [
    gpu.software ? 'software, for tests only' : null,
    gpu.backend.toUpperCase(),
    gpu.driver === null ? null : `driver ${gpu.driver}`,
    gpu.unified ? 'memory shared with the CPU' : null,
    SOURCES[gpu.memorySource],
  ].filter(Boolean);
  return (
    <article className={classes['card']} aria-label={gpu.name}>
      <h2 className={classes['name']}>
        <span className="az-clip">{gpu.name}</span>
        <span className={classes['index']}>GPU {gpu.index}</span>
      </h2>
      {total === null ? (
        <p className="az-dim">Its memory is not told by any source here.</p>
      ) : (
        <>
          <MemoryBar
            label={gpu.name}
            capacityBytes={total}
            segments={[{ key: 'used', part: 'used', label: 'used', bytes: used ?? 0 }]}
          />
          <p className={classes['numbers']}>
            <strong>{formatBytes(free)} free</strong>
            <span className="az-dim">
              {formatBytes(used)} used of {formatBytes(total)}
            </span>
          </p>
        </>
      )}
      {extras.length === 0 ? null : <p className={classes['small']}>{extras.join(' · ')}</p>}
      <p className={classes['small']} title={`${facts.join(' · ')} is where the memory numbers come from`}>
        {facts.join(' · ')}
      </p>
    </article>
  );
}

function HostCard({ machine }: { readonly machine: Machine }) {
  const { cpu, memory } = machine;
  const used = memory.totalBytes - memory.availableBytes;
  const busy = cpu.loadPercent === null ? '' : ` · ${formatPercent(cpu.loadPercent / 100, 0)} busy`;
  const swap =
    memory.swapTotalBytes > 0
      ? `swap ${formatBytes(memory.swapUsedBytes)} of ${formatBytes(memory.swapTotalBytes)}`
      : 'no swap';
  const features = cpu.features.join(' ');
  return (
    <article className={classes['card']} aria-label="Processor and memory">
      <h2 className={classes['name']}>
        <span className="az-clip" title={cpu.model}>
          {cpu.model}
        </span>
        <span className={classes['index']}>CPU, RAM</span>
      </h2>
      <MemoryBar
        label="RAM"
        capacityBytes={memory.totalBytes}
        segments={[{ key: 'used', part: 'used', label: 'used', bytes: used }]}
      />
      <p className={classes['numbers']}>
        <strong>{formatBytes(memory.availableBytes)} free</strong>
        <span className="az-dim">
          {formatBytes(used)} used of {formatBytes(memory.totalBytes)}
        </span>
      </p>
      <p className={classes['small']} title={`${swap} · memory from the ${SOURCES[memory.source]}`}>
        {cpu.physicalCores} cores, {cpu.logicalCores} threads{busy} · {swap}
      </p>
      <p className={classes['small']} title={features}>
        {SOURCES[memory.source]} · {features}
      </p>
    </article>
  );
}

function DisksCard({ disks }: { readonly disks: readonly Disk[] }) {
  if (disks.length === 0) return null;
  return (
    <article className={classes['card']} aria-label="Disks">
      <h2 className={classes['name']}>
        <span>Disks</span>
        <span className={classes['index']}>data and models</span>
      </h2>
      <ul className={classes['disks']}>
        {disks.map((disk) => (
          <li key={disk.path}>
            <span className="az-clip" title={disk.path}>
              {disk.path}
            </span>
            <span className={classes['disk']}>
              <strong>{formatBytes(disk.freeBytes)} free</strong> of {formatBytes(disk.totalBytes)}
            </span>
          </li>
        ))}
      </ul>
    </article>
  );
}
