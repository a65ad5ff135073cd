import { useInfiniteQuery } from '@tanstack/react-query';
import { useCallback, useEffect, useMemo, useRef } from 'react';
import type { AnswerListItem } from '../../../src-main/domain/answer.ts';
import { answersQuery, refreshAnswerPages, type AnswerFilter } from '../../queries/answers.ts';
import { keepsPlaces } from './filter.ts';

/** Slow enough to read a row, fast enough to see the run work. */
const REFRESH_MS = 1500;

export interface AnswerRows {
  readonly rows: readonly AnswerListItem[];
  readonly pending: boolean;
  readonly error: unknown;
  readonly retry: () => void;
  /** How many of the run's rows are before the first one here. */
  readonly before: number;
  /** For DataTable. */
  readonly onStart: () => void;
  readonly onEnd: () => void;
  readonly onRange: (first: number, last: number) => void;
}

/**
 * The rows of a filter from a position on, page after page, and those before it as they are scrolled to. While `live`, pages on screen are read again, but only where rows keep their
 * places; elsewhere nothing moves until it is asked for.
 */
export function useAnswerRows(filter: AnswerFilter, from: number, live: boolean): AnswerRows {
  const query = useInfiniteQuery({ ...answersQuery(filter, from), placeholderData: (before) => before });
  const { fetchNextPage, fetchPreviousPage, hasNextPage, hasPreviousPage, isFetching, refetch } = query;
  // One at a time, for what is asked for at one end cancels what is on its way at the other; after a failure not before it is said.
  const ready = !isFetching && !query.isError;
  const rows = useMemo(() => query.data?.pages.flatMap(({ items }) => items) ?? [], [query.data]);
  const range = useRef<readonly [number, number]>([0, 0]);
  const onRange = useCallback((first: number, last: number) => {
    range.current = [first, last];
  }, []);
  const onEnd = useCallback(() => {
    if (hasNextPage && ready) void fetchNextPage();
  }, [fetchNextPage, hasNextPage, ready]);
  const onStart = useCallback(() => {
    if (hasPreviousPage && ready) void fetchPreviousPage();
  }, [fetchPreviousPage, hasPreviousPage, ready]);

  const shown = useRef({ filter, from });
  useEffect(() => {
    shown.current = { filter, from };
  });
  const refresh = live && keepsPlaces(filter);
  useEffect(() => {
    if (!refresh) return undefined;
    const controller = new AbortController();
    let timer: ReturnType<typeof setTimeout>;
    const next = (): void => {
      timer = setTimeout(() => {
        // A failure is the connection's, and the page says that; the next round tries again.
        void refreshAnswerPages(shown.current.filter, shown.current.from, range.current, controller.signal)
          .catch(() => undefined)
          .finally(() => {
            if (!controller.signal.aborted) next();
          });
      }, REFRESH_MS);
    };
    next();
    return () => {
      controller.abort();
      clearTimeout(timer);
    };
  }, [refresh]);

  return {
    rows,
    pending: query.isPending,
    error: query.error,
    retry: () => void refetch(),
    before: from === 0 ? 0 : (rows[0]?.position ?? from),
    onStart,
    onEnd,
    onRange,
  };
}
