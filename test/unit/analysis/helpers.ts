import type {
  AnswerMatrix,
  DrawnLabel,
  JudgeColumn,
  LabelQueueFacts,
} from '../../../src-main/domain/analysis/matrix.ts';
import type { AnalysisOptions } from '../../../src-main/domain/analysis/options.ts';
import type { JudgeInfo, Run } from '../../../src-main/domain/run.ts';
import { type Verdict, VERDICTS } from '../../../src-main/domain/verdict.ts';
import { type AnalysisTable, analysisTable } from '../../../src-main/core/analysis/table.ts';
import { EXPERIMENT } from '../../store/helpers.ts';

export interface SpokenJudge {
  readonly id: number;
  readonly name: string;
  readonly kind?: JudgeInfo['kind'];
  readonly verdicts: readonly (Verdict | null)[];
  readonly p?: readonly (number | null)[];
  readonly more?: Partial<JudgeInfo>;
}

export interface MadeRun {
  readonly runId?: number;
  readonly datasetId?: number;
  /** Question of each answer; one each when left out. */
  readonly questions?: readonly number[];
  readonly systems?: readonly string[];
  readonly samples?: readonly number[];
  readonly nll?: readonly number[];
  readonly metadata?: Readonly<Record<string, readonly string[]>>;
  readonly judges: readonly SpokenJudge[];
  readonly labels?: readonly DrawnLabel[];
  readonly queues?: readonly LabelQueueFacts[];
}

export const OPTIONS: AnalysisOptions = {
  runId: 1,
  where: [],
  panels: [],
  level: 0.95,
  seed: 7,
  resamples: 400,
};

function indexed(values: readonly string[]): { readonly names: string[]; readonly index: Int32Array } {
  const names = [...new Set(values)];
  return { names, index: Int32Array.from(values, (value) => names.indexOf(value)) };
}

function judgeColumn({ id, name, kind = 'model', verdicts, p, more }: SpokenJudge): JudgeColumn {
  return {
    judge: {
      id,
      name,
      kind,
      sha256: name,
      modelSha256: kind === 'model' ? name : null,
      promptId: kind === 'model' ? 'strict' : null,
      promptSha256: kind === 'model' ? 'strict' : null,
      labelOrder: kind === 'model' ? 'AB' : null,
      mode: kind === 'model' ? 'next-token' : kind,
      ...more,
    },
    verdict: Int8Array.from(verdicts, (verdict) => (verdict === null ? -1 : VERDICTS.indexOf(verdict))),
    pCorrect: Float64Array.from(verdicts, (_, i) => p?.[i] ?? Number.NaN),
    labelMass: new Float64Array(verdicts.length).fill(Number.NaN),
  };
}

export function matrixOf(made: MadeRun): AnswerMatrix {
  const n = made.judges[0]?.verdicts.length ?? 0;
  const unknown = (): Float64Array => new Float64Array(n).fill(Number.NaN);
  const systems = indexed(made.systems ?? Array.from({ length: n }, () => 'model'));
  const nll = Float64Array.from({ length: n }, (_, i) => made.nll?.[i] ?? Number.NaN);
  return {
    positions: Int32Array.from({ length: n }, (_, i) => i),
    answerIds: Float64Array.from({ length: n }, (_, i) => 1000 + i),
    rowIds: Float64Array.from({ length: n }, (_, i) => made.questions?.[i] ?? i),
    sampleIndex: Int32Array.from({ length: n }, (_, i) => made.samples?.[i] ?? 0),
    system: systems.index,
    systemNames: systems.names,
    finish: new Int32Array(n).fill(-1),
    finishReasons: [],
    tokens: unknown(),
    characters: Int32Array.from({ length: n }, (_, i) => 10 + i),
    hasGold: new Uint8Array(n).fill(1),
    nllSum: nll,
    nllMean: nll.map((value) => value / 2),
    eogLogprob: unknown(),
    exactMatch: unknown(),
    contains: unknown(),
    f1: unknown(),
    judges: made.judges.map(judgeColumn),
    metadata: Object.entries(made.metadata ?? {}).map(([name, values]) => {
      const column = indexed(values);
      return { name, values: column.names, index: column.index };
    }),
    labels: made.labels ?? [],
    queues: made.queues ?? [],
  };
}

export function runOf(made: MadeRun): Run {
  return {
    id: made.runId ?? 1,
    name: `run ${made.runId ?? 1}`,
    createdAt: 0,
    startedAt: 0,
    endedAt: 0,
    status: 'done',
    datasetId: made.datasetId ?? 1,
    datasetName: `dataset ${made.datasetId ?? 1}`,
    total: made.judges[0]?.verdicts.length ?? 0,
    answered: made.judges[0]?.verdicts.length ?? 0,
    phases: [],
    live: null,
    owner: null,
    error: null,
    experiment: EXPERIMENT,
    plan: null,
    judges: [],
  };
}

export function tableOf(made: MadeRun, options: Partial<AnalysisOptions> = {}): AnalysisTable {
  return analysisTable(runOf(made), matrixOf(made), { ...OPTIONS, runId: made.runId ?? 1, ...options });
}

/** "ccixu" as verdicts: correct, incorrect, unparsed, x error, s skipped, . not judged. */
export function spoken(letters: string): (Verdict | null)[] {
  const known: Readonly<Record<string, Verdict | null>> = {
    c: 'correct',
    i: 'incorrect',
    n: 'not_attempted',
    u: 'unparsed',
    x: 'error',
    s: 'skipped',
    '.': null,
  };
  return [...letters].map((letter) => known[letter] ?? null);
}
