import { EmptyState } from '../../components/EmptyState.tsx';
import { Page, PageHead } from '../../components/PageHead.tsx';

export function DatasetsPage() {
  return (
    <Page head={<PageHead title="Datasets" />}>
      <EmptyState title="Not built yet" />
    </Page>
  );
}
