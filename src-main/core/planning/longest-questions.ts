import type { DatasetRow, Question } from '../../domain/dataset.ts';
import type { Store } from '../../store/api.ts';

/** The longest in bytes are counted: tokens follow bytes more closely than characters in any script, but not to the token. */
const KEPT = 64;
/** Rows a page of the store. */
const PAGE = 2000;
/** Larger datasets are sampled: looking at more takes longer than a person waits for a plan. */
const MOST_ROWS = 500_000;

export interface LongestQuestions {
  readonly questions: readonly Question[];
  /** Rows that were looked at: all of the dataset, or its first ones. */
  readonly seen: number;
}

/**
 * The longest questions of a dataset, whatever a sample of it says: with their context, choices and gold answers, as prompts
 * contain them. Datasets do not change, so each is looked through once.
 */
export function createLongestQuestions(store: Store) {
  const known = new Map<number, Promise<LongestQuestions>>();
  return (datasetId: number, signal: AbortSignal): Promise<LongestQuestions> => {
    const before = known.get(datasetId);
    if (before !== undefined) return before;
    const looking = lookThrough(store, datasetId, signal);
    known.set(datasetId, looking);
    // Given up by one who left, it is looked through again by the next.
    looking.catch(() => known.delete(datasetId));
    return looking;
  };
}

async function lookThrough(store: Store, datasetId: number, signal: AbortSignal): Promise<LongestQuestions> {
  let longest: { readonly bytes: number; readonly question: Question }[] = [];
  let least = 0;
  let after: number | null = null;
  let seen = 0;
  while (seen < MOST_ROWS) {
    signal.throwIfAborted();
    const rows: DatasetRow[] = await store.call('datasets.rows', {
      datasetId,
      after,
      limit: PAGE,
      text: null,
    });
    for (const { question } of rows) {
      const bytes = bytesOf(question);
      if (bytes > least) longest.push({ bytes, question });
    }
    longest = longest.toSorted((a, b) => b.bytes - a.bytes).slice(0, KEPT);
    least = longest.length < KEPT ? 0 : (longest.at(-1)?.bytes ?? 0);
    seen += rows.length;
    after = rows.at(-1)?.position ?? null;
    if (rows.length < PAGE || after === null) break;
  }
  return { questions: longest.map(({ question }) => question), seen };
}

function bytesOf({ question, context, choices, gold }: Question): number {
  return [question, context ?? '', ...(choices ?? []), ...gold].reduce(
    (sum, text) => sum + Buffer.byteLength(text),
    0,
  );
}
