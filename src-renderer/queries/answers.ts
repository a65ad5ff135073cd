import { infiniteQueryOptions, type InfiniteData } from '@tanstack/react-query';
import type { AnswerPage, AnswerQuery } from '../../src-main/domain/answer.ts';
import { verdictsChanged } from './analysis.ts';
import { api, queryClient, workbench } from './client.ts';

/** What the answers table asks for, without the paging that the query does itself. */
export type AnswerFilter = Omit<AnswerQuery, 'cursor' | 'limit'>;

export const ANSWERS_PAGE = 200;

type WireFilter = Parameters<typeof workbench.answers.count>[0];

/** The wire's schema wants a list it may change; ours is read-only. */
const wireFilter = (filter: AnswerFilter): WireFilter => ({ ...filter, verdicts: [...filter.verdicts] });

interface AnswersPart {
  readonly cursor: string | null;
  readonly limit: number;
}

const partAt = (cursor: string | null, limit = ANSWERS_PAGE): AnswersPart => ({ cursor, limit });

/** What comes before a page in the run's own order: a page, or as many as there are. */
function partBefore(position: number): AnswersPart | undefined {
  const limit = Math.min(ANSWERS_PAGE, position);
  return limit === 0 ? undefined : partAt(`@${position - limit}`, limit);
}

/** `from`: the position read first, in the run's own order, from which pages follow both ways; 0 in any other. */
export const answersQuery = (filter: AnswerFilter, from: number) =>
  infiniteQueryOptions({
    queryKey: [...api.answers.page.key({ type: 'infinite', input: wireFilter(filter) }), from],
    queryFn: ({ pageParam, signal }) =>
      workbench.answers.page({ ...wireFilter(filter), ...pageParam }, { signal }),
    initialPageParam: partAt(from === 0 ? null : `@${from}`),
    getNextPageParam: ({ nextCursor }) => (nextCursor === null ? undefined : partAt(nextCursor)),
    getPreviousPageParam: ({ items }) => (from === 0 ? undefined : partBefore(items[0]?.position ?? 0)),
  });

/**
 * Reads the loaded pages again that hold some of the rows `shown` (first and last index) and leaves the others: while a run writes, only
 * what is on screen is worth asking for. Only for orders in which rows keep their places.
 */
export async function refreshAnswerPages(
  filter: AnswerFilter,
  from: number,
  shown: readonly [number, number],
  signal: AbortSignal,
): Promise<void> {
  const { queryKey } = answersQuery(filter, from);
  const before = queryClient.getQueryData<InfiniteData<AnswerPage, AnswersPart>>(queryKey);
  if (before === undefined) return;
  const fresh = await Promise.all(
    pagesOf(before.pages, shown).map(async (index) => {
      const input = { ...wireFilter(filter), ...(before.pageParams[index] ?? partAt(null)) };
      return [index, await workbench.answers.page(input, { signal })] as const;
    }),
  );
  const byIndex = new Map(fresh);
  queryClient.setQueryData<InfiniteData<AnswerPage, AnswersPart>>(queryKey, (now) =>
    now === undefined ? now : { ...now, pages: now.pages.map((page, index) => byIndex.get(index) ?? page) },
  );
}

/** The pages that rows from the first to the last index are in; pages differ in length, and one may still be empty. */
function pagesOf(pages: readonly AnswerPage[], [first, last]: readonly [number, number]): number[] {
  const found: number[] = [];
  let begin = 0;
  for (const [index, { items }] of pages.entries()) {
    const end = begin + items.length;
    if (begin <= last && end >= first) found.push(index);
    begin = end;
  }
  return found;
}

/** Exact up to ten thousand, then capped. */
export const answersCountQuery = (filter: AnswerFilter) =>
  api.answers.count.queryOptions({ input: wireFilter(filter), placeholderData: (before) => before });

export async function refreshAnswers(): Promise<void> {
  await queryClient.invalidateQueries({ queryKey: api.answers.key() });
}

export const answerQuery = (runId: number, position: number) =>
  api.answers.get.queryOptions({ input: { runId, position } });

export const labelMutation = () =>
  api.answers.label.mutationOptions({
    onSuccess: verdictsChanged,
  });
