import { EmptyState } from '../../components/EmptyState.tsx';
import { Page, PageHead } from '../../components/PageHead.tsx';

export function RunPage() {
  return (
    <Page head={<PageHead title="Run" />}>
      <EmptyState title="Not built yet" />
    </Page>
  );
}
