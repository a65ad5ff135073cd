import { useDebouncedValue } from '@mantine/hooks';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useMemo, useState } from 'react';
import type { PlannedRun } from '../../../src-main/contract/runs.ts';
import { planQuery, startRunMutation } from '../../queries/runs.ts';
import { launchOf, missingPart, type Draft } from './draft.ts';

/** Long enough that a number typed is one plan and not three. */
const PLAN_DELAY_MS = 300;

export interface Launching {
  /** What still has to be chosen; null when it can be planned. */
  readonly missing: string | null;
  readonly planned: PlannedRun | null;
  /** The plan on screen is of what was chosen before. */
  readonly stale: boolean;
  readonly planError: unknown;
  readonly onReplan: () => void;
  readonly loadAnyway: boolean;
  readonly onLoadAnyway: (value: boolean) => void;
  /** Why nothing is started by Start, as a sentence; null when it starts what is shown. */
  readonly blocked: string | null;
  readonly starting: boolean;
  readonly startError: unknown;
  readonly onStart: () => void;
}

/** Plans the draft as it is changed, and starts it: only ever what the plan on screen describes. */
export function useLaunch(draft: Draft, onStarted: () => void): Launching {
  const navigate = useNavigate();
  const missing = missingPart(draft);
  // The name does not change a plan, and "load anyway" does not either.
  const wanted = useMemo(() => launchOf({ ...draft, named: false }, false), [draft]);
  const key = JSON.stringify(wanted);
  const [settled] = useDebouncedValue(wanted, PLAN_DELAY_MS);
  const plan = useQuery({
    ...planQuery(settled ?? { experiment: draft.experiment }),
    enabled: settled !== null,
    gcTime: 0,
  });
  // Said of one plan: another that fails has to be looked at anew.
  const [anyway, setAnyway] = useState<string | null>(null);
  const loadAnyway = anyway === key;
  const start = useMutation(startRunMutation());
  const stale = missing === null && (plan.isFetching || JSON.stringify(settled) !== key);
  const planned = plan.data ?? null;
  const blocked = whyBlocked({ missing, stale, planned, planError: plan.error, loadAnyway });
  const onStart = (): void => {
    const launch = launchOf(draft, loadAnyway);
    if (launch === null || blocked !== null || start.isPending) return;
    start.mutate(launch, {
      onSuccess: ({ runId }) => {
        onStarted();
        void navigate({ to: '/runs/$runId', params: { runId } });
      },
    });
  };
  return {
    missing,
    planned,
    stale,
    planError: plan.error,
    onReplan: () => void plan.refetch(),
    loadAnyway,
    onLoadAnyway: (value) => setAnyway(value ? key : null),
    blocked,
    starting: start.isPending,
    startError: start.error,
    onStart,
  };
}

type State = Pick<Launching, 'missing' | 'stale' | 'planned' | 'planError' | 'loadAnyway'>;

function whyBlocked({ missing, stale, planned, planError, loadAnyway }: State): string | null {
  if (missing !== null) return missing;
  if (stale) return planned === null ? 'Being planned.' : 'What you changed is being planned.';
  if (planError || planned === null) return 'This cannot be planned.';
  return planned.plan.verdict === 'no' && !loadAnyway ? 'This is planned to fail.' : null;
}
