import { EmptyState } from '../../components/EmptyState.tsx';
import { Page, PageHead } from '../../components/PageHead.tsx';

export function ImportPage() {
  return (
    <Page head={<PageHead title="Import" />}>
      <EmptyState title="Not built yet" />
    </Page>
  );
}
