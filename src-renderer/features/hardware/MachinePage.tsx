import { EmptyState } from '../../components/EmptyState.tsx';
import { Page, PageHead } from '../../components/PageHead.tsx';

export function MachinePage() {
  return (
    <Page head={<PageHead title="Machine" />}>
      <EmptyState title="Not built yet" />
    </Page>
  );
}
