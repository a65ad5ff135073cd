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

/** `from`: the first position read, in the run's own order; 0 in any other. */
export const answersQuery = (filter: AnswerFilter, from: number) =>
  infiniteQueryOptions({
    queryKey: [...api.answers.page.key({ type: 'infinite', input: wireFilter(filter) }), from],
    queryFn: ({ pageParam, signal }) =>
      workbench.answers.page({ ...wireFilter(filter), cursor: pageParam, limit: ANSWERS_PAGE }, { signal }),
    initialPageParam: from === 0 ? null : `@${from}`,
    getNextPageParam: (last) => last.nextCursor ?? undefined,
  });

/**
 * Reads some of the loaded pages again and leaves the others: while a run writes, only what is on screen is worth asking
 * for. Only for orders in which rows keep their places.
 */
export async function refreshAnswerPages(
  filter: AnswerFilter,
  from: number,
  pages: readonly number[],
  signal: AbortSignal,
): Promise<void> {
  const { queryKey } = answersQuery(filter, from);
  const before = queryClient.getQueryData<InfiniteData<AnswerPage, string | null>>(queryKey);
  if (before === undefined) return;
  const fresh = await Promise.all(
    pages
      .filter((index) => index < before.pages.length)
      .map(async (index) => {
        const cursor = before.pageParams[index] ?? null;
        const input = { ...wireFilter(filter), cursor, limit: ANSWERS_PAGE };
        return [index, await workbench.answers.page(input, { signal })] as const;
      }),
  );
  const byIndex = new Map(fresh);
  queryClient.setQueryData<InfiniteData<AnswerPage, string | null>>(queryKey, (now) =>
    now === undefined ? now : { ...now, pages: now.pages.map((page, index) => byIndex.get(index) ?? page) },
  );
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
