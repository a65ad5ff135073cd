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
  return alarmsOf(factsOf(run, counts, await generatorsOf(store, run))).map((alarm) => ({
    id: alarm.kind,
    severity: alarm.severity === 'serious' ? 'error' : 'warning',
    judgeId: alarm.judgeId === null ? null : Number(alarm.judgeId),
    text: alarm.sentence,
  }));
}

/**
 * Who answered. A run that judges the answers of another has no generator of its own, and one whose answers were all there
 * before never loaded it, but whoever wrote those answers may be its judge all the same: the first answer tells, as one
 * model wrote them all. Names that a file brought are no models.
 */
async function generatorsOf(store: Store, run: Run): Promise<ModelIdentity[]> {
  const phase = run.phases.find(({ role }) => role === 'generate');
  const loaded = phase === undefined ? null : identityOf(phase);
  if (loaded !== null && loaded.sha256 !== null) return [loaded];
  const first = await store.call('answers.get', { runId: run.id, position: 0 });
  if (first === null || first.system === null || first.modelSha256 === null)
    return loaded === null ? [] : [loaded];
  const { system: name, modelSha256: sha256 } = first;
  return [{ name, sha256, family: loaded?.family ?? modelFamily([name], null) }];
}

function factsOf(run: Run, counts: RunCounts, generators: readonly ModelIdentity[]): RunFacts {
  return {
    goldMissing: Math.max(0, counts.answers - counts.withGold),
    answers: {
      total: counts.answers + counts.failed,
      truncated: counts.truncated,
      looping: counts.loops,
      empty: counts.empty,
      failed: counts.failed,
      withInjectionMarkers: counts.injected,
    },
    generators,
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
