import { EmptyState } from '../../components/EmptyState.tsx';
import { Page, PageHead } from '../../components/PageHead.tsx';

export function RunsPage() {
  return (
    <Page head={<PageHead title="Runs" />}>
      <EmptyState title="Not built yet" />
    </Page>
  );
}
