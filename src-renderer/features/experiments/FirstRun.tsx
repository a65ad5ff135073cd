import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { EmptyState } from '../../components/EmptyState.tsx';
import { FitBadge } from '../../components/FitBadge.tsx';
import { PlanDeviceBar } from '../../components/MemoryBar.tsx';
import { datasetsQuery } from '../../queries/datasets.ts';
import { fitQuery, modelsQuery } from '../../queries/models.ts';
import { planQuery } from '../../queries/runs.ts';
import { autoName, launchOf, proposedDraft } from './draft.ts';

/** No run yet: the plan that would run now, and the button. */
export function FirstRun() {
  const datasets = useQuery(datasetsQuery()).data;
  const models = useQuery(modelsQuery()).data?.models;
  const fits = useQuery(fitQuery()).data;
  const draft =
    datasets === undefined || models === undefined || fits === undefined
      ? null
      : proposedDraft({ search: {}, datasets, models, fits, run: null });
  const launch = draft === null ? null : launchOf(draft, false);
  const plan = useQuery({
    ...planQuery(launch ?? { experiment: { dataset: '' } }),
    enabled: launch !== null,
  });
  return (
    <EmptyState
      title="No run yet"
      actions={
        <Button renderRoot={(props) => <Link to="/runs/new" {...props} />}>
          {launch === null ? 'New run' : 'Look at it and start'}
        </Button>
      }
    >
      <p>
        A run asks a model the questions of a dataset, unloads it, and has another model judge the answers.
      </p>
      {draft === null || launch === null || plan.data === undefined ? null : (
        <>
          <p>
            Now it would be: <strong>{autoName(draft)}</strong>, {draft.experiment.limit ?? 'all'} questions{' '}
            <FitBadge verdict={plan.data.plan.verdict} />
          </p>
          {plan.data.plan.phases.flatMap((phase) =>
            phase.devices.map((device) => (
              <PlanDeviceBar key={`${phase.role}-${phase.modelId}-${device.deviceId}`} device={device} />
            )),
          )}
        </>
      )}
    </EmptyState>
  );
}
