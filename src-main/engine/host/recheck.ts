/** A run's own check: some of its rows done again in another order, to see whether they depend on who was beside them. */
import type { Engine, GenerateJob, GenerateResult, ScoreJob, ScoreResult } from '../engine.ts';

export interface Recheck {
  readonly checked: number;
  /** Rows whose tokens (answers) or most probable label (scores) came out otherwise. */
  readonly changed: number;
  /** Rows that are the same to the last bit. */
  readonly identical: number;
  /** Largest |Δ ln p| over tokens that both wrote before they part, or over labels. */
  readonly largestDifference: number;
  /** What it found, for people. */
  readonly sentence: string;
}

export interface GeneratedRow {
  readonly job: GenerateJob;
  readonly answer: string;
  readonly tokenIds: ArrayLike<number>;
  readonly logprobs: ArrayLike<number>;
}
export interface ScoredRow {
  readonly job: ScoreJob;
  readonly probabilities: readonly number[];
}

interface Comparison {
  readonly changed: boolean;
  readonly difference: number;
}

/** One row in so many is made again, so that the check costs about two percent of a long run. */
const ONE_IN = 50;
/** Fewer would tell nothing; of a handful of rows one in five, so that a short run is not made twice. */
const LEAST = 4;
const LEAST_ONE_IN = 5;
/** Of a long answer this much is written again: what depends on neighbours parts early, and a few long answers alone would hold up a run. */
const FIRST_TOKENS = 32;
/** A stop string that begins in these tokens has to be written out, or its first tokens would count as the answer's. */
const STOP_TOKENS = 16;
const MOST = 32;

export interface RowSampler {
  /** The engine, with its rows seen on their way: a few of them, spread over the run, are kept. */
  readonly engine: Engine;
  /** Makes the rows that were kept again, in another order. Null when there are none. Throws EngineError when the engine dies. */
  recheck(signal: AbortSignal): Promise<Recheck | null>;
}

/** Watches an engine at work on about `total` items for the check at the end. */
export function sampleRows(engine: Engine, total: number): RowSampler {
  const least = Math.min(LEAST, Math.ceil(total / LEAST_ONE_IN));
  const size = Math.min(MOST, Math.max(least, Math.ceil(total / ONE_IN)));
  const stride = Math.max(1, Math.floor(total / size));
  const answers: GeneratedRow[] = [];
  const scores: ScoredRow[] = [];
  // Of all calls: a judge that follows a generator asks in many helpings.
  const sample = { stride, most: size, seen: 0, kept: 0 };
  return {
    engine: {
      ...engine,
      generate: (jobs, signal) =>
        watched(
          jobs,
          sample,
          (seen) => engine.generate(seen, signal),
          (job, result) => {
            const { answer, tokenIds, logprobs } = result;
            answers.push({ job, answer, tokenIds, logprobs });
          },
        ),
      score: (jobs, signal) =>
        watched(
          jobs,
          sample,
          (seen) => engine.score(seen, signal),
          (job, result) => {
            scores.push({ job, probabilities: result.probabilities });
          },
        ),
    },
    async recheck(signal) {
      if (answers.length > 0) return recheckAnswers(engine, answers, signal);
      return scores.length > 0 ? recheckScores(engine, scores, signal) : null;
    },
  };
}

interface Sample {
  readonly stride: number;
  readonly most: number;
  /** Jobs so far. */
  seen: number;
  /** Of them kept with their results. */
  kept: number;
}

/** Passes everything on; hands every `stride`-th job to `keep` with its result, where that is no error. */
async function* watched<J extends { readonly id: string }, R extends Result>(
  jobs: AsyncIterable<J>,
  sample: Sample,
  run: (jobs: AsyncIterable<J>) => AsyncIterable<R>,
  keep: (job: J, result: R) => void,
): AsyncGenerator<R, void, undefined> {
  const picked = new Map<string, J>();
  async function* noted(): AsyncGenerator<J, void, undefined> {
    for await (const job of jobs) {
      const { stride, most, seen, kept } = sample;
      if (seen % stride === 0 && kept + picked.size < most) picked.set(keyOf(job), job);
      sample.seen += 1;
      yield job;
    }
  }
  for await (const result of run(noted())) {
    const job = picked.get(keyOf(result));
    if (job !== undefined) {
      picked.delete(keyOf(result));
      if (result.error === null) {
        sample.kept += 1;
        keep(job, result);
      }
    }
    yield result;
  }
}

