import { EmptyState } from '../../components/EmptyState.tsx';
import { Page, PageHead } from '../../components/PageHead.tsx';

export function RowsPage() {
  return (
    <Page head={<PageHead title="Rows" />}>
      <EmptyState title="Not built yet" />
    </Page>
  );
}
