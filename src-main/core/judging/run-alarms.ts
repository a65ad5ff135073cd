import type { Alarm } from '../../domain/alarm.ts';
import { alarmsOf, type JudgeFacts, type ModelIdentity, type RunFacts } from '../../domain/alarms/alarms.ts';
import { modelFamily } from '../../domain/alarms/family.ts';
import type { JudgeCounts, Run, RunCounts, RunPhase } from '../../domain/run.ts';
import type { Store } from '../../store/api.ts';
import { Problem } from '../problem.ts';

/** What makes a run's numbers doubtful, worst first. Throws Problem NOT_FOUND. */
export async function runAlarms(store: Store, runId: number): Promise<Alarm[]> {
  const run = await store.call('runs.get', { runId });
  if (run === null) throw new Problem('NOT_FOUND', `There is no run ${runId}.`);
  const counts = await store.call('runs.counts', { runId });
  return alarmsOf(factsOf(run, counts)).map((alarm) => ({
    id: alarm.kind,
    severity: alarm.severity === 'serious' ? 'error' : 'warning',
    judgeId: alarm.judgeId === null ? null : Number(alarm.judgeId),
    text: alarm.sentence,
  }));
}

function factsOf(run: Run, counts: RunCounts): RunFacts {
  const generator = run.phases.find((phase) => phase.role === 'generate');
  return {
    questions: run.total,
    goldMissing: Math.max(0, counts.answers - counts.withGold),
    answers: {
      total: counts.answers + counts.failed,
      truncated: counts.truncated,
      looping: counts.loops,
      empty: counts.empty,
      failed: counts.failed,
      withInjectionMarkers: counts.injected,
    },
    generators: generator === undefined ? [] : [identityOf(generator)],
    // Rules and people are no models that could have gone wrong: exact match is rightly low on sentences.
    judges: counts.judges
      .filter(({ judge }) => judge.kind !== 'lexical' && judge.kind !== 'human')
      .map((judge) => judgeFacts(judge, run)),
  };
}

function identityOf(phase: RunPhase): ModelIdentity {
  const model = phase.provenance?.['model'];
  const read = (key: string): string | null => {
    const value =
      typeof model === 'object' && model !== null
        ? Object.entries(model).find(([k]) => k === key)?.[1]
        : null;
    return typeof value === 'string' ? value : null;
  };
  const name = read('name') ?? phase.modelName;
  return { name, sha256: read('sha256'), family: modelFamily([name, phase.modelName], read('architecture')) };
}

function judgeFacts(counted: JudgeCounts, run: Run): JudgeFacts {
  const { judge } = counted;
  const phase = run.phases.find((p) => p.judgeId === judge.id);
  return {
    judgeId: String(judge.id),
    name: judge.name,
    model:
      judge.kind === 'model' || judge.kind === 'api'
        ? {
            name: judge.name,
            sha256: judge.modelSha256,
            family: modelFamily([judge.name, phase?.modelName ?? null], null),
          }
        : null,
    counts: {
      correct: counted.correct,
      incorrect: counted.incorrect,
      not_attempted: counted.notAttempted,
      unparsed: counted.unparsed,
      error: counted.error,
      skipped: counted.skipped,
    },
    massKnown: counted.massKnown,
    massLittle: counted.massLittle,
  };
}
