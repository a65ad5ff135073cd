import type { VerdictCounts } from '../statistics/accuracy.ts';

export type AlarmKind =
  | 'judge-is-generator'
  | 'judge-of-generators-family'
  | 'positive-rate'
  | 'unparsed'
  | 'judge-errors'
  | 'little-label-mass'
  | 'gold-missing'
  | 'answers-truncated'
  | 'answers-looping'
  | 'answers-empty'
  | 'answers-failed'
  | 'injection-markers';

export interface Alarm {
  readonly kind: AlarmKind;
  /** serious: numbers must not be used as they are; warning: look before using them. */
  readonly severity: 'serious' | 'warning';
  /** The judge's id, for alarms about a judge; null for alarms about the answers. */
  readonly judgeId: string | null;
  readonly count: number;
  readonly total: number;
  /** What was seen and what to do about it. */
  readonly sentence: string;
}

/** Which model: its hash decides identity, its family a weaker warning. Null where not known (imported answers, humans). */
export interface ModelIdentity {
  readonly name: string;
  readonly sha256: string | null;
  readonly family: string | null;
}

export interface JudgeFacts {
  readonly judgeId: string;
  readonly name: string;
  /** Null for humans and lexical judges. */
  readonly model: ModelIdentity | null;
  readonly counts: VerdictCounts;
  /** Verdicts read from a distribution, and those of them whose label mass was below LITTLE_MASS. */
  readonly massKnown: number;
  readonly massLittle: number;
}

export interface RunFacts {
  readonly questions: number;
  readonly goldMissing: number;
  readonly answers: {
    readonly total: number;
    readonly truncated: number;
    readonly looping: number;
    readonly empty: number;
    readonly failed: number;
    readonly withInjectionMarkers: number;
  };
  /** The models that answered; several when imported or compared. */
  readonly generators: readonly ModelIdentity[];
  readonly judges: readonly JudgeFacts[];
}

export const ALARM_LIMITS = {
  positiveRateLow: 0.05,
  positiveRateHigh: 0.95,
  unparsed: 0.02,
  judgeErrors: 0,
  truncated: 0.02,
  looping: 0.01,
  empty: 0.01,
  /** A verdict whose labels have less than this together counts as one with little mass. */
  littleMass: 0.5,
  /** Share of such verdicts that rings. */
  littleMassShare: 0.1,
  /** Fewer scored rows say nothing about a rate. */
  minScored: 20,
} as const;

/** "3.2 %", or "0.04 %" where one decimal would read as nothing. */
function percent(count: number, total: number): string {
  const share = (100 * count) / total;
  return `${share > 0 && share < 0.1 ? share.toPrecision(1) : share.toFixed(1).replace(/\.0$/, '')} %`;
}

const rows = (count: number, one: string, many: string): string => `${count} ${count === 1 ? one : many}`;

/**
 * What a person should know before using a run's numbers, most serious first. Pure: the counts come from the store.
 * A judge with fewer than 20 scored rows gets no alarm on its positive rate.
 */
export function alarmsOf(facts: RunFacts): Alarm[] {
  const alarms = [
    ...answerAlarms(facts),
    ...facts.judges.flatMap((judge) => judgeAlarms(judge, facts.generators)),
  ];
  const rank = (alarm: Alarm): number => (alarm.severity === 'serious' ? 0 : 1);
  return alarms.toSorted((a, b) => rank(a) - rank(b));
}

