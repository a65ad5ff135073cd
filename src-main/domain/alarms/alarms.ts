import type { VerdictCounts } from '../statistics/accuracy.ts';

type AlarmKind =
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

/**
 * Which model: its hash decides identity, its family a weaker warning. Null where not known (imported
 * answers, humans).
 */
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
  /** Answers, of those that did not fail, to questions without a gold answer. */
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
 * What a person should know before using a run's numbers, most serious first. Pure: the counts come from
 * the store. A judge with fewer than 20 scored rows gets no alarm on its positive rate.
 */
export function alarmsOf(facts: RunFacts): Alarm[] {
  const alarms = [
    ...answerAlarms(facts),
    ...facts.judges.flatMap((judge) => judgeAlarms(judge, facts.generators)),
  ];
  const rank = (alarm: Alarm): number => (alarm.severity === 'serious' ? 0 : 1);
  return alarms.toSorted((a, b) => rank(a) - rank(b));
}

type Add = (
  kind: AlarmKind,
  severity: Alarm['severity'],
  count: number,
  total: number,
  sentence: string,
) => void;

/** Collects alarms about one judge, or about the answers (null). */
function collector(judgeId: string | null): { readonly alarms: Alarm[]; readonly add: Add } {
  const alarms: Alarm[] = [];
  return {
    alarms,
    add: (kind, severity, count, total, sentence) => {
      alarms.push({ kind, severity, judgeId, count, total, sentence });
    },
  };
}

function answerAlarms({ goldMissing, answers }: RunFacts): Alarm[] {
  const { alarms, add } = collector(null);
  const { total, failed, withInjectionMarkers: injected } = answers;
  if (goldMissing > 0) {
    const answered = total - failed;
    const severity = goldMissing === answered ? 'serious' : 'warning';
    const seen = `${rows(goldMissing, 'answer is to a question', 'answers are to questions')} without a gold answer (${percent(goldMissing, answered)})`;
    const advice = `${goldMissing === 1 ? 'it is' : 'they are'} skipped by every judge that compares. Add gold answers, or map their column again.`;
    add('gold-missing', severity, goldMissing, answered, `${seen}: ${advice}`);
  }
  if (failed > 0) {
    const seen = `${rows(failed, 'answer', 'answers')} failed and ${failed === 1 ? 'is' : 'are'} in no accuracy.`;
    add(
      'answers-failed',
      failed * 2 > total ? 'serious' : 'warning',
      failed,
      total,
      `${seen} Resume the run to try again.`,
    );
  }
  for (const { kind, counted, says } of ANSWER_FAULTS) {
    const count = answers[counted];
    if (count > total * ALARM_LIMITS[counted])
      add(kind, 'warning', count, total, `${percent(count, total)} ${says}`);
  }
  if (injected > 0) {
    const seen = `${rows(injected, 'answer holds', 'answers hold')} text that speaks to a judge or closes its prompt.`;
    add(
      'injection-markers',
      'warning',
      injected,
      total,
      `${seen} It was neutralised, but read these verdicts yourself.`,
    );
  }
  return alarms;
}

/** Faults of answers that ring above a share of all answers, with what is said after "3 %". */
const ANSWER_FAULTS = [
  {
    kind: 'answers-truncated',
    counted: 'truncated',
    says:
      'of the answers were cut at the token limit, and what they would have said is not known. ' +
      'Raise the maximum number of tokens, or ask for shorter answers.',
  },
  {
    kind: 'answers-looping',
    counted: 'looping',
    says:
      'of the answers end in a loop that repeats itself. Small models do so under greedy decoding; ' +
      'try examples in the prompt or a larger model.',
  },
  {
    kind: 'answers-empty',
    counted: 'empty',
    says:
      'of the answers are empty. Look at a rendered prompt: the chat template or a stop string may end ' +
      'the answer before it begins.',
  },
] as const;

function judgeAlarms(judge: JudgeFacts, generators: readonly ModelIdentity[]): Alarm[] {
  const { alarms, add } = collector(judge.judgeId);
  const { counts, name } = judge;
  const scored = counts.correct + counts.incorrect;
  const judged = scored + counts.not_attempted + counts.unparsed;
  relationAlarm(judge, generators, add);
  positiveRateAlarm(judge, add);
  if (counts.unparsed > judged * ALARM_LIMITS.unparsed) {
    const severity = counts.unparsed * 5 > judged ? 'serious' : 'warning';
    const seen = `${percent(counts.unparsed, judged)} of ${name}’s replies could not be read as a verdict and are in no accuracy.`;
    const advice =
      'Read some of them, then try letters as labels or a model that follows instructions better.';
    add('unparsed', severity, counts.unparsed, judged, `${seen} ${advice}`);
  }
  if (counts.error > 0) {
    const seen = `${rows(counts.error, 'judgment', 'judgments')} by ${name} failed.`;
    add(
      'judge-errors',
      'warning',
      counts.error,
      judged + counts.error,
      `${seen} Resume judging to try again.`,
    );
  }
  if (judge.massLittle > judge.massKnown * ALARM_LIMITS.littleMassShare) {
    const share = percent(judge.massLittle, judge.massKnown);
    const seen = `In ${share} of ${name}'s verdicts the labels have less than half of the probability: it wanted to write something else.`;
    const advice = 'Look at what, and try another prompt or letters as labels.';
    add('little-label-mass', 'warning', judge.massLittle, judge.massKnown, `${seen} ${advice}`);
  }
  return alarms;
}

function positiveRateAlarm({ counts, name }: JudgeFacts, add: Add): void {
  const scored = counts.correct + counts.incorrect;
  if (scored < ALARM_LIMITS.minScored) return;
  const rate = counts.correct / scored;
  const low = rate < ALARM_LIMITS.positiveRateLow;
  if (!low && rate <= ALARM_LIMITS.positiveRateHigh) return;
  const seen = `${name} calls ${percent(counts.correct, scored)} of the answers correct: ${low ? 'nearly none' : 'nearly all'}.`;
  const advice =
    'Either they are so, or it says the same of any answer and tells nothing: read some of its verdicts and label a few answers yourself.';
  add('positive-rate', 'serious', counts.correct, scored, `${seen} ${advice}`);
}

function relationAlarm(judge: JudgeFacts, generators: readonly ModelIdentity[], add: Add): void {
  const model = judge.model;
  if (model === null) return;
  const same = generators.filter(
    (generator) => generator.sha256 !== null && generator.sha256 === model.sha256,
  );
  if (same.length > 0) {
    const seen = `${judge.name} judges its own answers: judge and generator are the same file.`;
    const advice = 'Models are lenient with themselves; judge again with another model.';
    add('judge-is-generator', 'serious', same.length, generators.length, `${seen} ${advice}`);
    return;
  }
  const kin = generators.filter(
    (generator) => generator.family !== null && generator.family === model.family,
  );
  if (kin.length > 0) {
    const names = kin.map((generator) => generator.name).join(', ');
    const seen = `${judge.name} is of the same family (${model.family}) as ${names}.`;
    const advice =
      'Relatives share mistakes; check with a judge of another family or a few labels of your own.';
    add('judge-of-generators-family', 'warning', kin.length, generators.length, `${seen} ${advice}`);
  }
}
