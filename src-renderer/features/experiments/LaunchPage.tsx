import { EmptyState } from '../../components/EmptyState.tsx';
import { Page, PageHead } from '../../components/PageHead.tsx';

export function LaunchPage() {
  return (
    <Page head={<PageHead title="New run" />}>
      <EmptyState title="Not built yet" />
    </Page>
  );
}
