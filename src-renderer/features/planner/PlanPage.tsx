import { SegmentedControl } from '@mantine/core';
import { getRouteApi } from '@tanstack/react-router';
import { Page, PageHead } from '../../components/PageHead.tsx';
import { compact } from '../../lib/search-params.ts';
import { ExperimentTab } from './ExperimentTab.tsx';
import { GuideTab } from './GuideTab.tsx';
import { LedgerTab } from './LedgerTab.tsx';
import { MatrixTab } from './MatrixTab.tsx';
import { PricesTab } from './PricesTab.tsx';
import { TABS } from './search.ts';

const route = getRouteApi('/plan');

const NAMES = {
  experiment: 'Experiment',
  matrix: 'What fits where',
  guide: 'Guide',
  ledger: 'Predicted and measured',
  prices: 'Prices',
} as const;

const FACTS = {
  experiment: 'a generator, its judges and a dataset on any machine, phase by phase',
  matrix: 'models, quantizations and machines, whole on the cards',
  guide: 'the GPU requirements guide, computed from the models themselves',
  ledger: 'every load on this machine beside what was planned',
  prices: 'what rented cards cost, with date and source',
} as const;

/** The planner: what would run, where, and how sure that is. */
export function PlanPage() {
  const { tab = 'experiment' } = route.useSearch();
  const navigate = route.useNavigate();
  return (
    <Page
      head={
        <PageHead
          title="Plan"
          facts={FACTS[tab]}
          actions={
            <SegmentedControl
              aria-label="Part of the planner"
              data={TABS.map((value) => ({ value, label: NAMES[value] }))}
              value={tab}
              onChange={(value) => {
                const next = TABS.find((one) => one === value);
                void navigate({
                  search: (before) => compact({ ...before, tab: next === 'experiment' ? undefined : next }),
                });
              }}
            />
          }
        />
      }
    >
      {tab === 'experiment' ? <ExperimentTab /> : null}
      {tab === 'matrix' ? <MatrixTab /> : null}
      {tab === 'guide' ? <GuideTab /> : null}
      {tab === 'ledger' ? <LedgerTab /> : null}
      {tab === 'prices' ? <PricesTab /> : null}
    </Page>
  );
}