interface Result {
  readonly id: string;
  readonly sampleIndex?: number;
  readonly error: string | null;
}

async function* inOrder<T>(items: readonly T[]): AsyncGenerator<T, void, undefined> {
  yield* items;
}

/** Another order, the same for everyone: every second row from the end, then the others. */
function reordered<T>(rows: readonly T[]): T[] {
  const backwards = rows.toReversed();
  return [
    ...backwards.filter((_, index) => index % 2 === 0),
    ...backwards.filter((_, index) => index % 2 === 1),
  ];
}

const keyOf = (row: { readonly id: string; readonly sampleIndex?: number }): string =>
  `${row.id}/${row.sampleIndex ?? 0}`;

/**
 * Generates `rows` again (of long ones the first tokens) on the same engine in another order and compares tokens and log-probabilities. Rows that end
 * in an error, and those missing after an abort, are not counted. Throws EngineError when the engine dies.
 */
export async function recheckAnswers(
  engine: Engine,
  rows: readonly GeneratedRow[],
  signal: AbortSignal,
): Promise<Recheck> {
  const before = new Map(rows.map((row) => [keyOf(row.job), row]));
  const found: Comparison[] = [];
  const jobs = reordered(rows).map(({ job }) => shortened(job));
  for await (const result of engine.generate(inOrder(jobs), signal)) {
    const row = before.get(keyOf(result));
    if (row && result.error === null) found.push(compareAnswers(row, result));
  }
  return summarize(found, 'answers', 'words');
}

/** The same for scores. */
export async function recheckScores(
  engine: Engine,
  rows: readonly ScoredRow[],
  signal: AbortSignal,
): Promise<Recheck> {
  const before = new Map(rows.map((row) => [row.job.id, row]));
  const found: Comparison[] = [];
  const jobs = reordered(rows).map((row) => row.job);
  for await (const result of engine.score(inOrder(jobs), signal)) {
    const row = before.get(result.id);
    if (row && result.error === null) found.push(compareScores(row, result));
  }
  return summarize(found, 'verdicts', 'label');
}

function shortened(job: GenerateJob): GenerateJob {
  const most = FIRST_TOKENS + (job.decoding.stop.length > 0 ? STOP_TOKENS : 0);
  const maxTokens = Math.min(job.decoding.maxTokens, most);
  return { ...job, decoding: { ...job.decoding, maxTokens } };
}

function compareAnswers(row: GeneratedRow, again: GenerateResult): Comparison {
  const length = Math.min(row.tokenIds.length, FIRST_TOKENS);
  const shared = Math.min(length, again.tokenIds.length);
  let same = 0;
  let difference = 0;
  while (same < shared && row.tokenIds[same] === again.tokenIds[same]) {
    difference = Math.max(difference, Math.abs((row.logprobs[same] ?? 0) - (again.logprobs[same] ?? 0)));
    same += 1;
  }
  const parted = same < Math.max(length, Math.min(again.tokenIds.length, FIRST_TOKENS));
  // One of several texts has no tokens of its own: then the text tells.
  const otherText = length < FIRST_TOKENS && row.answer !== again.answer;
  return { changed: parted || otherText, difference };
}

function compareScores(row: ScoredRow, again: ScoreResult): Comparison {
  const best = (probabilities: readonly number[]): number =>
    probabilities.indexOf(Math.max(...probabilities));
  const differences = row.probabilities.map((p, index) => {
    const other = again.probabilities[index] ?? 0;
    return p === other ? 0 : Math.abs(Math.log(p) - Math.log(other));
  });
  return {
    changed: best(row.probabilities) !== best(again.probabilities),
    difference: Math.max(0, ...differences),
  };
}

function summarize(found: readonly Comparison[], noun: string, part: string): Recheck {
  const changed = found.filter((comparison) => comparison.changed).length;
  const identical = found.filter((comparison) => !comparison.changed && comparison.difference === 0).length;
  const largestDifference = Math.max(0, ...found.map((comparison) => comparison.difference));
  const checked = found.length;
  const again = `${checked} ${checked === 1 ? noun.slice(0, -1) : noun} made again in another order`;
  const outcome =
    checked === 0
      ? 'nothing was compared'
      : identical === checked
        ? `${checked === 1 ? '' : 'all '}the same to the last bit`
        : `${changed} of them changed in their ${part}, log-probabilities differ by up to ${largestDifference.toPrecision(2)}`;
  return { checked, changed, identical, largestDifference, sentence: `${again}: ${outcome}.` };
}
