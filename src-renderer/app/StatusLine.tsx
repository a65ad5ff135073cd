import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { Gpu, Machine } from '../../src-main/domain/hardware.ts';
import type { RunSummary } from '../../src-main/domain/run.ts';
import { MemoryBar } from '../components/MemoryBar.tsx';
import { formatBytes, formatCount, formatRate, formatSeconds } from '../lib/format.ts';
import { useConnection } from '../queries/client.ts';
import { machineQuery } from '../queries/hardware.ts';
import { activeRunQuery } from '../queries/runs.ts';
import { useTaskList } from '../queries/tasks.ts';
import classes from './StatusLine.module.css';

/** Always there: each card's memory, what this page is doing, and the running job with rate and ETA; it opens the run. */
export function StatusLine() {
  const { data: machine } = useQuery(machineQuery());
  const run = useQuery(activeRunQuery()).data ?? null;
  const { state } = useConnection();
  return (
    <footer className={classes['root']} aria-label="Status">
      <div className={classes['memory']}>
        {machine === undefined ? null : <Memory machine={machine} short={run !== null} />}
      </div>
      <Tasks />
      {run === null ? (
        <span className={classes['idle']}>{state === 'open' ? 'Idle' : 'Not connected'}</span>
      ) : (
        <ActiveRun run={run} />
      )}
    </footer>
  );
}

/** `short`: a run needs the room that the cards' names would take. */
function Memory({ machine, short }: { readonly machine: Machine; readonly short: boolean }) {
  const { memory } = machine;
  return (
    <>
      {machine.gpus
        .filter(({ software }) => !software)
        .slice(0, 8)
        .map((gpu, _, all) => (
          <Card key={gpu.id} gpu={gpu} short={short || all.length > 2} />
        ))}
      <Bar
        name="RAM"
        title="Memory of the machine"
        usedBytes={memory.totalBytes - memory.availableBytes}
        totalBytes={memory.totalBytes}
      />
    </>
  );
}

function Card({ gpu, short }: { readonly gpu: Gpu; readonly short: boolean }) {
  const name = short ? `GPU ${gpu.index}` : gpu.name.replace(/^NVIDIA (GeForce )?|^AMD (Radeon )?/, '');
  if (gpu.vramTotalBytes === null || gpu.vramUsedBytes === null)
    return <span className="az-dim">{name}</span>;
  return <Bar name={name} title={gpu.name} usedBytes={gpu.vramUsedBytes} totalBytes={gpu.vramTotalBytes} />;
}

interface BarProps {
  readonly name: string;
  readonly title: string;
  readonly usedBytes: number;
  readonly totalBytes: number;
}

function Bar({ name, title, usedBytes, totalBytes }: BarProps) {
  const segments = [{ key: 'used', part: 'used' as const, label: 'used', bytes: usedBytes }];
  return (
    <span
      className={classes['card']}
      title={`${title}: ${formatBytes(usedBytes)} of ${formatBytes(totalBytes)} used`}
    >
      <span className={classes['cardName']}>{name}</span>
      <span className={classes['cardBar']}>
        <MemoryBar label={title} segments={segments} capacityBytes={totalBytes} thin />
      </span>
      <span className={classes['cardNumber']}>{formatBytes(totalBytes - usedBytes)} free</span>
    </span>
  );
}

function Tasks() {
  const running = useTaskList().filter(({ status }) => status === 'running');
  const [first] = running;
  if (first === undefined) return null;
  const { done = 0, total = null } = first.progress ?? {};
  const share = total === null || total === 0 ? null : done / total;
  return (
    <span className={classes['task']}>
      {first.title}
      {share === null ? '…' : ` ${Math.floor(share * 100)} %`}
      {running.length > 1 ? ` and ${running.length - 1} more` : ''}
    </span>
  );
}

function ActiveRun({ run }: { readonly run: RunSummary }) {
  const { tokensPerSecond = null, etaSeconds = null, step = run.status } = run.live ?? {};
  const phase = run.phases.find(
    ({ state }) => state === 'running' || state === 'loading' || state === 'unloading',
  );
  return (
    <Link to="/runs/$runId" params={{ runId: run.id }} className={classes['run']}>
      <span className={classes['pulse']} aria-hidden />
      <strong className="az-clip">{run.name}</strong>
      <span className="az-clip">{step}</span>
      {phase === undefined ? null : (
        <span>
          {formatCount(phase.done)} of {formatCount(phase.total)}
        </span>
      )}
      {tokensPerSecond === null ? null : <span>{formatRate(tokensPerSecond)}</span>}
      {etaSeconds === null ? null : <span>{formatSeconds(etaSeconds)} left</span>}
    </Link>
  );
}
