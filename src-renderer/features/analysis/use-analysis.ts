import { getRouteApi } from '@tanstack/react-router';
import { useCallback, useMemo } from 'react';
import type { AnalysisInput } from '../../../src-main/contract/analysis.ts';
import { compact } from '../../lib/search-params.ts';
import { panelsOf } from './panels.ts';
import type { AnalysisSearch } from './search.ts';

const route = getRouteApi('/analysis');

/** What the address asks for, as the workbench takes it. */
export function useAnalysisInput(runId: number): AnalysisInput {
  const { system, panel } = route.useSearch();
  return useMemo(
    () => ({
      runId,
      where: system === undefined ? [] : [{ column: 'system', value: system }],
      panels: panelsOf(panel).map(({ kind, members }) => ({ kind, members: [...members] })),
    }),
    [runId, system, panel],
  );
}

/** The page's choices, all of them in its address. */
export function useAnalysisSearch() {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const set = useCallback(
    (part: { [K in keyof AnalysisSearch]?: AnalysisSearch[K] | undefined }) =>
      void navigate({ search: (before) => compact({ ...before, ...part }), replace: true }),
    [navigate],
  );
  return { search, set };
}
