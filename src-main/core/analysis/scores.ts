import type { TokenLogprobs } from '../../domain/analysis/matrix.ts';
import type { ScoreInfo } from '../../domain/analysis/uncertainty-view.ts';
import { predictiveEntropy } from '../../domain/statistics/semantic-entropy.ts';
import { Problem } from '../problem.ts';
import { type AnalysisTable, known } from './table.ts';

/** An uncertainty score of every answer of a table; null where it is not known. Higher is more uncertain. */
export interface Score {
  readonly info: ScoreInfo;
  readonly values: readonly (number | null)[];
  /** The probability of being right that goes with it; null for scores that are none. */
  readonly probability: readonly (number | null)[] | null;
  /** The judge whose P(correct) it is: against itself it would say nothing. */
  readonly judgeKey: string | null;
}

type Definition = Pick<ScoreInfo, 'key' | 'name' | 'description' | 'unit'>;

const SEQUENCE = 'nats';
const TOKEN = 'nats a token';

/** Scores that every analysis with log-probabilities has, then P(True), then those over several samples. */
export function scoresOf(table: AnalysisTable, logprobs: TokenLogprobs | null): Score[] {
  const all = [
    ...sequenceScores(table),
    ...(logprobs === null ? [] : tokenScores(table, logprobs)),
    ...pTrueScores(table),
    ...sampleScores(table),
    lengthScore(table),
  ];
  return all.filter((score) => score.info.answers > 0);
}

/** Throws Problem NOT_FOUND naming the scores there are. */
export function scoreNamed(scores: readonly Score[], key: string): Score {
  const found = scores.find((score) => score.info.key === key);
  if (found !== undefined) return found;
  const keys = scores.map((score) => score.info.key).join(', ');
  throw new Problem('NOT_FOUND', `These answers have no score "${key}". They have: ${keys || 'none'}.`);
}

export function score(
  definition: Definition,
  values: readonly (number | null)[],
  probability: readonly (number | null)[] | null,
  judgeKey: string | null = null,
): Score {
  const answers = values.filter((value) => value !== null).length;
  return {
    info: { ...definition, hasProbability: probability !== null, answers },
    values,
    probability,
    judgeKey,
  };
}

const exp = (nll: number | null): number | null => (nll === null ? null : Math.exp(-nll));

function sequenceScores({ matrix, rows }: AnalysisTable): Score[] {
  const sum = rows.map((row) => known(matrix.nllSum[row]));
  const mean = rows.map((row) => known(matrix.nllMean[row]));
  const withEog = rows.map((row, i) => {
    const eog = known(matrix.eogLogprob[row]);
    const own = sum[i] ?? null;
    return eog === null || own === null ? null : own - eog;
  });
  return [
    score(
      {
        key: 'g-nll',
        name: 'G-NLL',
        unit: SEQUENCE,
        description:
          'Negative log-likelihood of the greedy answer, −Σ ln p over its tokens (Aichberger et al. 2024, arXiv 2412.15176).',
      },
      sum,
      sum.map(exp),
    ),
    score(
      {
        key: 'g-nll-eog',
        name: 'G-NLL with end token',
        unit: SEQUENCE,
        description: 'G-NLL with the token that ends the answer counted too.',
      },
      withEog,
      withEog.map(exp),
    ),
    score(
      {
        key: 'nll-mean',
        name: 'NLL a token',
        unit: TOKEN,
        description:
          'Length-normalised NLL, −mean ln p (Malinin and Gales 2021). Perplexity is its exponential and orders answers alike.',
      },
      mean,
      mean.map(exp),
    ),
  ];
}

