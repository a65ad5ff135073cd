import type { Question } from '../../domain/dataset.ts';
import { normaliseAnswer } from '../../domain/lexical/normalise.ts';
import type { Store, StoredText } from '../../store/api.ts';

/** The samples of one question by one system, those with the same words together. */
export interface SampleGroup {
  readonly question: Question;
  /** One entry a wording: the ids of the answers that have it, and the text of the first. */
  readonly wordings: readonly { readonly text: string; readonly answerIds: readonly number[] }[];
}

const PAGE = 1000;

/** Groups of a run that have more than one answer. Empty where every question has one. */
export async function sampleGroupsOf(
  store: Store,
  runId: number,
  signal: AbortSignal,
): Promise<SampleGroup[]> {
  const groups = new Map<string, StoredText[]>();
  let after = -1;
  for (;;) {
    signal.throwIfAborted();
    const page = await store.call('analysis.texts', { runId, after, limit: PAGE });
    const last = page.at(-1);
    if (last === undefined) break;
    after = last.position;
    for (const entry of page) {
      const key = `${entry.rowId}:${entry.system}`;
      const group = groups.get(key);
      if (group === undefined) groups.set(key, [entry]);
      else group.push(entry);
    }
  }
  return [...groups.values()].filter((group) => group.length > 1).flatMap((group) => toGroup(group));
}

function toGroup(group: readonly StoredText[]): SampleGroup[] {
  const [first] = group;
  if (first === undefined) return [];
  const wordings = new Map<string, { text: string; answerIds: number[] }>();
  for (const { answer, answerId } of group) {
    const key = normaliseAnswer(answer);
    const known = wordings.get(key);
    if (known === undefined) wordings.set(key, { text: answer, answerIds: [answerId] });
    else known.answerIds.push(answerId);
  }
  return [{ question: first.question, wordings: [...wordings.values()] }];
}

/** Two wordings, and all pairs of answers that have them. */
export interface WordingPair {
  readonly question: Question;
  readonly first: string;
  readonly second: string;
  readonly answers: readonly (readonly [firstId: number, secondId: number])[];
}

/** Ordered pairs of different wordings that a model has not been asked about yet. */
export function pairsToAsk(groups: readonly SampleGroup[], known: ReadonlySet<string>): WordingPair[] {
  return groups.flatMap(({ question, wordings }) =>
    wordings.flatMap((first) =>
      wordings.flatMap((second): WordingPair[] => {
        if (first === second) return [];
        const answers = first.answerIds.flatMap((a) => second.answerIds.map((b) => [a, b] as const));
        const missing = answers.filter(([a, b]) => !known.has(pairKey(a, b)));
        return missing.length === 0
          ? []
          : [{ question, first: first.text, second: second.text, answers: missing }];
      }),
    ),
  );
}

/** Ordered pairs of answers with the same words: each implies the other, no model need be asked. */
export function equalPairs(groups: readonly SampleGroup[]): (readonly [number, number])[] {
  return groups.flatMap(({ wordings }) =>
    wordings.flatMap(({ answerIds }) =>
      answerIds.flatMap((a) => answerIds.filter((b) => b !== a).map((b) => [a, b] as const)),
    ),
  );
}

/** The order counts: that a implies b does not say that b implies a. */
export function pairKey(firstId: number, secondId: number): string {
  return `${firstId}:${secondId}`;
}
