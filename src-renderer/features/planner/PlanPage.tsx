import { EmptyState } from '../../components/EmptyState.tsx';
import { Page, PageHead } from '../../components/PageHead.tsx';

export function PlanPage() {
  return (
    <Page head={<PageHead title="Plan" />}>
      <EmptyState title="Not built yet" />
    </Page>
  );
}