function answerAlarms({ questions, goldMissing, answers }: RunFacts): Alarm[] {
  const alarms: Alarm[] = [];
  const add = (
    kind: AlarmKind,
    severity: Alarm['severity'],
    count: number,
    total: number,
    sentence: string,
  ): void => {
    alarms.push({ kind, severity, judgeId: null, count, total, sentence });
  };
  const { total, truncated, looping, empty, failed, withInjectionMarkers: injected } = answers;
  if (goldMissing > 0) {
    add(
      'gold-missing',
      goldMissing === questions ? 'serious' : 'warning',
      goldMissing,
      questions,
      `${rows(goldMissing, 'question has', 'questions have')} no gold answer (${percent(goldMissing, questions)}): they are skipped by every judge that compares. Add gold answers, or map their column again.`,
    );
  }
  if (failed > 0) {
    add(
      'answers-failed',
      failed * 2 > total ? 'serious' : 'warning',
      failed,
      total,
      `${rows(failed, 'answer', 'answers')} failed and ${failed === 1 ? 'is' : 'are'} in no accuracy. Resume the run to try again.`,
    );
  }
  if (truncated > total * ALARM_LIMITS.truncated) {
    add(
      'answers-truncated',
      'warning',
      truncated,
      total,
      `${percent(truncated, total)} of the answers were cut at the token limit, and what they would have said is not known. Raise the maximum number of tokens, or ask for shorter answers.`,
    );
  }
  if (looping > total * ALARM_LIMITS.looping) {
    add(
      'answers-looping',
      'warning',
      looping,
      total,
      `${percent(looping, total)} of the answers end in a loop that repeats itself. Small models do so under greedy decoding; try examples in the prompt or a larger model.`,
    );
  }
  if (empty > total * ALARM_LIMITS.empty) {
    add(
      'answers-empty',
      'warning',
      empty,
      total,
      `${percent(empty, total)} of the answers are empty. Look at a rendered prompt: the chat template or a stop string may end the answer before it begins.`,
    );
  }
  if (injected > 0) {
    add(
      'injection-markers',
      'warning',
      injected,
      total,
      `${rows(injected, 'answer holds', 'answers hold')} text that speaks to a judge or closes its prompt. It was neutralised, but read these verdicts yourself.`,
    );
  }
  return alarms;
}

function judgeAlarms(judge: JudgeFacts, generators: readonly ModelIdentity[]): Alarm[] {
  const alarms: Alarm[] = [];
  const add = (
    kind: AlarmKind,
    severity: Alarm['severity'],
    count: number,
    total: number,
    sentence: string,
  ): void => {
    alarms.push({ kind, severity, judgeId: judge.judgeId, count, total, sentence });
  };
  const { counts, name } = judge;
  const scored = counts.correct + counts.incorrect;
  const judged = scored + counts.not_attempted + counts.unparsed;
  relationAlarm(judge, generators, add);
  const rate = scored === 0 ? null : counts.correct / scored;
  if (rate !== null && scored >= ALARM_LIMITS.minScored) {
    const low = rate < ALARM_LIMITS.positiveRateLow;
    if (low || rate > ALARM_LIMITS.positiveRateHigh) {
      add(
        'positive-rate',
        'serious',
        counts.correct,
        scored,
        `${name} calls ${percent(counts.correct, scored)} of the answers correct: ${low ? 'nearly none' : 'nearly all'}. A judge that always says the same tells nothing; read some of its verdicts and label a few answers yourself.`,
      );
    }
  }
  if (counts.unparsed > judged * ALARM_LIMITS.unparsed) {
    add(
      'unparsed',
      counts.unparsed * 5 > judged ? 'serious' : 'warning',
      counts.unparsed,
      judged,
      `${percent(counts.unparsed, judged)} of ${name}'s replies could not be read as a verdict and are in no accuracy. Read some of them, then try letters as labels or a model that follows instructions better.`,
    );
  }
  if (counts.error > 0) {
    add(
      'judge-errors',
      'warning',
      counts.error,
      judged + counts.error,
      `${rows(counts.error, 'judgment', 'judgments')} by ${name} failed. Resume judging to try again.`,
    );
  }
  if (judge.massLittle > judge.massKnown * ALARM_LIMITS.littleMassShare) {
    add(
      'little-label-mass',
      'warning',
      judge.massLittle,
      judge.massKnown,
      `In ${percent(judge.massLittle, judge.massKnown)} of ${name}'s verdicts the labels have less than half of the probability: it wanted to write something else. Look at what, and try another prompt or letters as labels.`,
    );
  }
  return alarms;
}

type Add = (
  kind: AlarmKind,
  severity: Alarm['severity'],
  count: number,
  total: number,
  sentence: string,
) => void;

function relationAlarm(judge: JudgeFacts, generators: readonly ModelIdentity[], add: Add): void {
  const model = judge.model;
  if (model === null) return;
  const same = generators.filter(
    (generator) => generator.sha256 !== null && generator.sha256 === model.sha256,
  );
  if (same.length > 0) {
    add(
      'judge-is-generator',
      'serious',
      same.length,
      generators.length,
      `${judge.name} judges its own answers: judge and generator are the same file. Models are lenient with themselves; judge again with another model.`,
    );
    return;
  }
  const kin = generators.filter(
    (generator) => generator.family !== null && generator.family === model.family,
  );
  if (kin.length > 0) {
    add(
      'judge-of-generators-family',
      'warning',
      kin.length,
      generators.length,
      `${judge.name} is of the same family (${model.family}) as ${kin.map((generator) => generator.name).join(', ')}. Relatives share mistakes; check with a judge of another family or a few labels of your own.`,
    );
  }
}
