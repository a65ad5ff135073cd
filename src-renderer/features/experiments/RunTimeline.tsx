import { useQuery } from '@tanstack/react-query';
import { useEffect, useMemo, useState } from 'react';
import type { Run } from '../../../src-main/domain/run.ts';
import { AXIS_WIDTH, RIGHT_PADDING, TimeSeries } from '../../charts/TimeSeries.tsx';
import { ErrorNote } from '../../components/ErrorNote.tsx';
import { formatBytes, formatSeconds } from '../../lib/format.ts';
import { isLiveRun } from '../../lib/runs.ts';
import { runMemoryQuery } from '../../queries/runs.ts';
import { memoryLines, stepsAhead, stepsOf, type Step } from './timeline.ts';
import classes from './Run.module.css';

/** Pixels of a row of phases. */
const LANE_HEIGHT = 20;

/** The phases as a line, and the measured memory under it on the same axis. */
export function RunTimeline({ run, live }: { readonly run: Run; readonly live: boolean }) {
  const memory = useQuery({ ...runMemoryQuery(run.id), refetchInterval: live ? 1000 : false });
  const now = useClock(live);
  const end = live ? now : (run.endedAt ?? now);
  const steps = useMemo(() => stepsOf(run, memory.data ?? [], end), [run, memory.data, end]);
  const lines = useMemo(() => memoryLines(run, memory.data ?? [], end), [run, memory.data, end]);
  if (run.startedAt === null) return null;
  const until = Math.max(1, (end - run.startedAt) / 1000);
  const peak = lines
    .filter(({ predicted }) => predicted !== true)
    .map(
      ({ label, points }) => `${label}: peak ${formatBytes(Math.max(0, ...points.map(([, y]) => y ?? 0)))}`,
    )
    .join('; ');
  return (
    <div className={classes['timeline']}>
      <div
        className={classes['strip']}
        style={{ marginInlineStart: AXIS_WIDTH, marginInlineEnd: RIGHT_PADDING }}
      >
        <ol
          className={classes['steps']}
          aria-label="Phases in time"
          style={{ blockSize: LANE_HEIGHT * Math.max(1, ...steps.map(({ lane }) => lane + 1)) }}
        >
          {steps.map((step) => (
            <StepBar key={step.key} step={step} until={until} />
          ))}
        </ol>
      </div>
      <Ahead run={run} />
      {memory.isError ? (
        <ErrorNote error={memory.error} what="The measured memory could not be read." />
      ) : null}
      {lines.length === 0 ? (
        <p className="az-dim">
          {isLiveRun(run)
            ? 'No memory was measured yet.'
            : 'No memory was measured: no model was loaded on this machine for it.'}
        </p>
      ) : (
        <TimeSeries
          label={`Memory over the run. ${peak}`}
          lines={lines}
          until={until}
          formatValue={formatBytes}
          formatTime={formatClockTime}
        />
      )}
    </div>
  );
}

/** Seconds from the start as "0:42", "1:03:20". */
function formatClockTime(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  const rest = String(whole % 60).padStart(2, '0');
  const minutes = Math.floor(whole / 60);
  return minutes < 60
    ? `${minutes}:${rest}`
    : `${Math.floor(minutes / 60)}:${String(minutes % 60).padStart(2, '0')}:${rest}`;
}

/** Epoch ms, new twice a second while something is on. */
function useClock(on: boolean): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    if (!on) return undefined;
    const timer = setInterval(() => setNow(Date.now()), 500);
    return () => clearInterval(timer);
  }, [on]);
  return now;
}

function StepBar({ step, until }: { readonly step: Step; readonly until: number }) {
  const words = `${step.kind} ${step.modelName}, ${formatSeconds(step.to - step.from)}`;
  return (
    <li
      className={classes['step']}
      data-kind={step.kind}
      data-on={step.on}
      title={words}
      aria-label={words}
      style={{
        insetBlockStart: step.lane * LANE_HEIGHT,
        insetInlineStart: `${(step.from / until) * 100}%`,
        inlineSize: `${((step.to - step.from) / until) * 100}%`,
      }}
    >
      <span aria-hidden>{step.kind}</span>
    </li>
  );
}

function Ahead({ run }: { readonly run: Run }) {
  const ahead = stepsAhead(run);
  if (ahead.length === 0) return null;
  return (
    <p className={classes['ahead']} style={{ marginInlineStart: AXIS_WIDTH }}>
      {isLiveRun(run) ? 'Then' : 'Left:'}{' '}
      {ahead.map(({ role, modelName }) => `load ${modelName}, ${role}, unload`).join('; ')}.
    </p>
  );
}