function tokenScores({ rows }: AnalysisTable, { offsets, values }: TokenLogprobs): Score[] {
  const first: (number | null)[] = [];
  const least: (number | null)[] = [];
  for (const row of rows) {
    const own = values.subarray(offsets[row] ?? 0, offsets[row + 1] ?? 0);
    first.push(own.length === 0 ? null : Math.exp(own[0] ?? 0));
    least.push(own.length === 0 ? null : Math.exp(own.reduce((a, b) => Math.min(a, b), 0)));
  }
  const doubt = (p: number | null): number | null => (p === null ? null : 1 - p);
  return [
    score(
      {
        key: 'first-token',
        name: 'First token',
        unit: 'probability',
        description: '1 − p of the first token of the answer.',
      },
      first.map(doubt),
      first,
    ),
    score(
      {
        key: 'least-token',
        name: 'Least probable token',
        unit: 'probability',
        description: '1 − p of the least probable token of the answer.',
      },
      least.map(doubt),
      least,
    ),
  ];
}

const P_TRUE_PROMPT = 'p-true';

/** P(True) is a judge that sees no gold answer; Kadavath et al. (2022, arXiv 2207.05221). */
function pTrueScores({ judges, matrix }: AnalysisTable): Score[] {
  return judges.flatMap((series) => {
    const judge = matrix.judges.find((column) => column.judge.id === series.ref.judgeId)?.judge;
    if (judge?.promptId !== P_TRUE_PROMPT) return [];
    const definition = {
      key: `p-true(${series.ref.key})`,
      name: `P(True) by ${judge.name}`,
      unit: 'probability',
      description: '1 − P(True): the model asked whether the answer is true, no gold answer shown.',
    };
    const doubt = series.pCorrect.map((p) => (p === null ? null : 1 - p));
    return [score(definition, doubt, series.pCorrect, series.ref.key)];
  });
}

/** Rows of each question and system that has several answers. */
export function sampleGroups(table: AnalysisTable): number[][] {
  const groups = new Map<string, number[]>();
  table.rows.forEach((_, row) => {
    const key = `${table.questions[row] ?? 0}:${table.systems[row] ?? ''}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [row]);
    else group.push(row);
  });
  return [...groups.values()].filter((group) => group.length > 1);
}

/** A value of the question beside each of its samples. */
export function spread(
  table: AnalysisTable,
  of: (rows: readonly number[]) => number | null,
): (number | null)[] {
  const values = table.rows.map((): number | null => null);
  for (const group of sampleGroups(table)) {
    const value = of(group);
    for (const row of group) values[row] = value;
  }
  return values;
}

function sampleScores(table: AnalysisTable): Score[] {
  const { matrix, rows } = table;
  const entropy = (column: Float64Array): (number | null)[] =>
    spread(table, (group) => {
      const logprobs = group.map((row) => known(column[rows[row] ?? -1]));
      const there = logprobs.filter((value) => value !== null).map((nll) => -nll);
      return there.length === logprobs.length ? predictiveEntropy(there) : null;
    });
  return [
    score(
      {
        key: 'predictive-entropy',
        name: 'Predictive entropy',
        unit: SEQUENCE,
        description: '−mean ln p of the sampled answers to the question (Kadavath et al. 2022).',
      },
      entropy(matrix.nllSum),
      null,
    ),
    score(
      {
        key: 'predictive-entropy-normalised',
        name: 'Predictive entropy, length-normalised',
        unit: TOKEN,
        description:
          'Predictive entropy with each sample’s ln p divided by its length (Malinin and Gales 2021).',
      },
      entropy(matrix.nllMean),
      null,
    ),
  ];
}

/** Length alone: what any score has to be better than. */
function lengthScore(table: AnalysisTable): Score {
  const { unit, values } = lengthsOf(table);
  return score(
    {
      key: 'length',
      name: 'Length',
      unit,
      description: 'Length of the answer alone: what every score has to be better than.',
    },
    values,
    null,
  );
}

/** Lengths of the answers in tokens, or in characters where tokens are not known of all. */
export function lengthsOf({ matrix, rows }: AnalysisTable): {
  readonly unit: 'tokens' | 'characters';
  readonly values: number[];
} {
  const tokens = rows.map((row) => known(matrix.tokens[row])).filter((value) => value !== null);
  if (tokens.length === rows.length) return { unit: 'tokens', values: tokens };
  return { unit: 'characters', values: rows.map((row) => matrix.characters[row] ?? 0) };
}
