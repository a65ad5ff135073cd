import { relevancePrompt } from '../../domain/prompts/relevance.ts';
import { normaliseAnswer } from '../../domain/lexical/normalise.ts';
import { answerUnits, type AnswerUnit } from '../../domain/statistics/answer-units.ts';
import type { Store, StoredRelevance, StoredTokens } from '../../store/api.ts';
import { createBatcher } from '../batcher.ts';
import type { RunnerDeps } from '../experiments/types.ts';
import { Problem } from '../problem.ts';
import { type Asked, type AskedModel, askYesNo, modelToAsk, type Report, requireRun } from './ask-model.ts';

/** Of the prompt, of how its answer is read and of what is left out: relevances under another version are another judge's. */
const RELEVANCE_VERSION = 1;
const PAGE = 500;
const COMMIT_ITEMS = 64;
const COMMIT_MS = 500;
/** Each word is a prompt with the whole answer in it, so the work grows with its square: longer answers are left out. */
export const MOST_WORDS = 64;

/** An answer whose words are being weighed. */
interface Weighed {
  readonly answerId: number;
  readonly source: StoredTokens;
  readonly whole: string;
  /** One an own token; filled as replies come. */
  readonly relevances: Float32Array;
  /** Units that the model has to be asked about. */
  readonly open: readonly AnswerUnit[];
  left: number;
}

/**
 * Asks a local model of every word of a run's answers whether the answer still says the same without it: 1 − P(yes) is the
 * relevance of its tokens (after Duan et al. 2024, who leave out single tokens and compare with a sentence encoder). Words whose loss leaves nothing
 * to compare, and those that normalise to nothing, need no model. Kept answer by answer. Throws Problem REFUSED when
 * no answer was kept token by token, and as modelToAsk does.
 */
export async function askRelevance(
  deps: RunnerDeps,
  request: { readonly runId: number; readonly model: string },
  signal: AbortSignal,
  report: Report,
): Promise<Asked> {
  const { store } = deps;
  const { runId } = request;
  await requireRun(store, runId);
  const kind = { kind: 'relevance', version: RELEVANCE_VERSION };
  const asked = await modelToAsk(deps, { ...request, ...kind }, signal, report);
  const known = new Set(
    (await store.call('relevances.list', { runId }))
      .filter(({ judgeId }) => judgeId === asked.judgeId)
      .map(({ answerId }) => answerId),
  );
  const { answers, tokens } = await answersToWeigh(store, runId, known, signal);
  if (tokens === 0) {
    throw new Problem(
      'REFUSED',
      'No answer of this run was kept token by token; only answers that were generated here can be weighed.',
    );
  }
  await store.call('relevances.put', {
    judgeId: asked.judgeId,
    answers: answers.filter(({ left }) => left === 0),
  });
  const open = answers.filter(({ left }) => left > 0);
  return open.length === 0
    ? { asked: 0, failed: 0 }
    : askWords(deps, asked, { runId, answers: open }, signal, report);
}

/** Answers that have no relevances yet, and how many have tokens at all. */
async function answersToWeigh(
  store: Store,
  runId: number,
  known: ReadonlySet<number>,
  signal: AbortSignal,
): Promise<{ readonly answers: Weighed[]; readonly tokens: number }> {
  const answers = new Map<number, Weighed>();
  let tokens = 0;
  let after = -1;
  for (;;) {
    signal.throwIfAborted();
    const page = await store.call('analysis.tokens', { runId, after, limit: PAGE });
    const last = page.at(-1);
    if (last === undefined) return { answers: [...answers.values()], tokens };
    after = last.position;
    tokens += page.length;
    for (const source of page) {
      if (known.has(source.answerId) || source.texts.length === 0) continue;
      const weighed = begin(source);
      if (weighed !== null) answers.set(source.answerId, weighed);
    }
  }
}

/** What is known without a model; null for answers that are too long. */
function begin(source: StoredTokens): Weighed | null {
  const units = answerUnits(source.texts);
  if (units.length > MOST_WORDS) return null;
  const whole = source.texts.join('');
  const relevances = new Float32Array(source.texts.length);
  const normal = normaliseAnswer(whole);
  const open = units.filter((unit) => {
    const without = normaliseAnswer(unit.without);
    if (without === normal) return false;
    if (without !== '') return true;
    for (const token of unit.tokens) relevances[token] = 1;
    return false;
  });
  return { answerId: source.answerId, source, whole, relevances, open, left: open.length };
}

async function askWords(
  deps: RunnerDeps,
  { model, judgeId, instruct }: AskedModel,
  { runId, answers }: { readonly runId: number; readonly answers: readonly Weighed[] },
  signal: AbortSignal,
  report: Report,
): Promise<Asked> {
  const questions = answers.flatMap((answer) => answer.open.map((unit) => ({ answer, unit })));
  const batcher = createBatcher<Pick<StoredRelevance, 'answerId' | 'relevances'>>({
    maxItems: COMMIT_ITEMS,
    maxMs: COMMIT_MS,
    flush: (batch) =>
      deps.store.call('relevances.put', {
        judgeId,
        answers: batch.map(({ answerId, relevances }) => ({ answerId, relevances })),
      }),
  });
  try {
    return await askYesNo(
      deps,
      model,
      {
        step: 'Weighing words',
        runId,
        items: questions,
        render: ({ answer, unit }) =>
          relevancePrompt(answer.source.question, answer.whole, unit.without, instruct),
        answered: async ({ answer, unit }, pSame) => {
          for (const token of unit.tokens) answer.relevances[token] = pSame === null ? Number.NaN : 1 - pSame;
          answer.left -= 1;
          if (answer.left === 0) await batcher.add(answer);
        },
      },
      signal,
      report,
    );
  } finally {
    await batcher.drain();
  }
}
