import { EmptyState } from '../../components/EmptyState.tsx';
import { Page, PageHead } from '../../components/PageHead.tsx';

export function AnalysisPage() {
  return (
    <Page head={<PageHead title="Analysis" />}>
      <EmptyState title="Not built yet" />
    </Page>
  );
}
