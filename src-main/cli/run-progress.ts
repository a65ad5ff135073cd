import type { Run, RunEvent, RunPhase } from '../domain/run.ts';
import { etaText, note, progressLine } from './output.ts';
import type { Session } from './session.ts';

const ENDED: ReadonlySet<Run['status']> = new Set(['done', 'failed', 'cancelled', 'interrupted']);

/**
 * Shows a run until it has ended, whoever works on it. The first Ctrl-C cancels it and waits for what is in hand to be kept.
 */
export async function followRun(session: Session, runId: number): Promise<Run> {
  const line = progressLine();
  const cancel = (): void => {
    line.end();
    note('Cancelling; what is finished is kept.');
    session.client.runs.cancel({ runId }).catch(() => undefined);
  };
  session.signal.addEventListener('abort', cancel, { once: true });
  let seen = 0;
  let last: Run | null = null;
  try {
    for await (const run of await session.client.runs.watch({ runId })) {
      last = run;
      const events = await session.client.runs.events({ runId, afterSeq: seen, limit: 1000 });
      for (const event of events) {
        line.end();
        note(eventText(event));
        seen = event.seq;
      }
      if (!ENDED.has(run.status)) line.show(runLine(run));
    }
    for (const event of await session.client.runs.events({ runId, afterSeq: seen, limit: 1000 })) {
      line.end();
      note(eventText(event));
    }
  } finally {
    line.end();
    session.signal.removeEventListener('abort', cancel);
  }
  await session.core.runs.finished(runId);
  if (last === null) throw new Error('the run was never seen');
  return last;
}

function eventText(event: RunEvent): string {
  return event.level === 'info' ? event.text : `${event.level}: ${event.text}`;
}

/** "Generating answers: 12 of 20, 133 tok/s, 4 s left" */
function runLine(run: Run): string {
  const phase =
    run.phases.find((p) => p.state === 'running') ?? run.phases.find((p) => p.state === 'loading');
  const step = run.live?.step ?? run.status;
  if (phase === undefined || phase.state !== 'running') return `${step} …`;
  return `${step}: ${phase.done} of ${phase.total}${rateText(run, phase)}${etaText(run.live?.etaSeconds ?? null)}`;
}

function rateText(run: Run, phase: RunPhase): string {
  const { live } = run;
  if (live === null) return '';
  const items =
    live.itemsPerSecond === null
      ? ''
      : `, ${live.itemsPerSecond.toFixed(1)} ${phase.role === 'judge' ? 'judged' : 'answers'}/s`;
  return live.tokensPerSecond === null ? items : `, ${live.tokensPerSecond.toFixed(0)} tok/s${items}`;
}
